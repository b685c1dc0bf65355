import type { TrainingRun } from '../../../../electron/contracts/training.ts'

/** What the runs table is sorted by; all of them put what is best or newest first. */
export const RUN_SORTS = ['created', 'name', 'quality', 'seconds'] as const
export type RunSort = (typeof RUN_SORTS)[number]

/** Whether a run has all the words somewhere in its name, recipe, data, model, tags or notes. */
export function matches(run: TrainingRun, find: string, tag: string | null): boolean {
  if (tag !== null && !run.tags.includes(tag)) return false
  const text = [run.name, run.recipe, run.data, run.model ?? '', ...run.tags, run.notes].join('\n').toLowerCase()
  return find
    .toLowerCase()
    .split(/\s+/u)
    .every((word) => text.includes(word))
}

export function sortRuns(runs: readonly TrainingRun[], sort: RunSort): TrainingRun[] {
  return runs.toSorted((a, b) => {
    switch (sort) {
      case 'name':
        return a.name.localeCompare(b.name) || b.id - a.id
      case 'quality':
        return (b.quality?.value ?? -1) - (a.quality?.value ?? -1) || b.id - a.id
      case 'seconds':
        return b.seconds - a.seconds || b.id - a.id
      case 'created':
        return b.id - a.id
    }
  })
}

/** nDCG@10 gained since the start; null where either is not known. */
export function gainOf({ quality, startQuality }: TrainingRun): number | null {
  return quality === null || startQuality === null ? null : quality.value - startQuality
}
