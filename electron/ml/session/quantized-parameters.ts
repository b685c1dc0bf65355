// int8 linear layers: weights quantized by us, per output channel; activations by the operator, per run.
import { float32ToInt8Columns } from './int8.ts'
import { decodeToFloat32 } from '../checkpoint/dtype.ts'
import { readTensorBytesSync } from '../checkpoint/safetensors.ts'
import type { GraphBuilder, Value } from '../ir/index.ts'
import { MODEL_ERROR, ModelError } from '../models/model-error.ts'
import type { LinearLayer, ParameterSource } from '../nn/parameters.ts'
import type { FileParameters } from './file-parameters.ts'

/** Quantized weights travel inside the model's bytes, and a protobuf message ends at 2 GiB. */
const MAX_INLINE_BYTES = 1_900_000_000

/**
 * Serves linear layers as `DynamicQuantizeMatMul` with int8 weights and everything else from the file.
 *
 * The operator scales activations over the whole batch, so results depend slightly on what else is in it.
 */
export class QuantizedParameters implements ParameterSource {
  readonly #file: FileParameters
  #bytes = 0

  constructor(file: FileParameters) {
    this.#file = file
  }

  has(name: string): boolean {
    return this.#file.has(name)
  }

  parameter(g: GraphBuilder, name: string, shape: readonly number[]): Value {
    return this.#file.parameter(g, name, shape)
  }

  rows(g: GraphBuilder, name: string, ids: Value, shape: readonly [number, number]): Value | undefined {
    return this.#file.rows(g, name, ids, shape)
  }

  linear(g: GraphBuilder, x: Value, { name, inputs, outputs, bias }: LinearLayer): Value {
    this.#bytes += inputs * outputs
    if (this.#bytes > MAX_INLINE_BYTES) {
      throw new ModelError(
        MODEL_ERROR.unsupported,
        `${name}: this model is too large for int8 (2 GB of weights). Choose precision fp32.`,
      )
    }
    const entry = this.#file.entry(`${name}.weight`, [outputs, inputs])
    const weights = decodeToFloat32(entry, readTensorBytesSync(entry))
    const { values, scales } = float32ToInt8Columns(weights, outputs, inputs)
    const b = g.initializer(`${name}.weight.int8`, 'int8', [inputs, outputs], new Uint8Array(values.buffer))
    const scale = g.initializer(`${name}.weight.scale`, 'float32', [outputs], new Uint8Array(scales.buffer))
    const shift = bias ? this.#file.parameter(g, `${name}.bias`, [outputs]) : undefined
    return g.node('DynamicQuantizeMatMul', [x, b, scale, undefined, shift], { domain: 'com.microsoft' })
  }
}
