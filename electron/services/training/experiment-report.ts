import type { TrainingRun } from '../../contracts/training.ts'
import type { TrainingRunRecord, TrainingRunRepository } from '../../storage/index.ts'
import { compareWithPublished } from './published-result.ts'
import { reportPage } from './report-page.ts'
import { compareRuns, standingScores } from './run-comparison.ts'

/** Runs side by side as a page of HTML, judged against what was published where their recipe says that. */
export async function experimentReport(
  repository: TrainingRunRepository,
  runs: readonly { readonly record: TrainingRunRecord; readonly shown: TrainingRun }[],
  baselineId: number,
): Promise<{ fileName: string; html: string }> {
  const [first] = runs
  const names = new Set(runs.map(({ record }) => experimentOf(record)))
  const title = names.size === 1 ? experimentOf(first!.record) : `Comparison of ${runs.length} runs`
  const scored = runs.map(({ record }) => ({ record, scores: standingScores(repository, record.id) }))
  const comparison = await compareRuns(repository, runs, baselineId)
  return {
    fileName: `${title.replace(/[^\w.-]+/gu, '-').toLowerCase()}.html`,
    html: reportPage(title, comparison, compareWithPublished(scored), Date.now()),
  }
}

/** The recipe without the variant. */
function experimentOf({ recipe }: TrainingRunRecord): string {
  return (recipe as { name: string }).name.split('.')[0]!
}
