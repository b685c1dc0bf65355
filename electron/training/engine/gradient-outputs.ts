// The backward pass of a training graph, with gradients added up in the flat buffer while it runs.
import type { Tensor } from 'onnxruntime-node'
import { backward, recomputeCheap, type Seed } from '../../ml/autodiff/index.ts'
import type { Graph, GraphBuilder, Value } from '../../ml/ir/index.ts'
import { addRows } from '../../ml/optim/index.ts'
import { type Feeds, floats, floatTensor } from './training-session.ts'
import type { GraphWeights, TrainableModel } from './trainable-model.ts'

/** Names of a graph's gradient inputs and outputs. */
export const gradientNames = {
  sum: (parameter: string) => `gradient.sum:${parameter}`,
  result: (parameter: string) => `gradient:${parameter}`,
  indices: (table: string) => `gradient.indices:${table}`,
  rows: (table: string) => `gradient.rows:${table}`,
}

/** What the backward pass of one graph gives. */
export interface GradientOutputs {
  readonly dense: readonly string[]
  readonly tables: readonly string[]
  /** Gradients of further values, in the order they were asked for. */
  readonly values: readonly Value[]
  /** Nodes of the graph that came before the backward pass. */
  readonly forwardNodes: number
}

/** What a graph without a backward pass gives. */
export const forwardOnly: GradientOutputs = { dense: [], tables: [], values: [], forwardNodes: Infinity }

/**
 * Adds the backward pass from `seeds` to the trained weights.
 *
 * [Note: gradient sums] A weight's gradient so far is an input, and the output `sum + gradient` is written to the very same memory:
 * microbatches add up without a pass of their own. Only that Add reads the sum, which is what makes it safe.
 *
 * @param further values whose gradients are wanted as well, such as the input of a layer
 */
export function addBackward(
  g: GraphBuilder,
  weights: GraphWeights,
  seeds: readonly Seed[],
  further: readonly Value[] = [],
): GradientOutputs {
  const { dense, tables } = weights
  const forwardNodes = g.nodes.length
  const gradients = backward(g, seeds, [...dense, ...further], tables)
  for (const [index, parameter] of dense.entries()) {
    const sum = g.input(gradientNames.sum(parameter.name), 'float32', parameter.shape)
    g.output(gradientNames.result(parameter.name), g.add(sum, gradients.variables[index]!))
  }
  for (const [index, table] of tables.entries()) {
    g.output(gradientNames.indices(table.name), gradients.tables[index]!.indices)
    g.output(gradientNames.rows(table.name), gradients.tables[index]!.rows)
  }
  return {
    dense: dense.map(({ name }) => name),
    tables: tables.map(({ name }) => name),
    values: gradients.variables.slice(dense.length),
    forwardNodes,
  }
}

/** The finished graph of a forward and a backward pass, in the form that takes the least memory. */
export function trainingGraph(g: GraphBuilder, { forwardNodes }: GradientOutputs): Graph {
  return recomputeCheap(g.build(), forwardNodes)
}

/** Tensors over a model's buffers, made once and fed in every run. */
export class WeightTensors {
  readonly model: TrainableModel
  /** The flat gradient buffer, in the order of the model's layout. */
  readonly gradients: Float32Array
  readonly #weights = new Map<string, Tensor>()
  readonly #gradients = new Map<string, Tensor>()

  constructor(model: TrainableModel, gradients: Float32Array) {
    this.model = model
    this.gradients = gradients
  }

  /** Feeds for the weights of a graph. @param rename from the graph's name of a weight to the model's */
  weights(inputs: readonly Value[], rename: (name: string) => string = (name) => name): Feeds {
    return Object.fromEntries(
      inputs.map(({ name, shape }) => {
        const own = rename(name)
        const made = this.#weights.get(own) ?? floatTensor(this.model.values(own), shape as readonly number[])
        this.#weights.set(own, made)
        return [name, made]
      }),
    )
  }

  /** Feeds for the gradient sums of a graph, and where its results go: the same memory. */
  sums(
    outputs: GradientOutputs,
    rename: (name: string) => string = (name) => name,
  ): { readonly feeds: Feeds; readonly into: Feeds } {
    const tensors = outputs.dense.map((name) => [name, this.#gradient(rename(name))] as const)
    return {
      feeds: Object.fromEntries(tensors.map(([name, tensor]) => [gradientNames.sum(name), tensor])),
      into: Object.fromEntries(tensors.map(([name, tensor]) => [gradientNames.result(name), tensor])),
    }
  }

  /** Adds the row gradients of a run to the flat buffer. */
  addRows(outputs: GradientOutputs, results: Feeds): void {
    for (const table of outputs.tables) {
      const { shape } = this.model.layout.slot(table)
      const indices = results[gradientNames.indices(table)]!.data as BigInt64Array
      addRows(this.#view(table), shape[1]!, indices, floats(results, gradientNames.rows(table)))
    }
  }

  #gradient(name: string): Tensor {
    const made = this.#gradients.get(name) ?? floatTensor(this.#view(name), this.model.layout.slot(name).shape)
    this.#gradients.set(name, made)
    return made
  }

  #view(name: string): Float32Array {
    return this.model.layout.view(this.gradients, name)
  }
}
