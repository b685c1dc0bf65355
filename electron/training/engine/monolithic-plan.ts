// The fast plan: the whole encoder in one graph, all activations of a microbatch in memory.
import { GraphBuilder } from '../../ml/ir/index.ts'
import { unitVectors } from './encoder-definition.ts'
import { batchFeeds, type EncoderPlan, noiseFeeds, type PlanOptions, type TokenBatch } from './encoder-plan.ts'
import { addBackward, forwardOnly, type GradientOutputs, trainingGraph, WeightTensors } from './gradient-outputs.ts'
import type { GraphWeights, TrainableModel } from './trainable-model.ts'
import { floats, floatTensor, TrainingSession } from './training-session.ts'

interface LoadedGraph {
  readonly session: TrainingSession
  readonly weights: GraphWeights
  readonly outputs: GradientOutputs
}

/** Runs an encoder as one forward graph and one that also goes backward; both serve batches of any size. */
export class MonolithicPlan implements EncoderPlan {
  readonly name = 'monolithic'
  readonly #tensors: WeightTensors
  readonly #options: PlanOptions
  readonly #graphs = new Map<string, Promise<LoadedGraph>>()

  constructor(model: TrainableModel, gradients: Float32Array, options: PlanOptions = {}) {
    this.#tensors = new WeightTensors(model, gradients)
    this.#options = options
  }

  async embed(batch: TokenBatch, training: boolean): Promise<Float32Array> {
    const { session, weights } = await this.#graph(training ? 'forward.training' : 'forward')
    const results = await session.run({ ...this.#feeds(weights, batch) })
    return floats(results, 'vectors')
  }

  async backward(batch: TokenBatch, dVectors: Float32Array): Promise<void> {
    const { session, weights, outputs } = await this.#graph('backward')
    const { feeds, into } = this.#tensors.sums(outputs)
    const seed = { 'vectors.gradient': floatTensor(dVectors, [batch.rows, this.#tensors.model.dimensions]) }
    const results = await session.run({ ...this.#feeds(weights, batch), ...feeds, ...seed }, into)
    this.#tensors.addRows(outputs, results)
  }

  async release(): Promise<void> {
    for (const graph of this.#graphs.values()) await (await graph).session.release()
    this.#graphs.clear()
  }

  #feeds(weights: GraphWeights, batch: TokenBatch) {
    const sizes = { batch: batch.rows, sequence: batch.sequence }
    return {
      ...this.#tensors.weights(weights.inputs),
      ...batchFeeds(batch),
      ...noiseFeeds(weights.noise, sizes, batch.noiseSeed),
    }
  }

  #graph(kind: 'forward' | 'forward.training' | 'backward'): Promise<LoadedGraph> {
    const known = this.#graphs.get(kind)
    if (known) return known
    const loaded = this.#load(kind)
    this.#graphs.set(kind, loaded)
    return loaded
  }

  async #load(kind: 'forward' | 'forward.training' | 'backward'): Promise<LoadedGraph> {
    const { model } = this.#tensors
    const g = new GraphBuilder(kind)
    const weights = model.weights(kind !== 'forward')
    const vectors = unitVectors(g, weights.source, model.definition)
    let outputs = forwardOnly
    if (kind === 'backward') {
      const seed = g.input('vectors.gradient', 'float32', ['batch', model.dimensions])
      outputs = addBackward(g, weights, [[vectors, seed]])
    } else {
      g.output('vectors', vectors)
    }
    return { session: await TrainingSession.open(trainingGraph(g, outputs), this.#options.threads), weights, outputs }
  }
}
