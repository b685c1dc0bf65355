import { ACTIVATIONS, type Activation } from '../nn/activation.ts'
import { MODEL_ERROR, ModelError } from './model-error.ts'

/** Typed access to config.json; every complaint names the file, the key and the value. */
export class ConfigReader {
  readonly source: string
  readonly #json: Readonly<Record<string, unknown>>

  constructor(source: string, json: Readonly<Record<string, unknown>>) {
    this.source = source
    this.#json = json
  }

  has(key: string): boolean {
    return this.#json[key] !== undefined && this.#json[key] !== null
  }

  /** A whole number of at least `minimum`. */
  size(key: string, fallback?: number, minimum = 1): number {
    const value = this.number(key, fallback)
    if (Number.isSafeInteger(value) && value >= minimum) return value
    throw this.invalid(key, `must be a whole number of at least ${minimum}`)
  }

  number(key: string, fallback?: number): number {
    const value = this.#json[key] ?? fallback
    if (typeof value === 'number' && Number.isFinite(value)) return value
    throw this.invalid(key, 'must be a number')
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.#json[key] ?? fallback
    if (typeof value === 'boolean') return value
    throw this.invalid(key, 'must be true or false')
  }

  string(key: string, fallback: string): string {
    const value = this.#json[key] ?? fallback
    if (typeof value === 'string') return value
    throw this.invalid(key, 'must be a string')
  }

  record(key: string): Readonly<Record<string, unknown>> | undefined {
    const value = this.#json[key]
    if (value === undefined || value === null) return undefined
    if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
    throw this.invalid(key, 'must be an object')
  }

  activation(key: string, fallback: Activation): Activation {
    const name = this.string(key, fallback)
    const normalized = ACTIVATION_NAMES[name]
    if (normalized) return normalized
    throw this.unsupported(key, name, ACTIVATIONS.join(', '))
  }

  /** `dividend / divisor` where that is whole. */
  quotient(dividendKey: string, dividend: number, divisorKey: string, divisor: number): number {
    if (dividend % divisor === 0) return dividend / divisor
    throw this.invalid(dividendKey, `must be a multiple of ${divisorKey} (${divisor})`)
  }

  unsupported(key: string, value: unknown, supported: string): ModelError {
    return new ModelError(
      MODEL_ERROR.unsupported,
      `${this.source}: ${key} ${JSON.stringify(value)} is not supported (supported: ${supported}). Use another model, or a folder with onnx/model.onnx.`,
    )
  }

  invalid(key: string, requirement: string): ModelError {
    const value = JSON.stringify(this.#json[key]) ?? 'missing'
    return new ModelError(
      MODEL_ERROR.invalid,
      `${this.source}: ${key} (${value}) ${requirement}. Get config.json of this model again.`,
    )
  }
}

const ACTIVATION_NAMES: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_python: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
  tanh: 'tanh',
}
