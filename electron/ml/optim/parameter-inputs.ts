import type { GraphBuilder, Value } from '../ir/index.ts'
import type { ParameterSource } from '../nn/parameters.ts'

/**
 * Weights as inputs of a training graph, each declared once however often the model uses it (queries and passages share an encoder).
 *
 * Embedding tables that are only looked up are kept apart: their gradient is wanted by rows. A table that is used in another way too, as
 * a tied language-model head is, is listed among the parameters instead.
 */
export class ParameterInputs implements ParameterSource {
  readonly #has: (name: string) => boolean
  readonly #inputs = new Map<string, Value>()
  readonly #dense = new Set<string>()

  /** @param has whether the model has an optional parameter (a separate head, ...) */
  constructor(has: (name: string) => boolean = () => false) {
    this.#has = has
  }

  /** All weights, in the order of the model. */
  get all(): readonly Value[] {
    return [...this.#inputs.values()]
  }

  /** Weights whose gradients are dense: `variables` of autodiff's backward. */
  get parameters(): readonly Value[] {
    return [...this.#inputs].filter(([name]) => this.#dense.has(name)).map(([, value]) => value)
  }

  /** Tables whose gradients are wanted by rows: `tables` of autodiff's backward. */
  get tables(): readonly Value[] {
    return [...this.#inputs].filter(([name]) => !this.#dense.has(name)).map(([, value]) => value)
  }

  has(name: string): boolean {
    return this.#has(name)
  }

  parameter(g: GraphBuilder, name: string, shape: readonly number[]): Value {
    this.#dense.add(name)
    return this.#declare(g, name, shape)
  }

  rows(g: GraphBuilder, name: string, ids: Value, shape: readonly [number, number]): Value {
    return g.gather(this.#declare(g, name, shape), ids)
  }

  #declare(g: GraphBuilder, name: string, shape: readonly number[]): Value {
    const existing = this.#inputs.get(name)
    if (existing) return existing
    const value = g.input(name, 'float32', shape)
    this.#inputs.set(name, value)
    return value
  }
}
