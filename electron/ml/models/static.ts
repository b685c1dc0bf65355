// Static embeddings: a text's vector is the (weighted) mean of its tokens' vectors. No layers, thousands of texts a second.
import type { Value } from '../ir/index.ts'
import { pool } from '../nn/pooling.ts'
import { embedding, type Network } from '../nn/parameters.ts'
import type { EncoderInputs } from './encoder-inputs.ts'
import { MODEL_ERROR, ModelError } from './model-error.ts'

/** Which tensors of a file make up a static model. */
export interface StaticLayout {
  /** Name of the `[rows, width]` table. */
  readonly table: string
  readonly rows: number
  readonly width: number
  /** Name of the `[tokens]` weights, where the file has them. */
  readonly weights: string | undefined
  /** Name of the `[tokens]` row numbers, where several tokens share a row. */
  readonly mapping: string | undefined
  /** Number of token ids the model knows. */
  readonly tokens: number
}

/**
 * Recognises the tensors of sentence-transformers' StaticEmbedding (`embedding.weight`) and of model2vec
 * (`embeddings`, with `weights` and `mapping` since 0.7).
 *
 * @throws ModelError `MODEL_INVALID` when there is no table
 */
export function parseStaticLayout(
  source: string,
  tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>,
): StaticLayout {
  const table = ['embedding.weight', 'embeddings'].find((name) => tensors.get(name)?.shape.length === 2)
  if (!table) {
    throw new ModelError(
      MODEL_ERROR.invalid,
      `${source}: no tensor "embedding.weight" or "embeddings". Choose a StaticEmbedding or model2vec folder.`,
    )
  }
  const [rows, width] = tensors.get(table)!.shape as [number, number]
  const vector = (name: string) => (tensors.get(name)?.shape.length === 1 ? name : undefined)
  const weights = vector('weights')
  const mapping = vector('mapping')
  const tokens = tensors.get(mapping ?? weights ?? table)!.shape[0]!
  return { table, rows, width, weights, mapping, tokens }
}

/**
 * Vectors `[batch, width]` of texts.
 *
 * @param mapping the row of each token, read from the file, where the layout has one
 */
export function encodeStatic(
  network: Network,
  layout: StaticLayout,
  inputs: EncoderInputs,
  mapping?: ArrayLike<number>,
): Value {
  const { g, parameters } = network
  const rows = mapping ? g.gather(g.constant('int64', [mapping.length], mapping), inputs.ids) : inputs.ids
  const vectors = embedding(network, layout.table, rows, layout.rows, layout.width)
  if (!layout.weights) return pool(g, 'mean', vectors, inputs.mask, inputs)
  const weights = g.gather(parameters.parameter(g, layout.weights, [layout.tokens]), inputs.ids)
  return pool(g, 'mean', g.mul(vectors, g.unsqueeze(weights, [2])), inputs.mask, inputs)
}
