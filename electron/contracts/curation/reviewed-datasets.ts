// Data sets that follow what people decided.
import { oc } from '@orpc/contract'
import * as v from 'valibot'

/**
 * How the decisions of several judges become one where nobody adjudicated. `majority`: a tie settles nothing. `unanimous`:
 * any difference settles nothing. `strict`: one reject rejects. `adjudicated`: nothing but adjudication settles.
 */
export const RESOLUTION_POLICIES = ['majority', 'unanimous', 'strict', 'adjudicated'] as const
export type ResolutionPolicy = (typeof RESOLUTION_POLICIES)[number]

const reviewedDataset = v.object({
  name: v.string(),
  items: v.number(),
  positives: v.number(),
  negatives: v.number(),
  /** What reviewing changed in it. */
  review: v.object({
    rejected: v.number(),
    /** Accepted though the filter had dropped them. */
    rescued: v.number(),
    edited: v.number(),
    falseNegatives: v.number(),
    secondAnswers: v.number(),
    /** Suspected passages that persons found to be no answers: they are used as hard negatives. */
    clearedSuspects: v.number(),
  }),
})
export type ReviewedDataset = v.InferOutput<typeof reviewedDataset>

export const reviewedDatasetsContract = {
  /** Builds the data sets of the newest filter and mining run again, with what reviewing settled. */
  buildDatasets: oc
    .input(
      v.object({
        policy: v.optional(v.picklist(RESOLUTION_POLICIES), 'majority'),
        /** In front of every name. */
        prefix: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(60)), 'reviewed-'),
      }),
    )
    .output(v.array(reviewedDataset)),
}
