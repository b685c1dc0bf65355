// Learning rate over the steps of a run.

export const decayShapes = ['constant', 'linear', 'cosine'] as const

export interface LearningRateSchedule {
  /** The learning rate at the end of the warm-up. */
  readonly peak: number
  readonly totalSteps: number
  /** Steps over which the rate rises to the peak, in a straight line. */
  readonly warmupSteps: number
  /** How it falls from the peak to zero. */
  readonly decay: (typeof decayShapes)[number]
}

/** Warm-up steps for a share of the run, such as 0.01: rounded up, as in Hugging Face's trainer. */
export function warmupSteps(totalSteps: number, share: number): number {
  return Math.ceil(totalSteps * share)
}

/**
 * The learning rate of step `step`, counted from 1. The shapes are those of Hugging Face's schedulers, shifted so that neither the first
 * nor the last step has a rate of zero. Steps after the last one have the rate of the last.
 *
 * @throws RangeError for steps below 1 or a warm-up longer than the run
 */
export function learningRateAt({ peak, totalSteps, warmupSteps, decay }: LearningRateSchedule, step: number): number {
  if (!(step >= 1)) throw new RangeError(`steps count from 1, not ${step}`)
  if (warmupSteps > totalSteps) throw new RangeError(`${warmupSteps} warm-up steps in a run of ${totalSteps}`)
  if (step <= warmupSteps) return (peak * step) / warmupSteps
  const progress = (Math.min(step, totalSteps) - 1 - warmupSteps) / Math.max(1, totalSteps - warmupSteps)
  switch (decay) {
    case 'constant':
      return peak
    case 'linear':
      return peak * (1 - progress)
    case 'cosine':
      return (peak * (1 + Math.cos(Math.PI * progress))) / 2
  }
}
