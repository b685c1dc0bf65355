import type { GraphBuilder, Value } from '../ir/index.ts'

/** A prefix of the embedding that is to work by itself. */
export interface MatryoshkaSize {
  readonly size: number
  /** Factor of its loss; 1 when left out. */
  readonly weight?: number
}

/**
 * Matryoshka representation learning (arXiv 2205.13147): the weighted sum of a loss over prefixes of the embeddings, each scaled back to
 * length 1, so that an index may keep only the first numbers of each vector.
 *
 * @param sizes include the full size to train that too
 * @param loss from queries `[queries, size]` and passages `[passages, size]` to a scalar
 */
export function matryoshka(
  g: GraphBuilder,
  queries: Value,
  passages: Value,
  sizes: readonly MatryoshkaSize[],
  loss: (queries: Value, passages: Value) => Value,
): Value {
  if (sizes.length === 0) throw new Error('Matryoshka training needs at least one embedding size')
  const full = queries.shape[1]!
  const terms = sizes.map(({ size, weight = 1 }) => {
    if (typeof full === 'number' && (size < 1 || size > full)) {
      throw new Error(`Matryoshka size ${size} is not within the embedding's ${full} numbers`)
    }
    return g.scope(`matryoshka.${size}`, () => {
      const term = size === full ? loss(queries, passages) : loss(prefix(g, queries, size), prefix(g, passages, size))
      return weight === 1 ? term : g.mul(term, weight)
    })
  })
  return terms.reduce((sum, term) => g.add(sum, term))
}

function prefix(g: GraphBuilder, embeddings: Value, size: number): Value {
  const cut = g.slice(embeddings, 1, 0, size)
  return g.div(cut, g.sqrt(g.add(g.reduceSum(g.mul(cut, cut), [1]), 1e-12)))
}
