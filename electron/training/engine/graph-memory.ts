// Where weights and gradients are while a graph of the whole model runs over them: in this process's memory, or on a device.
import type { Seed } from '../../ml/autodiff/index.ts'
import type { Graph, GraphBuilder } from '../../ml/ir/index.ts'
import { addBackward, type GradientOutputs, trainingGraph, WeightTensors } from './gradient-outputs.ts'
import type { GraphWeights, TrainableModel } from './trainable-model.ts'
import { type Feeds, TrainingSession } from './training-session.ts'

/** A graph over a model's weights, ready to run. */
export interface LoadedGraph {
  readonly session: TrainingSession
  readonly weights: GraphWeights
  readonly outputs: GradientOutputs
}

/** Lends graphs the weights of a model and adds up the gradients they give. */
export interface GraphMemory {
  readonly model: TrainableModel
  /** Lengths of texts are rounded up to a multiple of this. */
  readonly lengthStep: number
  /** Adds the backward pass from `seeds` to the trained weights, in the form that `run` takes gradients in. */
  addBackward(g: GraphBuilder, weights: GraphWeights, seeds: readonly Seed[]): GradientOutputs
  /** Loads a finished graph over the weights. */
  load(g: GraphBuilder, weights: GraphWeights, outputs: GradientOutputs): Promise<LoadedGraph>
  /**
   * Runs a graph over the weights as they are, and adds its gradients to those so far.
   *
   * @param feeds everything but weights and gradients
   * @returns the graph's own outputs, in this process's memory
   */
  run(graph: LoadedGraph, feeds: Feeds): Promise<Feeds>
  /** Frees a graph. Gradients so far may be lost. */
  close(graph: LoadedGraph): Promise<void>
  /** Loads a graph that reads no weights, such as a loss of vectors. */
  open(graph: Graph): Promise<TrainingSession>
}

/** In this process's memory: gradients are added to a flat buffer in the order of the model's layout. */
export class HostMemory implements GraphMemory {
  readonly lengthStep = 1
  readonly #tensors: WeightTensors
  readonly #threads: number | undefined

  constructor(model: TrainableModel, gradients: Float32Array, threads?: number) {
    this.#tensors = new WeightTensors(model, gradients)
    this.#threads = threads
  }

  get model(): TrainableModel {
    return this.#tensors.model
  }

  addBackward(g: GraphBuilder, weights: GraphWeights, seeds: readonly Seed[]): GradientOutputs {
    return addBackward(g, weights, seeds)
  }

  async load(g: GraphBuilder, weights: GraphWeights, outputs: GradientOutputs): Promise<LoadedGraph> {
    return { session: await this.open(trainingGraph(g, outputs)), weights, outputs }
  }

  async run({ session, weights, outputs }: LoadedGraph, feeds: Feeds): Promise<Feeds> {
    const sums = this.#tensors.sums(outputs)
    const all = { ...this.#tensors.weights(weights.inputs), ...sums.feeds, ...feeds }
    const results = await session.run(all, sums.into)
    this.#tensors.addRows(outputs, results)
    return results
  }

  close({ session }: LoadedGraph): Promise<void> {
    return session.release()
  }

  open(graph: Graph): Promise<TrainingSession> {
    return TrainingSession.open(graph, this.#threads)
  }
}
