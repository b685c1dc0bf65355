import { eventIterator, oc } from '@orpc/contract'
import * as v from 'valibot'
import { id, pageSlice } from './common.ts'
import { wording } from './wording.ts'

/** Every file of a library is in exactly one of these states; `waiting` and `reading` are the only passing ones. */
export const FILE_STATES = [
  'waiting',
  'reading',
  'indexed',
  'duplicate',
  'needs-ocr',
  'encrypted',
  'damaged',
  'unsupported',
  'empty',
  'excluded',
  'failed',
] as const
export type FileState = (typeof FILE_STATES)[number]

/** The states in which a person can do something about a file. */
export const STATES_NEEDING_ATTENTION = [
  'needs-ocr',
  'encrypted',
  'damaged',
  'failed',
] as const satisfies readonly FileState[]

const fileState = v.picklist(FILE_STATES)

const source = v.object({
  id,
  path: v.string(),
  name: v.string(),
  watched: v.boolean(),
  paused: v.boolean(),
  include: v.array(v.string()),
  exclude: v.array(v.string()),
  /** False while the folder cannot be read (a drive that is not connected); what was indexed stays searchable. */
  available: v.boolean(),
  isSample: v.boolean(),
  files: v.number(),
  filesWaiting: v.number(),
})
export type Source = v.InferOutput<typeof source>

const overview = v.object({
  name: v.string(),
  path: v.string(),
  readOnly: v.boolean(),
  files: v.number(),
  documents: v.number(),
  passages: v.number(),
  /** Sum of the files' sizes in bytes. */
  bytes: v.number(),
  pages: v.object({ total: v.number(), searchable: v.number(), waiting: v.number(), needAttention: v.number() }),
  byState: v.record(fileState, v.number()),
  nearCopies: v.number(),
  sources: v.array(source),
})
export type LibraryOverview = v.InferOutput<typeof overview>

const fileRow = v.object({
  id,
  documentId: v.nullable(id),
  sourceId: id,
  title: v.string(),
  /** Relative to its source folder, with forward slashes. */
  path: v.string(),
  state: fileState,
  /** Why the file is in this state, as a sentence for people; null when nothing needs saying. */
  reason: v.nullable(v.string()),
  reasonWording: wording,
  pages: v.number(),
  pagesSearchable: v.number(),
  passages: v.number(),
  bytes: v.number(),
  /** Modification time, ms since 1970. */
  modified: v.number(),
  /** Number of near copies including itself; 0 when there are none. */
  nearCopies: v.number(),
})
export type FileRow = v.InferOutput<typeof fileRow>

const fileDetail = v.object({
  ...fileRow.entries,
  absolutePath: v.string(),
  contentHash: v.nullable(v.string()),
  date: v.nullable(v.string()),
  language: v.nullable(v.string()),
  hazards: v.array(v.string()),
  author: v.nullable(v.string()),
  pageCoverage: v.array(
    v.object({
      number: v.number(),
      quality: v.picklist(['text', 'no-text', 'garbage']),
      source: v.picklist(['pdf', 'ocr', 'none']),
      ocrConfidence: v.nullable(v.number()),
      droppedLines: v.number(),
    }),
  ),
  copies: v.array(v.object({ id, path: v.string(), sourceName: v.string() })),
})
export type FileDetail = v.InferOutput<typeof fileDetail>

const droppedLine = v.object({ page: v.number(), text: v.string(), reason: v.string() })

const nearCopy = v.object({
  fileId: id,
  documentId: id,
  title: v.string(),
  sourceName: v.string(),
  /** Relative to its source: revisions of a document often share their title. */
  path: v.optional(v.string()),
  pages: v.number(),
  modified: v.number(),
  /** Estimated Jaccard similarity of the texts to the main copy, 0 to 1. */
  similarity: v.number(),
  isMain: v.boolean(),
})
export type NearCopy = v.InferOutput<typeof nearCopy>

const difference = v.object({
  pageA: v.number(),
  pageB: v.number(),
  heading: v.nullable(v.string()),
  parts: v.array(v.object({ kind: v.picklist(['same', 'removed', 'added']), text: v.string() })),
})
export type Difference = v.InferOutput<typeof difference>

const globs = v.array(v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(500)))

export const libraryContract = {
  overview: oc.output(overview),
  /** A hint that something in the library changed; the view asks again. Throttled to a few per second. */
  changes: oc.output(eventIterator(v.object({ revision: v.number() }))),

  addSource: oc
    .input(
      v.object({
        path: v.pipe(v.string(), v.trim(), v.nonEmpty()),
        include: v.optional(globs),
        exclude: v.optional(globs),
        watched: v.optional(v.boolean(), true),
      }),
    )
    .output(source),
  addSampleLibrary: oc.output(source),
  updateSource: oc
    .input(
      v.object({
        id,
        include: v.optional(globs),
        exclude: v.optional(globs),
        watched: v.optional(v.boolean()),
        paused: v.optional(v.boolean()),
        first: v.optional(v.literal(true)),
      }),
    )
    .output(source),
  removeSource: oc.input(v.object({ id })).output(v.object({ filesRemoved: v.number() })),
  rescan: oc.input(v.object({ id: v.optional(id) })).output(v.object({ jobId: id })),

  files: oc
    .input(
      v.object({
        sourceId: v.optional(id),
        states: v.optional(v.array(fileState)),
        nearCopiesOnly: v.optional(v.boolean()),
        find: v.optional(v.string()),
        sort: v.optional(v.picklist(['attention', 'title', 'modified', 'pages', 'state']), 'attention'),
        ...pageSlice,
      }),
    )
    .output(
      v.object({
        total: v.number(),
        byState: v.record(fileState, v.number()),
        nearCopies: v.number(),
        rows: v.array(fileRow),
      }),
    ),
  file: oc.input(v.object({ id })).output(fileDetail),
  droppedLines: oc
    .input(v.object({ id, ...pageSlice }))
    .output(v.object({ total: v.number(), rows: v.array(droppedLine) })),
  /** Shows a file in the system's file manager. Errors: NOT_AVAILABLE outside the desktop application. */
  reveal: oc.input(v.object({ id })).output(v.object({})),
  retry: oc.input(v.object({ ids: v.array(id) })).output(v.object({ jobId: id })),
  setExcluded: oc
    .input(v.object({ ids: v.array(id), excluded: v.boolean() }))
    .output(v.object({ changed: v.number() })),
  unlock: oc.input(v.object({ id, password: v.string() })).output(v.object({ jobId: id })),
  /** Queues text recognition for the pages without text of these files, or of all files. */
  recognise: oc.input(v.object({ ids: v.optional(v.array(id)) })).output(v.object({ jobId: id, pages: v.number() })),
  exportFiles: oc
    .input(v.object({ format: v.picklist(['csv', 'json']) }))
    .output(v.object({ fileName: v.string(), text: v.string() })),

  nearCopies: oc.input(v.object({ documentId: id })).output(v.array(nearCopy)),
  compare: oc.input(v.object({ a: id, b: id })).output(v.array(difference)),
  keepAsMain: oc.input(v.object({ documentId: id })).output(v.object({ clusterSize: v.number() })),
  notACopy: oc.input(v.object({ documentId: id })).output(v.object({ clusterSize: v.number() })),
}
