import type { Value } from '../ir/index.ts'
import type { Network } from './parameters.ts'

/** Layer normalization of the last axis by `name`.weight and, unless left out, `name`.bias. */
export function layerNorm(
  { g, parameters }: Network,
  x: Value,
  name: string,
  size: number,
  epsilon: number,
  bias = true,
): Value {
  const weight = parameters.parameter(g, `${name}.weight`, [size])
  // The operator's bias is optional, but one form for all models keeps gradient rules and GPU kernels few.
  const shift = bias
    ? parameters.parameter(g, `${name}.bias`, [size])
    : g.constant('float32', [size], new Float32Array(size))
  return g.layerNormalization(x, weight, shift, epsilon)
}

/** RMS normalization (Zhang and Sennrich, arXiv 1910.07467) of the last axis by `name`.weight. */
export function rmsNorm({ g, parameters }: Network, x: Value, name: string, size: number, epsilon: number): Value {
  return g.rmsNormalization(x, parameters.parameter(g, `${name}.weight`, [size]), epsilon)
}
