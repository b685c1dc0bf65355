// Adapters on the linear layers of a model, through the hook that model definitions call for every layer.

import type { Dim, GraphBuilder, Value } from '../ir/index.ts'
import type { LinearLayer, ParameterSource } from '../nn/parameters.ts'
import { checkLora, isTarget, type LoraConfig, loraScale } from './config.ts'
import { dropout, type DropoutNoise } from './dropout.ts'

/** The adapter of one layer: adds `scale * B A x`. */
export interface LoraAdapter {
  readonly layer: LinearLayer
  /** `[rank, inputs]` */
  readonly a: Value
  /** `[outputs, rank]` */
  readonly b: Value
}

/** A vector of random numbers that the graph wants fed, see dropoutNumbers. */
export interface NoiseInput {
  readonly name: string
  readonly kind: 'rows' | 'columns'
  readonly length: Dim
}

export interface LoraOptions {
  /** Whether to drop; off for inference and for evaluation. Default false. */
  readonly training?: boolean
  /** Makes the value of an adapter weight: by default a float32 graph input of that name. */
  readonly declare?: (g: GraphBuilder, name: string, shape: readonly number[]) => Value
}

/**
 * The weights of a frozen base model with adapters on some of its linear layers. Use one per graph: both encoders of a training graph
 * share the adapters. The base may replace layers itself (int8), the adapter then adds to what it makes.
 */
export class LoraParameters implements ParameterSource {
  readonly #base: ParameterSource
  readonly #config: LoraConfig
  readonly #training: boolean
  readonly #declare: NonNullable<LoraOptions['declare']>
  readonly #adapters = new Map<string, LoraAdapter>()
  readonly #noise = new Map<string, { readonly input: NoiseInput; readonly value: Value }>()

  /** @throws Error for settings that cannot be */
  constructor(base: ParameterSource, config: LoraConfig, { training = false, declare }: LoraOptions = {}) {
    checkLora(config)
    this.#base = base
    this.#config = config
    this.#training = training
    this.#declare = declare ?? ((g, name, shape) => g.input(name, 'float32', shape))
  }

  /** The adapters made so far, in the order of the model. */
  get adapters(): readonly LoraAdapter[] {
    return [...this.#adapters.values()]
  }

  /** Names and shapes of the adapters' weights: what is trained. */
  get weights(): readonly (readonly [name: string, shape: readonly number[]])[] {
    return this.adapters
      .flatMap(({ a, b }) => [a, b])
      .map((value) => [value.name, value.shape as readonly number[]] as const)
  }

  /** Random numbers to feed in every step; empty without dropout. */
  get noiseInputs(): readonly NoiseInput[] {
    return [...this.#noise.values()].map(({ input }) => input)
  }

  has(name: string): boolean {
    return this.#base.has(name)
  }

  parameter(g: GraphBuilder, name: string, shape: readonly number[]): Value {
    return this.#base.parameter(g, name, shape)
  }

  rows(g: GraphBuilder, name: string, ids: Value, shape: readonly [number, number]): Value | undefined {
    return this.#base.rows?.(g, name, ids, shape)
  }

  linear(g: GraphBuilder, x: Value, layer: LinearLayer): Value | undefined {
    const replaced = this.#base.linear?.(g, x, layer)
    if (!isTarget(this.#config, layer.name)) return replaced
    return g.add(replaced ?? this.#plainLayer(g, x, layer), this.#delta(g, x, layer))
  }

  #plainLayer(g: GraphBuilder, x: Value, layer: LinearLayer): Value {
    const weight = this.parameter(g, `${layer.name}.weight`, [layer.outputs, layer.inputs])
    return g.linear(x, weight, layer.bias ? this.parameter(g, `${layer.name}.bias`, [layer.outputs]) : undefined)
  }

  #delta(g: GraphBuilder, x: Value, layer: LinearLayer): Value {
    return g.scope('lora', () => {
      const { a, b } = this.#adapter(g, layer)
      const rate = this.#training ? this.#config.dropout : 0
      const input =
        rate === 0 ? x : dropout(g, x, rate, this.#noiseFor(g, x), [...this.#adapters.keys()].indexOf(layer.name) + 1)
      return g.gemm(g.linear(input, a), b, { transposeB: true, alpha: loraScale(this.#config) })
    })
  }

  #adapter(g: GraphBuilder, layer: LinearLayer): LoraAdapter {
    const existing = this.#adapters.get(layer.name)
    if (existing) return existing
    const { rank } = this.#config
    const adapter = {
      layer,
      a: this.#declare(g, `${layer.name}.lora_A.weight`, [rank, layer.inputs]),
      b: this.#declare(g, `${layer.name}.lora_B.weight`, [layer.outputs, rank]),
    }
    this.#adapters.set(layer.name, adapter)
    return adapter
  }

  #noiseFor(g: GraphBuilder, x: Value): DropoutNoise {
    const [rows, columns] = x.shape as readonly [Dim, Dim]
    return { rows: this.#noiseVector(g, 'rows', rows), columns: this.#noiseVector(g, 'columns', columns) }
  }

  #noiseVector(g: GraphBuilder, kind: NoiseInput['kind'], length: Dim): Value {
    const name = `dropout.${kind}.${length}`
    const existing = this.#noise.get(name)
    if (existing) return existing.value
    const value = g.input(name, 'float32', [length])
    this.#noise.set(name, { input: { name, kind, length }, value })
    return value
  }
}
