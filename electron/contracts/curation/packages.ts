// Work packages: pairs that are judged elsewhere, and the decisions that come back.
import { oc } from '@orpc/contract'
import * as v from 'valibot'
import { id } from '../common.ts'
import { decision, judge } from './decisions.ts'
import { path } from './parts.ts'
import { QUEUE_ORDERS, reviewFilter } from './queue.ts'

const workPackage = v.object({
  id,
  /** The same wherever the package goes. */
  key: v.string(),
  name: v.string(),
  /** `out`: made here. `in`: from another library, to be judged here. */
  direction: v.picklist(['out', 'in']),
  /** Name of the library that made it. */
  libraryName: v.string(),
  items: v.number(),
  /** Items that a person has decided here. */
  decided: v.number(),
  blind: v.boolean(),
  createdAt: v.number(),
})
export type WorkPackage = v.InferOutput<typeof workPackage>

const mergeConflict = v.object({
  pairId: id,
  textId: v.nullable(id),
  query: v.string(),
  judge,
  /** What the same judge had decided here, and what the file says. */
  here: decision,
  there: decision,
  taken: v.picklist(['here', 'there']),
})
export type MergeConflict = v.InferOutput<typeof mergeConflict>

const mergeReport = v.object({
  /** Decisions taken over now. */
  applied: v.number(),
  /** Decisions that were here already: merging a file twice changes nothing. */
  known: v.number(),
  /** The same judge decided otherwise here, at most 1,000 of them; `conflictCount` has all. */
  conflicts: v.array(mergeConflict),
  conflictCount: v.number(),
  /** Decisions about pairs that this library does not have. */
  unknown: v.number(),
  /** Pairs and passages on which judges differ since, where they did not before. */
  newDisagreements: v.number(),
  judges: v.array(judge),
  /** Takes the merge back: `undo` of the judge who merged. null when nothing was applied. */
  actionId: v.nullable(id),
})
export type MergeReport = v.InferOutput<typeof mergeReport>

export const packagesContract = {
  packages: oc.output(v.array(workPackage)),
  /** Writes the pairs that the filter finds, with their texts, into one file to be judged elsewhere. */
  exportPackage: oc
    .input(
      v.object({
        path,
        name: v.optional(v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(120))),
        judgeId: v.optional(id),
        filter: v.optional(reviewFilter, {}),
        order: v.optional(v.picklist(QUEUE_ORDERS), 'written'),
        limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
        blind: v.optional(v.boolean(), true),
      }),
    )
    .output(v.object({ path: v.string(), package: workPackage })),
  /** Takes in a package made in another library. @throws BAD_INPUT when it was changed on the way or is no package. */
  importPackage: oc
    .input(v.object({ path }))
    .output(v.object({ package: workPackage, added: v.number(), known: v.number() })),
  /** Writes decisions into one file: those on a package, or all of this library's. */
  exportDecisions: oc
    .input(v.object({ path, packageId: v.optional(id), judgeIds: v.optional(v.pipe(v.array(id), v.minLength(1))) }))
    .output(v.object({ path: v.string(), decisions: v.number(), judges: v.array(judge) })),
  /**
   * Takes in decisions made elsewhere. @throws BAD_INPUT when the file was changed on the way, or is for another library
   * (unless `foreign` says that pairs of the same content are meant).
   */
  mergeDecisions: oc
    .input(
      v.object({
        path,
        /** Who merges, and whose undo takes it back. */
        judgeId: id,
        /** Where the same judge decided otherwise here. */
        onConflict: v.optional(v.picklist(['here', 'there']), 'here'),
        foreign: v.optional(v.boolean(), false),
      }),
    )
    .output(mergeReport),
}
