// The two kinds of steps behind one interface, so that one loop trains every stage.
import type { TextTokenizer } from '../../ml/tokenizer/tokenizer.ts'
import type { RetrievalObjective } from '../../ml/losses/index.ts'
import { mixSeed, Sampler } from '../data/sampler.ts'
import type { TextTable, TokenizedData } from '../data/tokenized-data.ts'
import { ContrastiveStep } from '../engine/contrastive-step.ts'
import { MaskedStep } from '../engine/masked-step.ts'
import type { TrainableModel } from '../engine/trainable-model.ts'
import type { TrainingEngine } from '../engine/training-engine.ts'
import { recipeError } from '../recipe.ts'

export interface TaskResult {
  readonly loss: number
  readonly chance: number
  readonly positiveSimilarity: number
  readonly hardestNegativeSimilarity: number
  /** Tokens of the step's texts, without padding. */
  readonly tokens: number
}

/** What a stage does in each step: adds up the gradients of step `n` in the engine. A step depends on its number alone. */
export interface StageTask {
  readonly stepsPerEpoch: number
  train(step: number): Promise<TaskResult>
  /** Where the texts of a step come from, for messages. */
  describe(step: number): string
  release(): Promise<void>
}

export interface TaskSetting {
  readonly model: TrainableModel
  readonly engine: Pick<TrainingEngine, 'plan' | 'memory'>
  readonly tokenizer: TextTokenizer
  readonly batch: number
  readonly seed: number
  readonly microbatchTokens: number
  readonly threads: number | undefined
  readonly onMicrobatch: () => Promise<void>
}

/** Stages 2 and 3: InfoNCE over in-batch or own-group negatives. */
export function contrastiveTask(data: TokenizedData, objective: RetrievalObjective, setting: TaskSetting): StageTask {
  const { model, engine, batch, seed, tokenizer, microbatchTokens, threads, onMicrobatch } = setting
  const sampler = new Sampler(data, { batch, objective, seed })
  const step = new ContrastiveStep({
    model,
    plan: engine.plan,
    objective,
    padId: tokenizer.padId,
    microbatchTokens,
    threads,
    onMicrobatch,
  })
  return {
    stepsPerEpoch: sampler.stepsPerEpoch,
    async train(number) {
      const texts = sampler.batch(number)
      const { loss, candidates, positiveSimilarity, hardestNegativeSimilarity } = await step.run(texts)
      const tokens = [...texts.queries, ...texts.passages].reduce((sum, row) => sum + row.length, 0)
      return { loss, chance: Math.log(candidates), positiveSimilarity, hardestNegativeSimilarity, tokens }
    },
    describe(number) {
      const { set, examples } = sampler.place(number)
      const named = examples.slice(0, 8).map((index) => index + 1)
      const rest = examples.length > named.length ? ` and ${examples.length - named.length} more` : ''
      return `data set ${set.name}, examples ${named.join(', ')}${rest}`
    },
    release: () => step.release(),
  }
}

export interface MaskingSetting {
  readonly rate: number
  readonly maskToken: string
}

/** Stage 1: masked next-token prediction. */
export function adaptationTask(texts: TextTable, masking: MaskingSetting, setting: TaskSetting): StageTask {
  const { model, engine, batch, seed, tokenizer, microbatchTokens, onMicrobatch } = setting
  const maskToken = tokenizer.idOf(masking.maskToken)
  if (maskToken === undefined)
    throw recipeError(
      `maskToken "${masking.maskToken}" is not in the vocabulary of ${model.folder.path}. Choose one of its tokens, such as its mask or unknown token.`,
    )
  const special = new Set([tokenizer.padId, ...tokenizer.encode('').ids])
  const step = new MaskedStep({
    memory: engine.memory,
    padId: tokenizer.padId,
    microbatchTokens,
    masking: { rate: masking.rate, maskToken, special },
  })
  const size = Math.min(batch, texts.count)
  const stepsPerEpoch = Math.max(1, Math.floor(texts.count / size))
  const rowsOf = (number: number) => {
    const epoch = Math.floor((number - 1) / stepsPerEpoch)
    const first = ((number - 1) % stepsPerEpoch) * size
    // A stride that shares no factor with the count visits every text once an epoch, without a shuffled list of millions.
    const stride = coprime(texts.count, mixSeed(seed, epoch, 6))
    return Array.from({ length: size }, (_, i) => ((first + i) * stride + mixSeed(seed, epoch, 7)) % texts.count)
  }
  return {
    stepsPerEpoch,
    async train(number) {
      await onMicrobatch()
      const rows = rowsOf(number).map((text) => texts.row(text))
      const { loss } = await step.run(rows, mixSeed(seed, number, 8))
      const tokens = rows.reduce((sum, row) => sum + row.length, 0)
      const chance = Math.log(tokenizer.vocabularySize)
      return { loss, chance, positiveSimilarity: NaN, hardestNegativeSimilarity: NaN, tokens }
    },
    describe: (number) =>
      `texts ${rowsOf(number)
        .slice(0, 8)
        .map((text) => text + 1)
        .join(', ')}`,
    release: () => step.release(),
  }
}

function coprime(count: number, wanted: number): number {
  let stride = 1 + (wanted % Math.max(1, count - 1))
  while (greatestCommonDivisor(stride, count) !== 1) stride++
  return stride
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
