// From the events of a training process to the library: points, evaluations, log, alerts, the job's card.
import { said } from '../../contracts/wording.ts'
import type { JobContext, ProgressUpdate } from '../../jobs/index.ts'
import type {
  NewTrainingEvent,
  TrainingEventRepository,
  TrainingPointRepository,
  TrainingPointRow,
  TrainingRunRecord,
  TrainingRunRepository,
} from '../../storage/index.ts'
import { type AlertState, diskAlert, keyOf, NO_ALERTS, observe, type TrainingAlert } from '../alerts/alerts.ts'
import { CurveStore } from '../curves/curve-store.ts'
import type { Recipe } from '../recipe.ts'
import type { EngineDevice } from '../engine/training-engine.ts'
import type { StepEvent, TrainingEvent } from '../run/events.ts'
import { plannedStages } from '../run/stage-plan.ts'

export interface RecorderParts {
  readonly runs: TrainingRunRepository
  readonly points: TrainingPointRepository
  readonly events: TrainingEventRepository
  /** Free bytes on the disk of a folder. */
  readonly freeBytes: (folder: string) => Promise<number>
  /** Tells the person who is not looking. */
  readonly notify: (message: { readonly title: string; readonly body: string }) => void
}

/** Points are stored at this pace, in one transaction. */
const STORE_EVERY_MS = 500
/** A checkpoint holds weights, two moments and the best weights, four bytes each. */
const CHECKPOINT_BYTES_PER_PARAMETER = 16

interface StageProgress {
  readonly name: string
  readonly steps: number
  readonly parameters: number
  readonly firstPoint: number
  done: number
}

export class EventRecorder {
  readonly #parts: RecorderParts
  readonly #run: TrainingRunRecord
  readonly #context: Pick<JobContext<unknown>, 'report' | 'log'>
  readonly #curves: CurveStore
  readonly #stages = new Map<number, StageProgress>()
  readonly #intentDrops: readonly (number | undefined)[]
  #pending: TrainingPointRow[] = []
  #last: TrainingPointRow | undefined
  /** What the evaluation after the last step took. */
  #evaluationSeconds = 0
  #alertState: AlertState
  #device: EngineDevice | undefined
  #storedAt = -Infinity

  constructor(parts: RecorderParts, run: TrainingRunRecord, context: Pick<JobContext<unknown>, 'report' | 'log'>) {
    this.#parts = parts
    this.#run = run
    this.#context = context
    this.#curves = new CurveStore(parts.points)
    this.#intentDrops = plannedStages(run.recipe as Recipe).map(({ settings }) =>
      settings.kind === 'instruction' ? settings.gate.maxIntentDrop : undefined,
    )
    this.#alertState = { ...NO_ALERTS, raised: this.#raisedBefore() }
  }

  record(event: TrainingEvent): void {
    const { id } = this.#run
    switch (event.kind) {
      case 'data':
        this.#parts.runs.update(id, { facts: event.facts })
        return
      case 'stage':
        this.#openStage(event)
        return
      case 'step':
        this.#addPoint(event)
        this.#progress(event)
        this.#watch(event)
        // Not by the clock on the wall, which somebody may set back.
        if (performance.now() - this.#storedAt >= STORE_EVERY_MS) this.flush()
        return
      case 'evaluation': {
        const { stage, step, ndcg, byIntent, best, seconds, interval, queries } = event
        this.flush()
        this.#evaluationSeconds = seconds
        const row = { stage, step, ndcg, byIntent, isBest: best, seconds }
        this.#parts.runs.addEvaluation(
          id,
          { ...row, low: interval?.low ?? null, high: interval?.high ?? null },
          queries,
        )
        const text = said`Checked on held-out queries: nDCG@10 ${ndcg.toFixed(4)}${best ? said`, the best so far` : ''}.`
        this.log({ kind: 'evaluation', level: best ? 'good' : 'info', point: this.#pointOf(stage, step), text })
        this.#watch(event)
        return
      }
      case 'checkpoint':
        this.flush()
        this.#parts.runs.setCheckpoint(id, event)
        this.log({
          ...{ kind: 'checkpoint', level: 'info', point: this.#pointOf(event.stage, event.step) },
          text: said`Saved a checkpoint.`,
        })
        this.#watchDisk(event)
        return
      case 'gate': {
        this.#parts.runs.setGate(id, event.stage, event.passed, event.reason)
        const text = event.passed ? said`Kept: ${event.reason}.` : said`Rolled back: ${event.reason}.`
        this.#context.log(event.passed ? 'info' : 'warning', text)
        this.log({ kind: 'gate', level: event.passed ? 'good' : 'warning', text })
        return
      }
      case 'note':
        this.#context.log(event.level, event.text)
        this.log({ kind: 'note', level: event.level, text: event.text })
    }
  }

  /** Where the last stage that was opened is trained. */
  get device(): EngineDevice | undefined {
    return this.#device
  }

  flush(): void {
    this.#storedAt = performance.now()
    const rows = this.#pending
    this.#pending = []
    this.#curves.append(this.#run.id, rows)
  }

  log(event: Pick<NewTrainingEvent, 'kind' | 'level' | 'text'> & Partial<NewTrainingEvent>): void {
    this.#parts.events.add(this.#run.id, { alert: null, point: this.#last?.point ?? null, intent: null, ...event })
  }

  #openStage(event: Extract<TrainingEvent, { kind: 'stage' }>): void {
    this.flush()
    const { stage, name, steps, parameters } = event
    this.#device = event.device
    const known = this.#parts.runs.stages(this.#run.id).find((row) => row.stage === stage)
    const firstPoint = known?.firstPoint ?? this.#pointsBefore(stage)
    this.#stages.set(stage, { name, steps, parameters, firstPoint, done: 0 })
    this.#parts.runs.setStage(this.#run.id, { stage, name, steps, parameters, firstPoint })
    if (!known)
      this.log({ kind: 'stage', level: 'info', point: firstPoint, text: said`Began ${name}: ${steps} steps.` })
    this.#watch(event)
    // A stage that is resumed is watched from where it began, not from here.
    for (const row of this.#parts.runs.evaluations(this.#run.id))
      if (row.stage === stage)
        this.#alertState = observe(
          this.#alertState,
          { kind: 'evaluation', ...row, best: row.isBest, queries: [], interval: undefined },
          { intentDrops: this.#intentDrops },
        ).state
  }

  /** Steps of the stages before: those that were taken, since a stage may end early. */
  #pointsBefore(stage: number): number {
    return stage === 0 ? 0 : (this.#parts.points.last(this.#run.id)?.point ?? 0)
  }

  #pointOf(stage: number, step: number): number {
    return (this.#stages.get(stage)?.firstPoint ?? 0) + step
  }

  #addPoint({ kind: _, positiveSimilarity, hardestNegativeSimilarity, ...event }: StepEvent): void {
    const point = this.#pointOf(event.stage, event.step)
    if (this.#last?.point !== point - 1) this.#resumeAt(point, event.stage, event.step)
    const row: TrainingPointRow = {
      ...event,
      ...{ point, positive: positiveSimilarity, hardest: hardestNegativeSimilarity },
      seconds: (this.#last?.seconds ?? 0) + this.#evaluationSeconds + Math.max(0, event.seconds),
      tokens: (this.#last?.tokens ?? 0) + event.tokens,
    }
    this.#evaluationSeconds = 0
    this.#last = row
    this.#pending.push(row)
  }

  /** The first step of this process: time and tokens go on from the step before, whichever process took it. */
  #resumeAt(point: number, stage: number, step: number): void {
    this.flush()
    this.#last = this.#parts.points.last(this.#run.id, point - 1)
    const evaluation = this.#parts.runs
      .evaluations(this.#run.id)
      .find((row) => row.stage === stage && row.step === step - 1)
    this.#evaluationSeconds = evaluation?.seconds ?? 0
  }

  #watch(event: TrainingEvent): void {
    const seen = observe(this.#alertState, event, { intentDrops: this.#intentDrops })
    this.#alertState = seen.state
    for (const alert of seen.alerts) this.#raise(alert)
  }

  #watchDisk({ stage, step }: { readonly stage: number; readonly step: number }): void {
    const { folder } = this.#run
    const neededBytes = (this.#stages.get(stage)?.parameters ?? 0) * CHECKPOINT_BYTES_PER_PARAMETER
    const check = async (): Promise<void> => {
      const alert = diskAlert({ freeBytes: await this.#parts.freeBytes(folder), neededBytes }, { stage, step, folder })
      if (!alert || this.#alertState.raised.includes(keyOf(alert))) return
      this.#alertState = { ...this.#alertState, raised: [...this.#alertState.raised, keyOf(alert)] }
      this.#raise(alert)
    }
    // A folder that cannot be looked at fails where it is written to, with its own message; the run may be deleted by now.
    check().catch(() => {})
  }

  #raise(alert: TrainingAlert): void {
    const { kind, level, stage, step, intent, text } = alert
    this.log({ kind: 'alert', alert: kind, level, point: this.#pointOf(stage, step), intent, text })
    this.#parts.notify({ title: this.#run.name, body: String(text) })
  }

  #raisedBefore(): string[] {
    const stages = this.#parts.runs.stages(this.#run.id)
    return this.#parts.events.alerts(this.#run.id).map(({ alert, point, intent }) => {
      const stage = stages.findLast(({ firstPoint }) => firstPoint < (point ?? 0))?.stage ?? 0
      return keyOf({ kind: alert as TrainingAlert['kind'], stage, intent: intent as TrainingAlert['intent'] })
    })
  }

  #progress({ stage, step, loss }: StepEvent): void {
    const current = this.#stages.get(stage)
    if (current) current.done = step
    const update: ProgressUpdate = {
      // Also those to come, so that a run at the end of its first stage is not taken for one that is done.
      stages: plannedStages(this.#run.recipe as Recipe).map(({ name }, index) => {
        const opened = this.#stages.get(index)
        return { name, unit: 'steps', done: opened?.done ?? 0, total: opened?.steps ?? null }
      }),
      current: `loss ${loss.toFixed(3)}`,
    }
    this.#context.report(update)
  }
}
