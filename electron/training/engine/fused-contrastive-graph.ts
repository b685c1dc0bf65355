// Both encoders, the loss and the backward pass in one graph: no vector is computed twice.
import { GraphBuilder, multiplyDims } from '../../ml/ir/index.ts'
import { retrievalLoss, type RetrievalObjective } from '../../ml/losses/index.ts'
import { type ContrastiveBatch, similarities, type StepStatistics } from './contrastive-batch.ts'
import { unitVectors } from './encoder-definition.ts'
import { batchFeeds, noiseFeeds, tokenBatch } from './encoder-plan.ts'
import { addBackward, type GradientOutputs, trainingGraph, WeightTensors } from './gradient-outputs.ts'
import type { GraphWeights, TrainableModel } from './trainable-model.ts'
import { floats, floatTensor, TrainingSession } from './training-session.ts'

interface LoadedStep {
  readonly session: TrainingSession
  readonly weights: GraphWeights
  readonly outputs: GradientOutputs
}

/** One contrastive step as one graph, loaded when it is first run. */
export class FusedContrastiveGraph {
  readonly #tensors: WeightTensors
  readonly #objective: RetrievalObjective
  readonly #threads: number | undefined
  #loaded: Promise<LoadedStep> | undefined

  constructor(model: TrainableModel, gradients: Float32Array, objective: RetrievalObjective, threads?: number) {
    this.#tensors = new WeightTensors(model, gradients)
    this.#objective = objective
    this.#threads = threads
  }

  /** Adds the gradients of the batch to the flat buffer. */
  async run(batch: ContrastiveBatch, padId: number): Promise<StepStatistics> {
    const { session, weights, outputs } = await (this.#loaded ??= this.#load())
    const queries = tokenBatch(batch.queries, padId, batch.noiseSeed)
    const passages = tokenBatch(batch.passages, padId, batch.noiseSeed)
    const { feeds, into } = this.#tensors.sums(outputs)
    const sizes = {
      queries: queries.rows,
      querySequence: queries.sequence,
      passageSequence: passages.sequence,
    }
    const results = await session.run(
      {
        ...this.#tensors.weights(weights.inputs),
        ...feeds,
        ...batchFeeds(queries, 'query.'),
        ...batchFeeds(passages, 'passage.'),
        ...noiseFeeds(weights.noise, sizes, batch.noiseSeed),
        positives: floatTensor(batch.positives, [queries.rows, batch.positives.length / queries.rows]),
      },
      into,
    )
    this.#tensors.addRows(outputs, results)
    const { dimensions } = this.#tensors.model
    const vectors = [floats(results, 'queries'), floats(results, 'passages')] as const
    return { loss: floats(results, 'loss')[0]!, ...similarities(...vectors, dimensions, batch, this.#objective) }
  }

  async release(): Promise<void> {
    await (await this.#loaded)?.session.release()
    this.#loaded = undefined
  }

  async #load(): Promise<LoadedStep> {
    const { model } = this.#tensors
    const { group, negatives } = this.#objective
    const g = new GraphBuilder('contrastive-step')
    const weights = model.weights(true)
    const encode = (prefix: string, batch: number | string, sequence: string) =>
      g.scope(prefix, () => unitVectors(g, weights.source, model.definition, { batch, sequence, prefix: `${prefix}.` }))
    const all = multiplyDims('queries', group)
    const queries = encode('query', 'queries', 'querySequence')
    const passages = encode('passage', all, 'passageSequence')
    const positives = g.input('positives', 'float32', ['queries', negatives === 'in-batch' ? all : group])
    const loss = retrievalLoss(g, queries, passages, { positives }, this.#objective)
    const outputs = addBackward(g, weights, [[loss, g.scalar(1)]])
    g.output('loss', loss)
    g.output('queries', queries)
    g.output('passages', passages)
    return { session: await TrainingSession.open(trainingGraph(g, outputs), this.#threads), weights, outputs }
  }
}
