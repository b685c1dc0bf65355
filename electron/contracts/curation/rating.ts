// A language model as a judge.
import { oc } from '@orpc/contract'
import * as v from 'valibot'
import { id } from '../common.ts'
import { intent } from './parts.ts'

/** Of the language model that rates: at once; thinking first; several aspects before the grade. */
export const PROMPT_STYLES = ['direct', 'reasoned', 'aspects'] as const
export type PromptStyle = (typeof PROMPT_STYLES)[number]

export const ratingContract = {
  /** The language model as a judge; `model` is null until one is configured (`refinement.setLanguageModel`). */
  rater: oc.output(
    v.object({ model: v.nullable(v.string()), styles: v.array(v.picklist(PROMPT_STYLES)), rated: v.number() }),
  ),
  /** Has the language model grade pairs, and with `suspects` the suspected passages. Goes on where it stopped. */
  rate: oc
    .input(
      v.object({
        intents: v.optional(v.pipe(v.array(intent), v.minLength(1))),
        suspects: v.optional(v.boolean(), false),
        limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
      }),
    )
    .output(v.object({ jobId: id })),
}
