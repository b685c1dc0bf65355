import { oc } from '@orpc/contract'
import * as v from 'valibot'
import { id } from './common.ts'
import { INTENTS } from './intents.ts'

export const SEARCH_MODES = ['hybrid', 'lexical', 'dense'] as const
export type SearchMode = (typeof SEARCH_MODES)[number]

/** Longest query accepted, in UTF-16 units; a pasted page fits, a pasted book gets a clear message. */
export const MAX_QUERY_LENGTH = 20_000

/** Event groups of DisastIR, used as a filter. */
export const HAZARD_GROUPS = ['Bio', 'Chem', 'Env', 'Extra', 'Geo', 'MH', 'Soc', 'Tech'] as const
export type HazardGroup = (typeof HAZARD_GROUPS)[number]

/** How quotes are handed on; `citations` names the places without the quotes. */
export const BRIEFING_FORMATS = ['html', 'markdown', 'csv', 'jsonl', 'citations'] as const
export type BriefingFormat = (typeof BRIEFING_FORMATS)[number]

/** A day, or a month or year alone. */
const calendarDate = v.pipe(
  v.string(),
  v.regex(
    /^\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?$/u,
    'A date is a year, a month or a day: 2024, 2024-03 or 2024-03-14.',
  ),
)

export const searchFilters = v.object({
  sourceIds: v.optional(v.array(id)),
  /** Folder inside a source, with forward slashes; everything below it counts. */
  folder: v.optional(v.string()),
  documentIds: v.optional(v.array(id)),
  /** From the first day of it. A document that gives only its month or year passes where some day of it would. */
  since: v.optional(calendarDate),
  /** To the last day of it. */
  until: v.optional(calendarDate),
  hazards: v.optional(v.array(v.picklist(HAZARD_GROUPS))),
  languages: v.optional(v.array(v.string())),
  /** true: only pages read by OCR; false: only pages with text of their own. */
  ocr: v.optional(v.boolean()),
})
export type SearchFilters = v.InferOutput<typeof searchFilters>

export const searchRequest = v.object({
  query: v.string(),
  /** `auto` lets the application choose from the form of the query. */
  intent: v.optional(v.picklist(['auto', ...INTENTS]), 'auto'),
  k: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000)), 50),
  mode: v.optional(v.picklist(SEARCH_MODES), 'hybrid'),
  model: v.optional(v.string()),
  rerank: v.optional(v.boolean(), false),
  filters: v.optional(searchFilters, {}),
})
export type SearchRequest = v.InferInput<typeof searchRequest>

const leg = v.object({ rank: v.number(), score: v.number() })
/** Half-open character range of the hit's text. */
const range = v.tuple([v.number(), v.number()])

const hit = v.object({
  rank: v.number(),
  score: v.number(),
  passageId: id,
  documentId: id,
  fileId: id,
  /** Path of the file relative to its source. */
  file: v.string(),
  title: v.string(),
  sourceName: v.string(),
  date: v.nullable(v.string()),
  hazards: v.array(v.string()),
  page: v.number(),
  pageEnd: v.number(),
  headings: v.array(v.string()),
  /** The whole passage. */
  text: v.string(),
  /** The part of it worth showing, and where the query's words stand in that part. */
  snippet: v.object({
    /** A line for each paragraph, heading or cell. */
    text: v.string(),
    keywords: v.array(range),
    /** The sentence nearest to the query in meaning; with models that are fast enough, for the first hits. */
    meaning: v.optional(v.array(range)),
  }),
  ocr: v.boolean(),
  /** Other files with the same or nearly the same text. */
  copies: v.number(),
  legs: v.object({ lexical: v.optional(leg), dense: v.optional(leg), rerank: v.optional(leg) }),
  matchedTerms: v.array(v.string()),
  missingTerms: v.array(v.string()),
  /** Grade 0-3 given by a person for this query and passage, if any. */
  judgement: v.nullable(v.number()),
})
export type SearchHit = v.InferOutput<typeof hit>

const response = v.object({
  hits: v.array(hit),
  /** How many passages each leg ranked; the fused list is cut at k. */
  candidates: v.object({ lexical: v.number(), dense: v.number() }),
  intent: v.picklist(INTENTS),
  mode: v.picklist(SEARCH_MODES),
  /** The embedding model used, or null: keyword search only. */
  model: v.nullable(v.string()),
  /** Set when the mode asked for could not be served, as a sentence for people. */
  notice: v.nullable(v.string()),
  ms: v.number(),
})
export type SearchResponse = v.InferOutput<typeof response>

const facets = v.object({
  sources: v.array(v.object({ id, name: v.string(), files: v.number() })),
  folders: v.array(v.object({ sourceId: id, folder: v.string(), files: v.number() })),
  hazards: v.array(v.object({ group: v.picklist(HAZARD_GROUPS), documents: v.number() })),
  languages: v.array(v.object({ language: v.string(), documents: v.number() })),
  years: v.array(v.object({ year: v.number(), documents: v.number() })),
  ocrPages: v.number(),
})
export type SearchFacets = v.InferOutput<typeof facets>

const savedSearch = v.object({
  id,
  name: v.string(),
  request: searchRequest,
  savedAt: v.number(),
  lastSeenAt: v.number(),
  /** Hits that were not in the list when it was last looked at. */
  newHits: v.number(),
})
export type SavedSearch = v.InferOutput<typeof savedSearch>

export const searchContract = {
  query: oc.input(searchRequest).output(response),
  similar: oc.input(v.object({ passageId: id, k: v.optional(v.number(), 20) })).output(response),
  /** All passages of one document that match, in page order: the strip beside the viewer. */
  inDocument: oc
    .input(v.object({ query: v.string(), documentId: id }))
    .output(v.array(v.object({ passageId: id, page: v.number(), rank: v.number() }))),
  /** The query with words that no passage has replaced by the library's own most like them; null: nothing to replace. */
  spelling: oc.input(v.object({ query: v.string() })).output(v.object({ query: v.nullable(v.string()) })),
  facets: oc.output(facets),
  judge: oc
    .input(
      v.object({
        query: v.string(),
        intent: v.picklist(INTENTS),
        passageId: id,
        grade: v.nullable(v.picklist([0, 1, 2, 3])),
      }),
    )
    .output(v.object({ judgements: v.number() })),
  saved: oc.output(v.array(savedSearch)),
  save: oc
    .input(v.object({ name: v.pipe(v.string(), v.trim(), v.nonEmpty()), request: searchRequest }))
    .output(savedSearch),
  markSeen: oc.input(v.object({ id })).output(v.object({})),
  removeSaved: oc.input(v.object({ id })).output(v.object({})),
  briefing: oc
    .input(
      v.object({
        title: v.string(),
        query: v.string(),
        passageIds: v.pipe(v.array(id), v.minLength(1)),
        format: v.picklist(BRIEFING_FORMATS),
      }),
    )
    .output(v.object({ fileName: v.string(), text: v.string() })),
}
