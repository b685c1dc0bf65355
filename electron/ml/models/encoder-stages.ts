import type { Value } from '../ir/index.ts'
import type { Network } from '../nn/parameters.ts'
import type { EncoderInputs } from './encoder-inputs.ts'

/**
 * A transformer cut at its layer boundaries. Run one after the other the stages are the model; one by one they are what training
 * with recomputation runs. Token vectors between stages are `[batch*sequence, hidden]`.
 */
export interface EncoderStages {
  readonly layers: number
  /** From token ids to what goes into the first layer. */
  embed(network: Network, inputs: EncoderInputs): Value
  /** Makes what layers share (mask bias, rotary tables) and returns the function that adds one layer to the graph. */
  layer(network: Network, inputs: EncoderInputs): (x: Value, layer: number) => Value
  /** From the last layer to the token vectors of the model: the final normalization, where there is one. */
  finish(network: Network, x: Value): Value
  /** The first layer whose graph is the same as that of `layer` but for its weights. */
  likeLayer(layer: number): number
  /** What the parameter names of a layer start with, the dot included. */
  prefix(layer: number): string
}
