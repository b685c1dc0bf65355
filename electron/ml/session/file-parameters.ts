// Weights of an inference graph as references into the safetensors files: loading a model reads headers, not weights.
import { dirname, relative, sep } from 'node:path'
import type { WeightSet } from '../checkpoint/safetensors.ts'
import type { SafetensorsDtype, TensorEntry } from '../checkpoint/safetensors-header.ts'
import type { DataType, GraphBuilder, Value } from '../ir/index.ts'
import { MODEL_ERROR, ModelError } from '../models/model-error.ts'
import type { ParameterSource } from '../nn/parameters.ts'

const DATA_TYPES: Readonly<Partial<Record<SafetensorsDtype, DataType>>> = {
  F32: 'float32',
  F64: 'float64',
  F16: 'float16',
  BF16: 'bfloat16',
  I8: 'int8',
  U8: 'uint8',
}

export interface FileParametersOptions {
  readonly weights: WeightSet
  /** File's name of a definition's parameter; see `parameterNames`. */
  readonly nameOf: (name: string) => string | undefined
  /** Folder that all external references of the session are relative to. */
  readonly root: string
  /** What the initializers are called in front of their name; keeps two files in one graph apart. */
  readonly prefix?: string
  /**
   * Look up half-precision tables as they are and convert only the rows found. Saves half a vocabulary in float32, but
   * GPUs without 16-bit floats cannot do it.
   */
  readonly narrowTables: boolean
}

/** Serves one graph with initializers that point into safetensors files. */
export class FileParameters implements ParameterSource {
  readonly #options: FileParametersOptions
  /** By parameter name: as stored, and as float32. */
  readonly #initializers = new Map<string, Value>()
  readonly #values = new Map<string, Value>()

  constructor(options: FileParametersOptions) {
    this.#options = options
  }

  has(name: string): boolean {
    return this.#options.nameOf(name) !== undefined
  }

  /**
   * Where a parameter lies in the files.
   *
   * @throws ModelError `MODEL_INVALID` when it is missing or its shape is not the one config.json implies
   */
  entry(name: string, shape: readonly number[]): TensorEntry {
    const { weights, nameOf } = this.#options
    const stored = nameOf(name)
    const entry = stored === undefined ? undefined : weights.tensors.get(stored)
    if (!entry) {
      throw new ModelError(
        MODEL_ERROR.invalid,
        `${weights.files[0]}: tensor "${name}" is missing. config.json and the weights do not belong together; get both again.`,
      )
    }
    if (entry.shape.length === shape.length && shape.every((size, axis) => size === entry.shape[axis])) return entry
    throw new ModelError(
      MODEL_ERROR.invalid,
      `${entry.file}: tensor "${entry.name}" has shape [${entry.shape.join(', ')}] where config.json implies [${shape.join(', ')}]. Get both files of the same model.`,
    )
  }

  parameter(g: GraphBuilder, name: string, shape: readonly number[]): Value {
    const known = this.#values.get(name)
    if (known) return known
    const value = g.cast(this.#stored(g, name, shape), 'float32')
    this.#values.set(name, value)
    return value
  }

  rows(g: GraphBuilder, name: string, ids: Value, shape: readonly [number, number]): Value | undefined {
    // A table that is also used whole (a tied language-model head) is better converted once.
    if (!this.#options.narrowTables || this.#values.has(name)) return undefined
    if (this.entry(name, shape).dtype === 'F32') return undefined
    return g.cast(g.gather(this.#stored(g, name, shape), ids), 'float32')
  }

  #stored(g: GraphBuilder, name: string, shape: readonly number[]): Value {
    const known = this.#initializers.get(name)
    if (known) return known
    const entry = this.entry(name, shape)
    const type = DATA_TYPES[entry.dtype]
    if (!type) {
      throw new ModelError(
        MODEL_ERROR.unsupported,
        `${entry.file}: tensor "${entry.name}" is stored as ${entry.dtype}, which is no weight type. Convert the model to F32, F16 or BF16.`,
      )
    }
    const value = g.initializer(`${this.#options.prefix ?? ''}${name}`, type, shape, {
      location: relative(this.#options.root, entry.file).split(sep).join('/'),
      offset: entry.offset,
      length: entry.length,
    })
    this.#initializers.set(name, value)
    return value
  }
}

/**
 * The deepest folder above all files: external references may only go down from the session's folder.
 *
 * @throws ModelError `MODEL_UNSUPPORTED` when the files lie on different drives
 */
export function commonFolder(files: readonly string[]): string {
  let folder = dirname(files[0] ?? '.')
  for (const file of files) {
    while (!file.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
      const parent = dirname(folder)
      if (parent === folder) {
        throw new ModelError(
          MODEL_ERROR.unsupported,
          `${file}: lies on another drive than ${files[0]}. Move the model to one folder.`,
        )
      }
      folder = parent
    }
  }
  return folder
}
