import { eventIterator, oc } from '@orpc/contract'
import * as v from 'valibot'

/** In the order they are made. */
export const SELF_CHECKS = ['gradients', 'bidirectionality', 'lora-merge', 'checkpoint'] as const
export type SelfCheckName = (typeof SELF_CHECKS)[number]

export const SELF_CHECK_STATES = ['waiting', 'running', 'passed', 'failed', 'skipped'] as const

const selfCheck = v.object({
  check: v.picklist(SELF_CHECKS),
  state: v.picklist(SELF_CHECK_STATES),
  /** What was compared and what came out, as a sentence for people; why, when it was skipped. Empty while it waits. */
  detail: v.string(),
})
export type SelfCheck = v.InferOutput<typeof selfCheck>

export const selfChecksContract = {
  /**
   * Checks the training engine on this computer with a model, in a process of its own: all checks once at the start and then after
   * every change, each time the whole list. Ends with the last check; leaving early stops the work. Takes seconds, longer for large models.
   *
   * `model` is an installed model's id; without it, small models with random weights are made for the checks.
   */
  run: oc
    .input(v.object({ model: v.optional(v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(64))) }))
    .output(eventIterator(v.array(selfCheck))),
}
