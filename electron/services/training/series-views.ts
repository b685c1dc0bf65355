import type { TrainingRun } from '../../contracts/training.ts'
import type { ExperimentVerdict, SeriesState, TrainingSeries } from '../../contracts/training-series.ts'
import type { TrainingRunRecord, TrainingRunRepository, TrainingSeriesRecord } from '../../storage/index.ts'
import { compareWithPublished } from './published-result.ts'
import { standingScores } from './run-comparison.ts'
import { experimentOf } from './series-desk.ts'

/** A series as the Training view shows it. @param runs of the series, in the order they are trained */
export function seriesView(series: TrainingSeriesRecord, runs: readonly TrainingRun[]): TrainingSeries {
  const count = (...states: readonly TrainingRun['state'][]): number =>
    runs.filter(({ state }) => states.includes(state)).length
  return {
    ...{ id: series.id, name: series.name, createdAt: series.createdAt },
    state: stateOfSeries(count),
    runIds: [...series.runIds],
    ...{ done: count('done'), failed: count('failed') },
    ...{ seconds: runs.reduce((sum, { seconds }) => sum + seconds, 0), secondsLeft: secondsLeft(runs) },
    skipped: series.skipped.map((one) => ({ ...one })),
  }
}

function stateOfSeries(count: (...states: readonly TrainingRun['state'][]) => number): SeriesState {
  if (count('running') > 0) return 'running'
  if (count('waiting') > 0) return 'waiting'
  return count('paused', 'interrupted') > 0 ? 'paused' : 'done'
}

/** null while nothing was measured that it could be told from. */
function secondsLeft(runs: readonly TrainingRun[]): number | null {
  const left = runs.map((run) => ownSecondsLeft(run))
  const whole = runs.flatMap((run, index) => {
    const rest = left[index]
    return rest === null || rest === undefined ? [] : [run.seconds + rest]
  })
  const typical = whole.length === 0 ? null : whole.reduce((sum, seconds) => sum + seconds, 0) / whole.length
  let sum = 0
  for (const [index, run] of runs.entries()) {
    if (run.state === 'failed') continue
    const rest = left[index] ?? (typical === null ? null : Math.max(0, typical - run.seconds))
    if (rest === null) return null
    sum += rest
  }
  return sum
}

/** null where the run's own steps do not tell it. */
function ownSecondsLeft({ state, secondsLeft, step, totalSteps, seconds }: TrainingRun): number | null {
  if (state === 'done') return 0
  if (secondsLeft !== null) return secondsLeft
  return step > 0 && totalSteps !== null ? (Math.max(0, totalSteps - step) * seconds) / step : null
}

/** Runs of each experiment, in the order they were started. */
export function byExperiment<Run extends { readonly record: TrainingRunRecord }>(
  runs: readonly Run[],
): [experiment: string, runs: Run[]][] {
  return [...Map.groupBy(runs, ({ record }) => experimentOf(record))]
}

/** What was published beside what the runs show; experiments of which too little has ended are left out. */
export function verdictsOf(
  repository: TrainingRunRepository,
  records: readonly TrainingRunRecord[],
): ExperimentVerdict[] {
  const scored = records.map((record) => ({ record, scores: standingScores(repository, record.id) }))
  return byExperiment(scored).flatMap(([experiment, runs]) => {
    const ended = runs.filter(({ record }) => record.result !== null)
    const result = compareWithPublished(ended)
    if (!result) return []
    const { published, difference, queries, agreement } = result
    return [{ experiment, published: { ...published }, difference: { ...difference }, queries, agreement }]
  })
}
