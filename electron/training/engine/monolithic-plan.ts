// The fast plan: the whole encoder in one graph, all activations of a microbatch in memory.
import { GraphBuilder } from '../../ml/ir/index.ts'
import { unitVectors } from './encoder-definition.ts'
import { batchFeeds, type EncoderPlan, noiseFeeds, type PlanOptions, type TokenBatch } from './encoder-plan.ts'
import { forwardOnly } from './gradient-outputs.ts'
import { type GraphMemory, HostMemory, type LoadedGraph } from './graph-memory.ts'
import type { TrainableModel } from './trainable-model.ts'
import { type Feeds, floats, floatTensor } from './training-session.ts'

/** Runs an encoder as one forward graph and one that also goes backward; both serve batches of any size. */
export class WholeGraphPlan implements EncoderPlan {
  readonly name = 'monolithic'
  readonly memory: GraphMemory
  readonly #graphs = new Map<string, Promise<LoadedGraph>>()

  constructor(memory: GraphMemory) {
    this.memory = memory
  }

  get lengthStep(): number {
    return this.memory.lengthStep
  }

  async embed(batch: TokenBatch, training: boolean): Promise<Float32Array> {
    const graph = await this.#graph(training ? 'forward.training' : 'forward')
    return floats(await this.memory.run(graph, this.#feeds(graph, batch)), 'vectors')
  }

  async backward(batch: TokenBatch, dVectors: Float32Array): Promise<void> {
    const graph = await this.#graph('backward')
    const seed = { 'vectors.gradient': floatTensor(dVectors, [batch.rows, this.memory.model.dimensions]) }
    await this.memory.run(graph, { ...this.#feeds(graph, batch), ...seed })
  }

  async release(): Promise<void> {
    for (const graph of this.#graphs.values()) await this.memory.close(await graph)
    this.#graphs.clear()
  }

  #feeds({ weights }: LoadedGraph, batch: TokenBatch): Feeds {
    const sizes = { batch: batch.rows, sequence: batch.sequence }
    return { ...batchFeeds(batch), ...noiseFeeds(weights.noise, sizes, batch.noiseSeed) }
  }

  #graph(kind: 'forward' | 'forward.training' | 'backward'): Promise<LoadedGraph> {
    const known = this.#graphs.get(kind)
    if (known) return known
    const loaded = this.#load(kind)
    this.#graphs.set(kind, loaded)
    return loaded
  }

  async #load(kind: 'forward' | 'forward.training' | 'backward'): Promise<LoadedGraph> {
    const { model } = this.memory
    const g = new GraphBuilder(kind)
    const weights = model.weights(kind !== 'forward')
    const vectors = unitVectors(g, weights.source, model.definition)
    let outputs = forwardOnly
    if (kind === 'backward') {
      const seed = g.input('vectors.gradient', 'float32', ['batch', model.dimensions])
      outputs = this.memory.addBackward(g, weights, [[vectors, seed]])
    } else {
      g.output('vectors', vectors)
    }
    return this.memory.load(g, weights, outputs)
  }
}

/** The same in this process's memory. */
export class MonolithicPlan extends WholeGraphPlan {
  /** @param gradients the flat buffer gradients are added to */
  constructor(model: TrainableModel, gradients: Float32Array, { threads }: PlanOptions = {}) {
    super(new HostMemory(model, gradients, threads))
  }
}
