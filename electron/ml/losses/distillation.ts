// Learning from the scores of a stronger model.

import type { GraphBuilder, Value } from '../ir/index.ts'
import { meanOverQueries, withoutExcluded } from './scores.ts'

export interface ListwiseOptions {
  /** Divides the teacher's scores before their softmax; 1 when left out. */
  readonly teacherTemperature?: number
  /** `[queries, candidates]`, 1 for places that hold no candidate (lists of different lengths). */
  readonly absent?: Value
}

/**
 * Listwise distillation: KL(teacher || student) between the softmax distributions over each query's candidates, mean over queries.
 * This is what arXiv 2502.19712 distils cross-encoders with, and `kl_div` of FlagEmbedding up to the teacher's entropy, which is
 * constant: here 0 means that the student agrees with the teacher.
 *
 * @param scores the student's, `[queries, candidates]`, already divided by the temperature
 * @param teacherScores `[queries, candidates]`
 */
export function listwiseDistillation(
  g: GraphBuilder,
  scores: Value,
  teacherScores: Value,
  { teacherTemperature = 1, absent }: ListwiseOptions = {},
): Value {
  return g.scope('distillation', () => {
    const teacher = g.logSoftmax(withoutExcluded(g, g.div(teacherScores, teacherTemperature), absent))
    const student = g.logSoftmax(withoutExcluded(g, scores, absent))
    return meanOverQueries(g, g.reduceSum(g.mul(g.exp(teacher), g.sub(teacher, student)), [1]))
  })
}

/**
 * The distillation of M3-Embedding (arXiv 2402.03216; `m3_kd_loss` of FlagEmbedding): for each member of the group in turn, the
 * cross-entropy against the whole batch weighted by the teacher's probability of that member; members that had their turn leave the race.
 *
 * @param scores the student's over the whole batch, `[queries, queries * group]`, group by group, divided by the temperature
 * @param teacherScores of each query's own group, `[queries, group]`
 */
export function m3Distillation(
  g: GraphBuilder,
  scores: Value,
  teacherScores: Value,
  group: number,
  teacherTemperature = 1,
): Value {
  return g.scope('distillation.m3', () => {
    const teacher = g.softmax(g.div(teacherScores, teacherTemperature))
    const place = placeInGroup(g, scores, group)
    const terms = Array.from({ length: group }, (_, member) => {
      const isMember = g.cast(g.equal(place, member), 'float32')
      const gone = g.cast(g.and(g.greaterOrEqual(place, 0), g.less(place, member)), 'float32')
      const total = g.logSumExp(withoutExcluded(g, scores, member === 0 ? undefined : gone))
      const loss = g.sub(total, g.reduceSum(g.mul(scores, isMember), [1]))
      return meanOverQueries(g, g.mul(g.slice(teacher, 1, member, member + 1), loss))
    })
    return terms.reduce((sum, term) => g.add(sum, term))
  })
}

/** For each query and passage, the passage's place in the query's own group; outside of 0..group-1 for other groups' passages. */
function placeInGroup(g: GraphBuilder, scores: Value, group: number): Value {
  const [queries, passages] = [scores.shape[0]!, scores.shape[1]!]
  const columns = g.reshape(g.range(0, passages), [1, passages])
  const first = g.mul(g.reshape(g.range(0, queries), [queries, 1]), group)
  return g.sub(columns, first)
}
