import type { Rope } from '../nn/rope.ts'
import type { ConfigReader } from './config-reader.ts'

/**
 * Rotary settings of a decoder: `rope_theta` with `rope_scaling`, or the `rope_parameters` of transformers 5.
 *
 * @throws ModelError `MODEL_UNSUPPORTED` for scalings other than linear and llama3
 */
export function parseRope(reader: ConfigReader): Rope {
  const parameters = reader.record('rope_parameters') ?? reader.record('rope_scaling')
  const inner = parameters?.['rope_theta']
  const theta = typeof inner === 'number' ? inner : reader.number('rope_theta', 10_000)
  const kind = parameters?.['rope_type'] ?? parameters?.['type'] ?? 'default'
  const value = (key: string): number => {
    const number = parameters?.[key]
    if (typeof number === 'number' && number > 0) return number
    throw reader.invalid('rope_scaling', `needs a positive ${key}`)
  }
  switch (kind) {
    case 'default':
      return { theta, scaling: undefined }
    case 'linear':
      return { theta, scaling: { kind: 'linear', factor: value('factor') } }
    case 'llama3':
      return {
        theta,
        scaling: {
          kind: 'llama3',
          factor: value('factor'),
          lowFrequencyFactor: value('low_freq_factor'),
          highFrequencyFactor: value('high_freq_factor'),
          originalPositions: value('original_max_position_embeddings'),
        },
      }
    default:
      throw reader.unsupported('rope_scaling', kind, 'default, linear, llama3')
  }
}
