// Stage 1 of the method: masked next-token prediction, which teaches a decoder to look both ways.
import { Tensor } from 'onnxruntime-node'
import { GraphBuilder, type Value } from '../../ml/ir/index.ts'
import { maskedNextTokenLoss, maskTokens, type MaskedText, type MaskingOptions } from '../../ml/losses/index.ts'
import type { DecoderConfig } from '../../ml/models/config.ts'
import { languageModelLogits } from '../../ml/models/decoder.ts'
import { declareInputs } from '../../ml/models/encoder-inputs.ts'
import { encodeTokens } from '../../ml/models/encode-tokens.ts'
import { planBatches } from '../../ml/session/batches.ts'
import type { ModelFolder } from '../../ml/session/model-folder.ts'
import { int64Tensor } from '../../ml/session/ort-session.ts'
import { seededRandom } from '../../platform/seeded-random.ts'
import { TRAINING_ERROR, TrainingError } from '../training-error.ts'
import type { TokenRow } from './contrastive-batch.ts'
import { isMemory, withAdvice } from './contrastive-step.ts'
import type { EncoderDefinition } from './encoder-definition.ts'
import { batchFeeds, noiseFeeds, paddedLength, tokenBatch } from './encoder-plan.ts'
import type { GraphMemory, LoadedGraph } from './graph-memory.ts'
import type { GraphWeights, TrainableOptions } from './trainable-model.ts'
import { type Feeds, floats, floatTensor } from './training-session.ts'

export interface MaskedStepOptions {
  /** Where the graph runs and its gradients are added up. */
  readonly memory: GraphMemory
  readonly padId: number
  readonly microbatchTokens: number
  readonly masking: MaskingOptions
}

/** @throws TrainingError `TRAINING_MODEL` for models that are not decoders */
export function decoderOf({ model }: EncoderDefinition, path: string): DecoderConfig {
  if (model.kind === 'transformer' && model.config.family === 'decoder') return model.config
  throw new TrainingError(
    TRAINING_ERROR.model,
    `${path}: bidirectional adaptation is for decoder-only models (Llama, Mistral, Qwen). Start with the contrastive stage.`,
  )
}

/** What a model is opened with (`alsoTrains`) so that its language-model head is trained as well. */
export function languageModelHead(folder: ModelFolder): NonNullable<TrainableOptions['alsoTrains']> {
  return (g, { source }, definition) => {
    const config = decoderOf(definition, folder.path)
    languageModelLogits({ g, parameters: source }, config, g.input('hidden', 'float32', ['rows', config.hiddenSize]))
  }
}

/** Adds the loss to a graph over `input_ids`, `attention_mask`, `masked.rows`, `masked.labels` and `masked.weights`; attention looks both ways. */
export function maskedLoss(g: GraphBuilder, weights: GraphWeights, config: DecoderConfig, maxTokens: number): Value {
  const network = { g, parameters: weights.source }
  const inputs = declareInputs(g, { batch: 'batch', sequence: 'sequence' }, { maxSequence: maxTokens })
  const hidden = encodeTokens(network, config, inputs, 'bidirectional')
  const masked = {
    rows: g.input('masked.rows', 'int64', ['masked']),
    labels: g.input('masked.labels', 'int64', ['masked']),
    weights: g.input('masked.weights', 'float32', ['masked']),
  }
  return maskedNextTokenLoss(g, hidden, masked, (rows) => languageModelLogits(network, config, rows))
}

/** Loss and gradients of masked next-token prediction over a batch of texts. */
export class MaskedStep {
  readonly #options: MaskedStepOptions
  #loaded: Promise<LoadedGraph> | undefined

  constructor(options: MaskedStepOptions) {
    this.#options = options
  }

  /**
   * Masks the texts and adds the gradients to those so far: the mean over all masked tokens of the batch.
   *
   * @param seed decides which tokens are masked
   * @returns the loss, and how many tokens were masked
   */
  async run(texts: readonly TokenRow[], seed: number): Promise<{ readonly loss: number; readonly masked: number }> {
    const { microbatchTokens } = this.#options
    const random = seededRandom(seed)
    const all = texts.map((ids) => maskTokens(ids, random, this.#options.masking))
    const masked = all.reduce((sum, text) => sum + text.rows.length, 0)
    if (masked === 0) return { loss: 0, masked }
    let loss = 0
    try {
      for (const [number, part] of this.#microbatches(all, microbatchTokens).entries())
        loss += await this.#run(part, masked, seed + number)
    } catch (error) {
      if (!isMemory(error)) throw error
      // Stage 1 runs whole graphs; there is no layer-wise plan to advise.
      throw withAdvice(error, { microbatchTokens, plan: 'layer-wise', fits: await this.#sizeThatFits(all, seed) })
    }
    return { loss, masked }
  }

  /** Texts of close lengths together, the longest first. */
  #microbatches(all: readonly MaskedText[], tokens: number): readonly (readonly MaskedText[])[] {
    const limits = {
      tokens,
      texts: Infinity,
      lengthStep: 1,
      maxSequence: this.#options.memory.model.definition.maxTokens,
    }
    const batches = planBatches(
      all.map((text) => text.ids.length),
      limits,
    )
    return batches.map(({ indices }) => indices.map((index) => all[index]!))
  }

  /** The largest microbatch, halving, that this machine has memory for now; found by running one. */
  async #sizeThatFits(all: readonly MaskedText[], seed: number): Promise<number | undefined> {
    const longest = Math.max(...all.map((text) => text.ids.length))
    for (let size = Math.floor(this.#options.microbatchTokens / 2); size >= longest; size = Math.floor(size / 2)) {
      const [largest] = this.#microbatches(all, size)
      await this.release() // sessions keep what a run took, also one that failed
      try {
        // The step has failed, so that its gradients do not count any more.
        await this.#run(largest!, all.length, seed)
        return size
      } catch (error) {
        if (!isMemory(error)) throw error
      }
    }
    return undefined
  }

  async release(): Promise<void> {
    if (this.#loaded) await this.#options.memory.close(await this.#loaded)
    this.#loaded = undefined
  }

  /** @returns the part's share in the mean loss of the batch */
  async #run(part: readonly MaskedText[], total: number, seed: number): Promise<number> {
    const count = part.reduce((sum, text) => sum + text.rows.length, 0)
    if (count === 0) return 0
    const { memory, padId } = this.#options
    const rows = part.map((text) => text.ids)
    const sequence = paddedLength(rows, memory)
    const graph = await (this.#loaded ??= this.#load())
    const batch = tokenBatch(rows, padId, seed, sequence)
    const results = await memory.run(graph, {
      ...batchFeeds(batch),
      ...noiseFeeds(graph.weights.noise, { batch: batch.rows, sequence }, seed),
      ...maskFeeds(part, sequence),
      share: new Tensor('float32', Float32Array.of(count / total), []),
    })
    return floats(results, 'loss')[0]!
  }

  #load(): Promise<LoadedGraph> {
    const { memory } = this.#options
    const { model } = memory
    const config = decoderOf(model.definition, model.folder.path)
    const g = new GraphBuilder('masked-next-token')
    const weights = model.weights(true)
    const mean = maskedLoss(g, weights, config, model.definition.maxTokens)
    const loss = g.mul(mean, g.input('share', 'float32', []))
    const outputs = memory.addBackward(g, weights, [[loss, g.scalar(1)]])
    g.output('loss', loss)
    return memory.load(g, weights, outputs)
  }
}

function maskFeeds(part: readonly MaskedText[], sequence: number): Feeds {
  const rows = part.flatMap((text, index) => text.rows.map((row) => BigInt(index * sequence + row)))
  const labels = part.flatMap((text) => text.labels.map(BigInt))
  return {
    'masked.rows': int64Tensor(BigInt64Array.from(rows), [rows.length]),
    'masked.labels': int64Tensor(BigInt64Array.from(labels), [labels.length]),
    'masked.weights': floatTensor(new Float32Array(rows.length).fill(1), [rows.length]),
  }
}
