import type { PublishedResult } from '../../contracts/recipe.ts'
import type { Interval } from '../../platform/bootstrap.ts'
import type { QueryScore, TrainingRunRecord } from '../../storage/index.ts'
import { meanOfIntents } from './run-quality.ts'

/** Whether what was published shows here: clearly, clearly the other way, or too little to tell. */
export type Agreement = 'holds' | 'contradicts' | 'unclear'

export interface PublishedComparison {
  readonly published: PublishedResult
  /** Difference of the two runs on the queries that both hold out, mean of the intents, 0 to 1, with its 95 % interval. */
  readonly difference: Interval
  readonly queries: number
  readonly agreement: Agreement
}

export interface ScoredRun {
  readonly record: TrainingRunRecord
  readonly scores: readonly QueryScore[]
}

/** @returns undefined where the recipe names nothing published, a run of it is missing, or the two share no query */
export function compareWithPublished(runs: readonly ScoredRun[]): PublishedComparison | undefined {
  const published = (runs[0]?.record.recipe as { published?: PublishedResult } | undefined)?.published
  if (!published) return undefined
  const [better, worse] = [published.better, published.than].map((variant) =>
    runs.find(({ record }) => (record.recipe as { name: string }).name.endsWith(`.${variant}`)),
  )
  if (!better || !worse) return undefined
  const other = new Map(worse.scores.map(([key, , value]) => [key, value]))
  const differences = better.scores.flatMap(([key, intent, value]): QueryScore[] => {
    const reference = other.get(key)
    return reference === undefined ? [] : [[key, intent, value - reference]]
  })
  const difference = meanOfIntents(differences)
  if (!difference) return undefined
  const agreement = difference.low > 0 ? 'holds' : difference.high < 0 ? 'contradicts' : 'unclear'
  return { published, difference, queries: differences.length, agreement }
}
