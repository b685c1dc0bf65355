// Where judges differ, and what settles it.
import { oc } from '@orpc/contract'
import * as v from 'valibot'
import { id } from '../common.ts'
import { historyEntry } from './deciding.ts'
import { decision, decisionChange } from './decisions.ts'
import { cursor, intent, limitOf, target } from './parts.ts'

/** Judges differ on a pair or on one passage. */
const disagreement = v.object({
  pairId: id,
  /** null: on the pair itself. */
  textId: v.nullable(id),
  intent,
  query: v.string(),
  /** The text in question. */
  text: v.string(),
  title: v.string(),
  page: v.number(),
  decisions: v.array(decision),
  resolution: v.nullable(decision),
})
export type ReviewDisagreement = v.InferOutput<typeof disagreement>

export const adjudicationContract = {
  /** Where persons differ, by pair. */
  disagreements: oc
    .input(
      v.object({
        intents: v.optional(v.pipe(v.array(intent), v.minLength(1))),
        /** Shows those that were settled too. */
        settled: v.optional(v.boolean(), false),
        after: v.optional(v.nullable(cursor), null),
        limit: limitOf(200, 50),
      }),
    )
    .output(v.object({ total: v.number(), rows: v.array(disagreement), next: v.nullable(cursor) })),
  /** Settles a disagreement: one judge is right, none is ("reject all"), or something else holds. Can be undone. */
  adjudicate: oc
    .input(
      v.object({
        /** Who settles it, and whose undo takes it back. */
        judgeId: id,
        ...target,
        choice: v.variant('kind', [
          v.object({ kind: v.literal('judge'), judgeId: id }),
          v.object({ kind: v.literal('reject-all'), comment: v.optional(v.string()) }),
          v.object({ kind: v.literal('other'), change: decisionChange }),
        ]),
      }),
    )
    .output(v.object({ resolution: decision, entry: historyEntry })),
}
