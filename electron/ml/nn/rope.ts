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
export function ropeFrequencies({ theta, scaling }: Rope, headSize: number): Float32Array {
  return Float32Array.from({ length: headSize / 2 }, (_, pair) => {
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

/** Cosines and sines of all positions `0..sequence-1`. Computed in the graph, so that no length is built in. */
export function rotaryTables(g: GraphBuilder, rope: Rope, sequence: Dim, headSize: number): RotaryTables {
  const frequencies = g.constant('float32', [1, 1, headSize / 2], ropeFrequencies(rope, headSize))
  const positions = g.reshape(g.cast(g.range(0, sequence), 'float32'), [sequence, 1, 1])
  const angles = g.mul(positions, frequencies)
  return { cos: g.cos(angles), sin: g.sin(angles) }
}

/** Rotates the heads of `x` `[batch, sequence, heads, headSize]`: pair i is elements i and i + headSize/2. */
export function applyRotary(g: GraphBuilder, x: Value, { cos, sin }: RotaryTables, headSize: number): Value {
  const half = headSize / 2
  const first = g.slice(x, 3, 0, half)
  const second = g.slice(x, 3, half, headSize)
  return g.concat([g.sub(g.mul(first, cos), g.mul(second, sin)), g.add(g.mul(second, cos), g.mul(first, sin))], 3)
}
