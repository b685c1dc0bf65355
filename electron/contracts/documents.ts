import { oc } from '@orpc/contract'
import * as v from 'valibot'
import { id } from './common.ts'

const box = v.object({ x: v.number(), y: v.number(), width: v.number(), height: v.number() })
/** A box in PDF points of the unrotated page, origin at the bottom left. */
export type PageBox = v.InferOutput<typeof box>

const document = v.object({
  id,
  fileId: id,
  title: v.string(),
  date: v.nullable(v.string()),
  contentHash: v.string(),
  sourceName: v.string(),
  path: v.string(),
  pages: v.array(v.object({ number: v.number(), width: v.number(), height: v.number(), rotation: v.number() })),
  /** Relative to the host's origin; answers Range requests. */
  url: v.string(),
})
export type DocumentInfo = v.InferOutput<typeof document>

const passageBoxes = v.array(v.object({ page: v.number(), boxes: v.array(box) }))
export type PassageBoxes = v.InferOutput<typeof passageBoxes>

export const documentsContract = {
  get: oc.input(v.object({ id })).output(document),
  /** Where a passage stands on its pages, one box per printed line; `terms` adds the boxes of the query's words. */
  passageBoxes: oc
    .input(v.object({ passageId: id, query: v.optional(v.string()) }))
    .output(v.object({ passage: passageBoxes, keywords: passageBoxes })),
  /** Shows the file in the system's file manager (desktop only). */
}
