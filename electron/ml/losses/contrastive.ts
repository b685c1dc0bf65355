// Losses for queries with one positive and with several.

import type { GraphBuilder, Value } from '../ir/index.ts'
import { type CandidateRoles, markedSum, meanOverQueries, onlyMarked, withoutExcluded } from './scores.ts'

/**
 * How several positives of a query share the loss (arXiv 2602.12727). With one positive all of them are InfoNCE.
 * - `joint` (JointLH): the mean of the negative log-likelihoods of the positives; other positives stay in the denominator
 * - `marginal` (SumMargLH): the negative log of the positives' summed likelihood; one good positive is enough
 * - `pairwise` (LSEPair): log(1 + sum over pairs of exp(negative - positive)); weak positives are lifted, positives do not compete
 *
 * The paper's fourth, drawing one positive at random, is a matter of sampling: mark the one that was drawn, exclude the others.
 */
export const multiplePositives = ['joint', 'marginal', 'pairwise'] as const
export type MultiplePositives = (typeof multiplePositives)[number]

/**
 * InfoNCE: the mean over queries of -log softmax(scores)[positive]. Exactly one positive a row.
 *
 * @param scores `[queries, candidates]`, already divided by the temperature
 */
export function infoNce(g: GraphBuilder, scores: Value, { positives, excluded }: CandidateRoles): Value {
  return g.scope('infoNce', () => {
    const total = g.logSumExp(withoutExcluded(g, scores, excluded))
    return meanOverQueries(g, g.sub(total, markedSum(g, scores, positives)))
  })
}

/**
 * The mean of InfoNCE from queries to passages and back. On the way back each query's positive passage has to find its query among all
 * queries; a passage that is excluded for a query excludes that query for the passage.
 *
 * @param scores `[queries, passages]` over the whole batch; one positive a row
 */
export function infoNceBothWays(g: GraphBuilder, scores: Value, roles: CandidateRoles): Value {
  const { positives, excluded } = roles
  const back = g.scope('backwards', () => {
    const fromPositives = (matrix: Value) => g.matMul(positives, g.transpose(matrix, [1, 0])) // row i: column of positive i
    const backScores = fromPositives(scores)
    const shared = fromPositives(positives) // 1 where query j has the same positive passage as query i
    const own = ownQuery(g, scores)
    const hidden = excluded ? g.max(shared, fromPositives(excluded)) : shared
    return infoNce(g, backScores, { positives: own, excluded: g.mul(hidden, g.sub(1, own)) })
  })
  return g.mul(g.add(infoNce(g, scores, roles), back), 0.5)
}

/** The identity matrix `[queries, queries]`. */
function ownQuery(g: GraphBuilder, scores: Value): Value {
  const queries = scores.shape[0]!
  const positions = g.range(0, queries)
  return g.cast(g.equal(g.reshape(positions, [queries, 1]), g.reshape(positions, [1, queries])), 'float32')
}

/**
 * The loss of queries with one or more positives, each row having at least one.
 *
 * @param scores `[queries, candidates]`, already divided by the temperature
 */
export function multiplePositivesLoss(
  g: GraphBuilder,
  kind: MultiplePositives,
  scores: Value,
  roles: CandidateRoles,
): Value {
  const { positives } = roles
  return g.scope(`positives.${kind}`, () => {
    const racing = withoutExcluded(g, scores, roles.excluded)
    switch (kind) {
      case 'joint': {
        const perPositive = g.sub(g.logSumExp(racing), scores)
        const count = g.reduceSum(positives, [1])
        return meanOverQueries(g, g.div(markedSum(g, perPositive, positives), count))
      }
      case 'marginal':
        return meanOverQueries(g, g.sub(g.logSumExp(racing), g.logSumExp(onlyMarked(g, racing, positives))))
      case 'pairwise': {
        const negatives = g.logSumExp(onlyMarked(g, racing, g.sub(1, positives)))
        const inversePositives = g.logSumExp(onlyMarked(g, g.neg(scores), positives))
        return meanOverQueries(g, logOnePlusExp(g, g.add(negatives, inversePositives)))
      }
    }
  })
}

/** log(1 + exp(x)) without overflow. */
function logOnePlusExp(g: GraphBuilder, x: Value): Value {
  const top = g.relu(x)
  return g.add(top, g.log(g.add(g.exp(g.neg(top)), g.exp(g.sub(x, top)))))
}
