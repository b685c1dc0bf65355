import { textOf, WorkbenchError } from '../../contracts/errors.ts'
import { said, Wording } from '../../contracts/wording.ts'
import { TrainingSeriesRepository, type TrainingRunRecord, type TrainingSeriesRecord } from '../../storage/index.ts'
import type { Recipe } from '../../training/index.ts'
import type { Library } from '../library.ts'
import { stateOf, type NewRunOptions, type ResumeOptions, type StartedRun, type TrainingDesk } from './training-desk.ts'
import type { TrainingRequest } from './training-inputs.ts'

/** A series and the jobs of its runs, in the order they are worked on. */
export interface StartedSeries {
  readonly series: TrainingSeriesRecord
  readonly runs: readonly StartedRun[]
}

/**
 * Runs that belong together: queued at once, then paused, resumed and ended as one. The job queue trains one after the other and
 * goes on with the next whatever became of the last, so a series has no process and no state of its own to lose.
 */
export class SeriesDesk {
  readonly #library: Library
  readonly #desk: TrainingDesk
  readonly #series: TrainingSeriesRepository

  constructor(library: Library, desk: TrainingDesk) {
    this.#library = library
    this.#desk = desk
    this.#series = new TrainingSeriesRepository(library.db)
  }

  /** Newest first. */
  all(): TrainingSeriesRecord[] {
    return this.#series.all()
  }

  /** @throws WorkbenchError NOT_FOUND. */
  require(id: number): TrainingSeriesRecord {
    const series = this.#series.byId(id)
    if (!series) throw new WorkbenchError('NOT_FOUND', said`There is no series of trainings ${id} any more.`)
    return series
  }

  /** Its runs, in the order they are trained. */
  runsOf({ runIds }: TrainingSeriesRecord): TrainingRunRecord[] {
    return runIds.map((id) => this.#desk.require(id))
  }

  /**
   * Queues a run for each recipe; one that cannot be started is kept as skipped.
   * @throws WorkbenchError BAD_INPUT, NO_MODEL of the first recipe when none can be started.
   */
  async start(
    recipes: readonly Recipe[],
    { name, ...options }: NewRunOptions,
    request: Omit<TrainingRequest, 'recipe'>,
  ): Promise<StartedSeries> {
    this.#library.requireWritable()
    const experiments = experimentsOf(recipes)
    const id = this.#series.add(name ?? experiments.join(', '))
    const runs: StartedRun[] = []
    let refusal: WorkbenchError | undefined
    for (const recipe of recipes) {
      try {
        // Forms of several experiments may have the same name: then the recipe's says which is which.
        const isTold = name !== undefined && experiments.length === 1
        const own = isTold ? `${name}: ${recipe.name.split('.').slice(1).join('.')}` : undefined
        const started = await this.#desk.start({ recipe, ...request }, { ...options, name: own })
        this.#series.addRun(id, started.run.id)
        runs.push(started)
      } catch (error) {
        if (!(error instanceof WorkbenchError)) throw error
        refusal ??= error
        this.#skip(id, recipe.name, error)
      }
    }
    if (runs.length === 0 && refusal) {
      this.#series.remove(id)
      throw refusal
    }
    return { series: this.require(id), runs }
  }

  /** Pauses what runs or waits. */
  pause(id: number): void {
    // From the last, so that none that waits takes the place of the one that was paused.
    for (const run of this.runsOf(this.require(id)).toReversed()) this.#desk.pause(run.id)
  }

  /** Takes up what was paused or interrupted, with or without steps. @returns the runs that go on, and their jobs */
  resume(id: number, options: ResumeOptions = {}): StartedRun[] {
    return this.runsOf(this.require(id)).flatMap((run) => {
      const state = this.#stateOf(run)
      if (state === 'running' || state === 'waiting') return [{ run, jobId: run.jobId! }]
      return state === 'paused' || state === 'interrupted' ? [this.#desk.resume(run.id, options)] : []
    })
  }

  /** Ends what has begun, keeping the best model of each, and takes out what has not. */
  async end(id: number): Promise<void> {
    for (const run of this.runsOf(this.require(id)).toReversed()) {
      if (this.#stateOf(run) === 'done' || this.#stateOf(run) === 'failed') continue
      if (this.#library.repositories.trainingPoints.last(run.id)) this.#desk.stop(run.id)
      else {
        await this.#desk.remove(run.id)
        this.#skip(id, (run.recipe as Recipe).name, said`The series was ended before this run began.`)
      }
    }
  }

  /** Takes it off the list; its runs stay. */
  remove(id: number): void {
    this.#library.requireWritable()
    this.#series.remove(this.require(id).id)
  }

  #stateOf(run: TrainingRunRecord) {
    return stateOf(run, this.#desk.jobOf(run))
  }

  #skip(id: number, recipe: string, reason: unknown): void {
    const text = reason instanceof Wording ? reason : textOf(reason)
    const wording = text instanceof Wording ? text.toJSON() : null
    this.#series.addSkipped(id, { recipe, message: String(text), wording })
  }
}

/** Name of the recipe whose forms are compared. */
export function experimentOf({ recipe }: Pick<TrainingRunRecord, 'recipe'>): string {
  return experimentNameOf((recipe as Recipe).name)
}

function experimentNameOf(recipe: string): string {
  return recipe.split('.')[0]!
}

function experimentsOf(recipes: readonly Recipe[]): string[] {
  return [...new Set(recipes.map(({ name }) => experimentNameOf(name)))]
}
