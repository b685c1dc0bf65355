// How a model definition gets at its weights, so that one definition serves inference, training, LoRA and int8.
import type { GraphBuilder, Value } from '../ir/index.ts'

/** A linear layer as the definition asks for it. The weight is `[outputs, inputs]`, as PyTorch stores it. */
export interface LinearLayer {
  /** Parameter name without `.weight`: `encoder.layer.3.attention.self.query`. */
  readonly name: string
  readonly inputs: number
  readonly outputs: number
  readonly bias: boolean
}

/**
 * Where the weights of a graph come from. Names are the model's own (`embeddings.word_embeddings.weight`), without the
 * prefix a particular file may put before them.
 */
export interface ParameterSource {
  /**
   * A float32 value of the given shape: an initializer that points into a file, a graph input for training, ...
   *
   * @throws when there is no such parameter or its shape differs
   */
  parameter(g: GraphBuilder, name: string, shape: readonly number[]): Value
  /** Whether an optional parameter exists. */
  has(name: string): boolean
  /**
   * Replaces a linear layer: LoRA adds `B A x`, int8 swaps in a quantized product. `x` is `[rows, inputs]`, the result
   * `[rows, outputs]`. Undefined, or a result of undefined, means the plain layer.
   */
  linear?(g: GraphBuilder, x: Value, layer: LinearLayer): Value | undefined
  /**
   * Replaces a table look-up: float32 rows `[...ids, width]`. Lets a half-precision table be converted row by row
   * instead of as a whole. Undefined, or a result of undefined, means a plain Gather.
   */
  rows?(g: GraphBuilder, name: string, ids: Value, shape: readonly [number, number]): Value | undefined
}

/** A graph under construction and the weights it uses: what every layer function takes first. */
export interface Network {
  readonly g: GraphBuilder
  readonly parameters: ParameterSource
}

/** `x [rows, inputs]` -> `[rows, outputs]` by `layer.name`.weight and, where the layer has one, `.bias`. */
export function linear({ g, parameters }: Network, x: Value, layer: LinearLayer): Value {
  const replaced = parameters.linear?.(g, x, layer)
  if (replaced) return replaced
  const weight = parameters.parameter(g, `${layer.name}.weight`, [layer.outputs, layer.inputs])
  return g.linear(x, weight, layer.bias ? parameters.parameter(g, `${layer.name}.bias`, [layer.outputs]) : undefined)
}

/** Rows of the embedding table `name`: `ids [...]` int64 -> `[..., width]`. */
export function embedding({ g, parameters }: Network, name: string, ids: Value, rows: number, width: number): Value {
  const replaced = parameters.rows?.(g, name, ids, [rows, width])
  return replaced ?? g.gather(parameters.parameter(g, name, [rows, width]), ids)
}
