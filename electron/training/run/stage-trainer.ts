// The training loop of one stage.
import { join } from 'node:path'
import { FileMoments } from '../../ml/checkpoint/file-moments.ts'
import {
  AdamW,
  adamWDefaults,
  type LearningRateSchedule,
  learningRateAt,
  warmupSteps,
  type OptimizerKernel,
} from '../../ml/optim/index.ts'
import type { TextTokenizer } from '../../ml/tokenizer/tokenizer.ts'
import { type DevSet, type DevScores, evaluateDevSet, type RankingMeasure } from '../data/dev-set.ts'
import { meanOfIntents } from '../data/mean-of-intents.ts'
import type { TextTable } from '../data/tokenized-data.ts'
import type { EncoderPlan } from '../engine/encoder-plan.ts'
import { LayerWisePlan } from '../engine/layer-wise-plan.ts'
import { MonolithicPlan } from '../engine/monolithic-plan.ts'
import type { TrainableModel } from '../engine/trainable-model.ts'
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
  readonly kernels: OptimizerKernel
  /** For a file of the moments, where the plan keeps them out of memory. */
  readonly folder: string
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

/** Above this many parameters the layer-wise plan is taken unless the recipe says otherwise. */
const MONOLITHIC_LIMIT = 150_000_000

function planOf({ folder, definition }: TrainableModel, { plan }: Recipe): EncoderPlan['name'] {
  if (plan !== 'auto') return plan
  const bytes = folder.source.kind === 'onnx' ? 0 : folder.source.weights.bytes
  return bytes / 4 <= MONOLITHIC_LIMIT || definition.model.kind === 'static' ? 'monolithic' : 'layer-wise'
}

/** Trains one stage from where `state` says; afterwards the model holds its best weights. */
export class StageTrainer {
  readonly #setup: StageSetup
  readonly #fileMoments: FileMoments | undefined
  readonly #optimizer: AdamW
  readonly #plan: EncoderPlan
  readonly #task: StageTask
  readonly #steps: number
  readonly #schedule: LearningRateSchedule
  #state: StageState

  /** @throws the system's error when there is no room for the moments */
  constructor(setup: StageSetup, state: StageState) {
    this.#setup = setup
    this.#state = state
    const { model, recipe, settings, kernels, tokenizer, control } = setup
    const plan = planOf(model, recipe)
    // The plan that takes longer to save memory also keeps the moments elsewhere.
    if (plan === 'layer-wise') this.#fileMoments = new FileMoments(join(setup.folder, 'moments'), model.layout.length)
    const adamW = { ...adamWDefaults, weightDecay: settings.weightDecay }
    this.#optimizer = new AdamW(model.layout, model.parameters, adamW, kernels, this.#fileMoments)
    const { gradients } = this.#optimizer
    const Plan = plan === 'layer-wise' ? LayerWisePlan : MonolithicPlan
    this.#plan = new Plan(model, gradients, { threads: recipe.threads })
    this.#task = setup.makeTask({
      model,
      plan: this.#plan,
      gradients,
      tokenizer,
      batch: settings.batch,
      seed: recipe.seed + 1000 * state.stage,
      microbatchTokens: recipe.microbatchTokens,
      threads: recipe.threads,
      onMicrobatch: control.checkpointHere,
    })
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
    })
    try {
      await store.restore(this.#state, model.layout, this.#optimizer)
      // A pause may have come before the evaluation that was due.
      if (this.#isEvaluationDue()) await this.#evaluate()
      while (this.#state.step < this.#steps && !control.finishing && !this.#isStale()) await this.#advance()
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
        this.#optimizer.step({ learningRate: 0, maxNorm: this.#setup.settings.maxNorm })
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
    await this.#plan.release()
    this.#fileMoments?.[Symbol.dispose]()
  }

  async #advance(): Promise<void> {
    const { emit, recipe, control } = this.#setup
    const { stage } = this.#state
    const step = this.#state.step + 1
    await control.checkpointHere()
    const started = performance.now()
    this.#optimizer.gradients.fill(0) // what a pause in the middle of this step left behind
    const { tokens, ...result } = await this.#task.train(step)
    const learningRate = learningRateAt(this.#schedule, step)
    const gradientNorm = Number.isFinite(result.loss) ? this.#update(learningRate) : NaN
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

  /** @returns the norm of the gradient; NaN, and the weights as they were, when it is not finite */
  #update(learningRate: number): number {
    try {
      return this.#optimizer.step({ learningRate, maxNorm: this.#setup.settings.maxNorm }).gradientNorm
    } catch (error) {
      if (error instanceof Error && /not finite/.test(error.message)) return NaN
      throw error
    }
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
      plan: this.#plan,
      dimensions: model.dimensions,
      texts: dev.texts,
      padId: tokenizer.padId,
      microbatchTokens: recipe.microbatchTokens,
      measure: dev.measure,
      onMicrobatch: control.checkpointHere,
    })
    const { stage, step, best } = this.#state
    const better = best === null || scores.mean > best.scores.mean
    if (better && step > 0) await store.keepBest(this.#state, model.layout, model.parameters)
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
    await store.save(this.#state, model.layout, this.#optimizer)
    emit({ kind: 'checkpoint', stage, step, folder: store.folder })
  }
}
