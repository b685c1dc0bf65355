import type { Dim, GraphBuilder, Value } from '../ir/index.ts'

/** What every encoder definition reads. Sizes are numbers in a training graph and symbols in the inference graph. */
export interface EncoderInputs {
  readonly batch: Dim
  readonly sequence: Dim
  /** Longest sequence of any run where `sequence` is a symbol; what the model allows when left out. */
  readonly maxSequence?: number | undefined
  /** Token ids `[batch, sequence]`, int64. Padding is on the right; its ids may be anything inside the vocabulary. */
  readonly ids: Value
  /** `[batch, sequence]` float32: 1 for tokens, 0 for padding. */
  readonly mask: Value
  /** Segments `[batch, sequence]`, int64; all 0 when left out. Only BERT's cross-encoders need them. */
  readonly typeIds?: Value
}

/** Names of the graph inputs, as exported ONNX models call them. */
export const INPUT_NAMES = { ids: 'input_ids', mask: 'attention_mask', typeIds: 'token_type_ids' } as const

/**
 * Declares the graph inputs of an encoder: `input_ids` and `attention_mask`, int64 `[batch, sequence]`, and
 * `token_type_ids` on request. An optional prefix keeps the inputs of two encoders in one graph apart.
 */
export function declareInputs(
  g: GraphBuilder,
  { batch, sequence }: { batch: Dim; sequence: Dim },
  options: { readonly typeIds?: boolean; readonly prefix?: string; readonly maxSequence?: number | undefined } = {},
): EncoderInputs {
  const input = (name: string) => g.input(`${options.prefix ?? ''}${name}`, 'int64', [batch, sequence])
  const ids = input(INPUT_NAMES.ids)
  const mask = g.cast(input(INPUT_NAMES.mask), 'float32')
  const { maxSequence } = options
  return {
    batch,
    sequence,
    maxSequence,
    ids,
    mask,
    ...(options.typeIds ? { typeIds: input(INPUT_NAMES.typeIds) } : {}),
  }
}
