import type { TrainingRun } from '../../contracts/training.ts'
import type { TrainingRunRecord, TrainingRunRepository, TrainingSeriesRecord } from '../../storage/index.ts'
import type { Recipe } from '../../training/index.ts'
import { compareWithPublished } from './published-result.ts'
import { reportPage, type ReportPart } from './report-page.ts'
import { compareRuns, standingScores } from './run-comparison.ts'
import { experimentOf } from './series-desk.ts'
import { byExperiment } from './series-views.ts'

interface ReportedRun {
  readonly record: TrainingRunRecord
  readonly shown: TrainingRun
}
export interface Report {
  readonly fileName: string
  readonly html: string
}

/** Runs side by side as a page of HTML, judged against what was published where their recipe says that. */
export function experimentReport(
  repository: TrainingRunRepository,
  runs: readonly ReportedRun[],
  baselineId: number,
): Report {
  const [first] = runs
  const names = new Set(runs.map(({ record }) => experimentOf(record)))
  const title = names.size === 1 ? experimentOf(first!.record) : `Comparison of ${runs.length} runs`
  return reportOf(title, [partOf(repository, title, runs, baselineId)])
}

/** A series so far: each of its experiments with the runs that have ended, and what became of the others. */
export function seriesReport(
  repository: TrainingRunRepository,
  series: TrainingSeriesRecord,
  runs: readonly ReportedRun[],
): Report {
  const parts = byExperiment(runs).map(([experiment, own]) =>
    partOf(repository, experiment, own, (referenceOf(own) ?? own[0]!).record.id),
  )
  return reportOf(series.name, parts, series.skipped)
}

function reportOf(title: string, parts: readonly ReportPart[], skipped: TrainingSeriesRecord['skipped'] = []): Report {
  return {
    fileName: `${title.replace(/[^\w.-]+/gu, '-').toLowerCase()}.html`,
    html: reportPage({ title, parts, skipped, madeAt: Date.now() }),
  }
}

/** Compares the runs that have scores; the others are listed with their states until they have some. */
function partOf(
  repository: TrainingRunRepository,
  title: string,
  runs: readonly ReportedRun[],
  baselineId: number,
): ReportPart {
  const scored = runs.map((run) => ({ ...run, scores: standingScores(repository, run.record.id) }))
  const present = scored.filter(({ scores }) => scores.length > 0)
  const compared = present.length > 0 ? present : scored
  const baseline = compared.find(({ record }) => record.id === baselineId) ?? compared[0]!
  return {
    title,
    runs: runs.map(({ shown }) => shown),
    comparison: compareRuns(repository, compared, baseline.record.id),
    published: compareWithPublished(present),
  }
}

/** The form that the published result compares with: where there is one, the others are judged against it. */
function referenceOf(runs: readonly ReportedRun[]): ReportedRun | undefined {
  const than = (runs[0]?.record.recipe as Recipe | undefined)?.published?.than
  return than === undefined ? undefined : runs.find(({ shown }) => shown.recipe.endsWith(`.${than}`))
}
