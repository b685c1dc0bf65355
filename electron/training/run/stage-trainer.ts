// The training loop of one stage.
import { type LearningRateSchedule, learningRateAt, warmupSteps } from '../../ml/optim/index.ts'
import type { TextTokenizer } from '../../ml/tokenizer/tokenizer.ts'
import { type DevSet, type DevScores, evaluateDevSet, type RankingMeasure } from '../data/dev-set.ts'
import { meanOfIntents } from '../data/mean-of-intents.ts'
import type { TextTable } from '../data/tokenized-data.ts'
import type { TrainableModel } from '../engine/trainable-model.ts'
import type { EngineDevice, TrainingEngine } from '../engine/training-engine.ts'
import type { Recipe, RecipeStage } from '../recipe.ts'
import { TRAINING_ERROR, TrainingError } from '../training-error.ts'
import type { TrainingEvent } from './events.ts'
import { Paused, type RunControl } from './run-control.ts'
import type { CheckpointStore, StageState } from './stage-checkpoint.ts'
import type { StageTask, TaskSetting } from './stage-task.ts'

export interface StageSetup {
  readonly name: string
  readonly recipe: Recipe
  readonly settings: RecipeStage
  readonly model: TrainableModel
  readonly tokenizer: TextTokenizer
  /** Ends with the trainer. */
  readonly engine: TrainingEngine
  readonly makeTask: (setting: TaskSetting) => StageTask
  /** Evaluated every so often; undefined for stages whose vectors are not yet meant for search. */
  readonly dev: { readonly set: DevSet; readonly texts: TextTable; readonly measure: RankingMeasure } | undefined
  /** Evaluations without a better one before the stage ends; undefined: never. */
  readonly patience: number | undefined
  readonly store: CheckpointStore
  readonly control: RunControl
  readonly emit: (event: TrainingEvent) => void
}

export interface StageResult {
  readonly steps: number
  readonly baseline: DevScores | null
  readonly best: DevScores | null
  /** Step of the best scores; 0 when no step was better than where the stage began. */
  readonly bestStep: number | null
}

/** What a stage's task is made of, but for how it is interrupted. */
export function taskSetting(
  {
    model,
    recipe,
    settings,
    tokenizer,
    engine,
  }: Pick<StageSetup, 'model' | 'recipe' | 'settings' | 'tokenizer' | 'engine'>,
  { stage }: Pick<StageState, 'stage'>,
): Omit<TaskSetting, 'onMicrobatch'> {
  return {
    ...{ model, engine, tokenizer, batch: settings.batch, seed: recipe.seed + 1000 * stage },
    ...{ microbatchTokens: recipe.microbatchTokens, threads: recipe.threads },
  }
}

/** Trains one stage from where `state` says; afterwards the model holds its best weights. */
export class StageTrainer {
  readonly #setup: StageSetup
  readonly #engine: TrainingEngine
  readonly #task: StageTask
  readonly #steps: number
  readonly #schedule: LearningRateSchedule
  #state: StageState

  constructor(setup: StageSetup, state: StageState) {
    this.#setup = setup
    const { settings, control, engine } = setup
    this.#state = { ...state, device: engine.device }
    this.#engine = engine
    this.#task = setup.makeTask({ ...taskSetting(setup, state), onMicrobatch: control.checkpointHere })
    const wanted = Math.max(1, Math.round(this.#task.stepsPerEpoch * settings.epochs))
    this.#steps = Math.min(wanted, settings.maxSteps ?? wanted)
    this.#schedule = {
      peak: settings.learningRate,
      totalSteps: this.#steps,
      warmupSteps: warmupSteps(this.#steps, settings.warmup),
      decay: settings.decay,
    }
  }

  get steps(): number {
    return this.#steps
  }

  get device(): EngineDevice {
    return this.#engine.device
  }

  /**
   * @throws Paused after a checkpoint, when a pause was asked for
   * @throws TrainingError `TRAINING_NAN` naming the batch, after a checkpoint of the weights before it
   */
  async run(): Promise<StageResult> {
    const { model, store, emit, name, control } = this.#setup
    const { stage } = this.#state
    emit({
      kind: 'stage',
      stage,
      name,
      steps: this.#steps,
      parameters: model.layout.length,
      device: this.device,
    })
    try {
      await this.#engine.restore((optimizer) => store.restore(this.#state, model.layout, optimizer))
      // A pause may have come before the evaluation that was due.
      if (this.#isEvaluationDue()) await this.#evaluate()
      while (this.#state.step < this.#steps && !control.finishing && !this.#isStale()) await this.#advance()
      await this.#engine.bringHome()
      await store.restoreBest(this.#state, model.layout, model.parameters)
      const { baseline, best } = this.#state
      return { steps: this.#state.step, baseline, best: best?.scores ?? null, bestStep: best?.step ?? null }
    } catch (error) {
      if (error instanceof Paused) await this.#save()
      throw error
    } finally {
      await this.#release()
    }
  }

  /**
   * Takes some steps and forgets them: real ones, for an estimate of time and memory.
   *
   * @returns seconds and tokens a step, the first step, which loads the graphs, left out
   */
  async rehearse(steps: number): Promise<{ readonly seconds: number; readonly tokens: number }> {
    let [seconds, tokens] = [0, 0]
    try {
      for (let step = 1; step <= steps + 1; step++) {
        const started = performance.now()
        const result = await this.#task.train(step)
        await this.#engine.update({ learningRate: 0, maxNorm: this.#setup.settings.maxNorm })
        if (step === 1) continue
        seconds += (performance.now() - started) / 1000
        tokens += result.tokens
      }
    } finally {
      await this.#release()
    }
    return { seconds: seconds / steps, tokens: tokens / steps }
  }

  async #release(): Promise<void> {
    await this.#task.release()
    await this.#engine.release()
  }

  async #advance(): Promise<void> {
    const { emit, recipe, control, settings } = this.#setup
    const { stage } = this.#state
    const step = this.#state.step + 1
    await control.checkpointHere()
    const started = performance.now()
    this.#engine.clear() // what a pause in the middle of this step left behind
    const { tokens, ...result } = await this.#task.train(step)
    const learningRate = learningRateAt(this.#schedule, step)
    const { maxNorm } = settings
    const gradientNorm = Number.isFinite(result.loss) ? await this.#engine.update({ learningRate, maxNorm }) : NaN
    const seconds = (performance.now() - started) / 1000
    emit({
      ...{ kind: 'step', stage, step, ...result, learningRate, gradientNorm, seconds, tokens },
      tokensPerSecond: tokens / seconds,
      memoryBytes: process.memoryUsage.rss(),
    })
    if (!Number.isFinite(gradientNorm)) await this.#stopAtNaN(step, Number.isFinite(result.loss) ? 'gradient' : 'loss')
    this.#state = { ...this.#state, step }
    const evaluates = this.#isEvaluationDue()
    if (evaluates) await this.#evaluate()
    if (evaluates || step % recipe.saveEvery === 0) await this.#save()
  }

  /** The weights are still those of the step before: keep them, and say what the batch was. */
  async #stopAtNaN(step: number, what: string): Promise<never> {
    await this.#save()
    throw new TrainingError(
      TRAINING_ERROR.nan,
      `The ${what} of step ${step} in stage ${this.#setup.name} is not finite (${this.#task.describe(step)}). The checkpoint of step ${step - 1} is kept. Lower the learning rate or look at these texts, and start a new run from it.`,
    )
  }

  async #evaluate(): Promise<void> {
    const { dev, model, tokenizer, recipe, store, emit, control } = this.#setup
    if (!dev || dev.set.queries.length === 0) return
    const started = performance.now()
    const { scores, queries } = await evaluateDevSet(dev.set, {
      plan: this.#engine.plan,
      dimensions: model.dimensions,
      texts: dev.texts,
      padId: tokenizer.padId,
      microbatchTokens: recipe.microbatchTokens,
      measure: dev.measure,
      onMicrobatch: control.checkpointHere,
    })
    const { stage, step, best } = this.#state
    const better = best === null || scores.mean > best.scores.mean
    if (better && step > 0) {
      await this.#engine.bringHome()
      await store.keepBest(this.#state, model.layout, model.parameters)
    }
    this.#state = {
      ...this.#state,
      baseline: this.#state.baseline ?? scores,
      best: better ? { step, scores } : best,
      evaluationsWithoutBest: better ? 0 : this.#state.evaluationsWithoutBest + 1,
      evaluated: step,
    }
    const seconds = (performance.now() - started) / 1000
    emit({
      ...{ kind: 'evaluation', stage, step, ndcg: scores.mean, byIntent: scores.byIntent, best: better },
      ...{ queries, interval: meanOfIntents(queries), seconds },
    })
  }

  #isEvaluationDue(): boolean {
    const { step, evaluated } = this.#state
    return evaluated !== step && (step % this.#setup.recipe.dev.every === 0 || step === this.#steps)
  }

  #isStale(): boolean {
    const { patience } = this.#setup
    return patience !== undefined && this.#state.evaluationsWithoutBest >= patience
  }

  async #save(): Promise<void> {
    const { store, model, emit } = this.#setup
    const { stage, step } = this.#state
    await store.save(this.#state, model.layout, await this.#engine.state())
    emit({ kind: 'checkpoint', stage, step, folder: store.folder })
  }
}
