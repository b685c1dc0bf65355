// Rotary position embedding (Su et al., arXiv 2104.09864) in the half-split layout of Hugging Face models.
import type { Dim, GraphBuilder, Value } from '../ir/index.ts'

/** Rotary position embedding: angle of pair i at position p is `p * frequency[i]`. */
export interface Rope {
  readonly theta: number
  readonly scaling: RopeScaling | undefined
}

export type RopeScaling =
  | { readonly kind: 'linear'; readonly factor: number }
  | {
      readonly kind: 'llama3'
      readonly factor: number
      readonly lowFrequencyFactor: number
      readonly highFrequencyFactor: number
      readonly originalPositions: number
    }

/** Angular frequency of each of the `headSize / 2` pairs, in radians per position. */
export function ropeFrequencies({ theta, scaling }: Rope, headSize: number): readonly number[] {
  return Array.from({ length: headSize / 2 }, (_, pair) => {
    const frequency = theta ** ((-2 * pair) / headSize)
    if (!scaling) return frequency
    if (scaling.kind === 'linear') return frequency / scaling.factor
    return llama3Frequency(frequency, scaling)
  })
}

/** Llama 3.1 slows only the long waves down, with a smooth passage between the two bounds. */
function llama3Frequency(frequency: number, scaling: Extract<RopeScaling, { kind: 'llama3' }>): number {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalPositions } = scaling
  const turns = (originalPositions * frequency) / (2 * Math.PI)
  if (turns > high) return frequency
  if (turns < low) return frequency / factor
  const smooth = (turns - low) / (high - low)
  return ((1 - smooth) * frequency) / factor + smooth * frequency
}

export interface RotaryTables {
  /** `[sequence, 1, headSize / 2]` */
  readonly cos: Value
  readonly sin: Value
}

/**
 * Cosines and sines of the positions `0..sequence-1`.
 *
 * [Note: rotary tables] They are constants, not computed in the graph: GPUs may be off by 5e-4 in sin and cos, which
 * showed in every rotary model under WebGPU.
 *
 * @param maxSequence rows of the table where `sequence` is a symbol; no run may be longer
 */
export function rotaryTables(
  g: GraphBuilder,
  rope: Rope,
  sequence: Dim,
  headSize: number,
  maxSequence: number,
): RotaryTables {
  const rows = typeof sequence === 'number' ? sequence : maxSequence
  const frequencies = ropeFrequencies(rope, headSize)
  const table = (name: string, f: (angle: number) => number): Value => {
    const values = new Float32Array(rows * frequencies.length)
    for (let i = 0; i < values.length; i++) {
      values[i] = f(Math.floor(i / frequencies.length) * frequencies[i % frequencies.length]!)
    }
    const shape = [rows, 1, frequencies.length]
    const whole = g.initializer(g.uniqueName(`rotary/${name}`), 'float32', shape, new Uint8Array(values.buffer))
    return rows === sequence ? whole : g.slice(whole, 0, 0, sequence)
  }
  return { cos: table('cos', Math.cos), sin: table('sin', Math.sin) }
}

/** Rotates the heads of `x` `[batch, sequence, heads, headSize]`: pair i is elements i and i + headSize/2. */
export function applyRotary(g: GraphBuilder, x: Value, { cos, sin }: RotaryTables, headSize: number): Value {
  const half = headSize / 2
  const first = g.slice(x, 3, 0, half)
  const second = g.slice(x, 3, half, headSize)
  return g.concat([g.sub(g.mul(first, cos), g.mul(second, sin)), g.add(g.mul(second, cos), g.mul(first, sin))], 3)
}
