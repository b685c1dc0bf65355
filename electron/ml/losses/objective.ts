// The whole retrieval objective from embeddings to one number, and the same as a graph of its own for GradCache.

import { backward } from '../autodiff/index.ts'
import { type Dim, type Graph, GraphBuilder, multiplyDims, type Shape, type Value } from '../ir/index.ts'
import { infoNce, infoNceBothWays, type MultiplePositives, multiplePositivesLoss } from './contrastive.ts'
import { listwiseDistillation, m3Distillation } from './distillation.ts'
import { matryoshka, type MatryoshkaSize } from './matryoshka.ts'
import { allScores, type CandidateRoles, groupScores } from './scores.ts'

export interface RetrievalObjective {
  /** Divides similarities; the method uses 0.01. */
  readonly temperature: number
  /** Passages per query; the first `group` passages of the batch belong to query 0. */
  readonly group: number
  /** `in-batch`: all passages of the batch are candidates (stage 2). `own-group`: only the query's own (stage 3). */
  readonly negatives: 'in-batch' | 'own-group'
  /** Also from passages to queries; needs in-batch negatives and one positive a query. */
  readonly bothWays?: boolean
  /** How several positives share the loss; left out: one positive a query. */
  readonly positives?: MultiplePositives
  /** Factor of the contrastive part, 1 when left out; 0 trains by distillation alone. */
  readonly contrastiveWeight?: number
  readonly distillation?: {
    readonly kind: 'listwise' | 'm3'
    readonly weight: number
    readonly teacherTemperature?: number
  }
  readonly matryoshka?: readonly MatryoshkaSize[]
}

/** What a batch says about its passages. */
export interface Labels extends CandidateRoles {
  /** `[queries, group]`, for distillation. */
  readonly teacherScores?: Value
}

/**
 * The loss of a batch, a scalar.
 *
 * @param queries `[queries, size]`, rows of length 1
 * @param passages `[queries * group, size]`, rows of length 1, group by group
 * @param labels over `queries * group` candidates for in-batch negatives, over `group` for own-group ones
 * @throws Error when the settings contradict each other
 */
export function retrievalLoss(
  g: GraphBuilder,
  queries: Value,
  passages: Value,
  labels: Labels,
  objective: RetrievalObjective,
): Value {
  checkObjective(objective, labels)
  const loss = (q: Value, p: Value) => lossOfSize(g, q, p, labels, objective)
  return objective.matryoshka ? matryoshka(g, queries, passages, objective.matryoshka, loss) : loss(queries, passages)
}

function lossOfSize(
  g: GraphBuilder,
  queries: Value,
  passages: Value,
  labels: Labels,
  objective: RetrievalObjective,
): Value {
  const { temperature, group, negatives, distillation, contrastiveWeight = 1 } = objective
  const inBatch = negatives === 'in-batch'
  const ownScores = () => groupScores(g, queries, passages, group, temperature)
  const scores = inBatch ? allScores(g, queries, passages, temperature) : ownScores()
  const terms: Value[] = []
  if (contrastiveWeight > 0) terms.push(scaled(g, contrastiveLoss(g, scores, labels, objective), contrastiveWeight))
  if (distillation) {
    const { kind, weight, teacherTemperature = 1 } = distillation
    const teacher = labels.teacherScores!
    const distilled =
      kind === 'm3'
        ? m3Distillation(g, scores, teacher, group, teacherTemperature)
        : listwiseDistillation(g, inBatch ? ownScores() : scores, teacher, { teacherTemperature })
    terms.push(scaled(g, distilled, weight))
  }
  return terms.reduce((sum, term) => g.add(sum, term))
}

function contrastiveLoss(
  g: GraphBuilder,
  scores: Value,
  roles: CandidateRoles,
  { positives, bothWays }: RetrievalObjective,
): Value {
  if (positives) return multiplePositivesLoss(g, positives, scores, roles)
  return bothWays ? infoNceBothWays(g, scores, roles) : infoNce(g, scores, roles)
}

function scaled(g: GraphBuilder, loss: Value, weight: number): Value {
  return weight === 1 ? loss : g.mul(loss, weight)
}

function checkObjective(objective: RetrievalObjective, labels: Labels): void {
  const { temperature, group, negatives, bothWays, positives, distillation, contrastiveWeight = 1 } = objective
  const problem =
    (!(temperature > 0) && `the temperature must be above 0, not ${temperature}`) ||
    (!(Number.isInteger(group) && group >= 1) && `a query needs at least one passage, not ${group}`) ||
    (negatives === 'own-group' && group < 2 && 'own-group negatives need at least two passages a query') ||
    (bothWays && negatives === 'own-group' && 'training in both directions needs in-batch negatives') ||
    (bothWays && positives && 'training in both directions is defined for one positive a query') ||
    (distillation &&
      !labels.teacherScores &&
      'distillation needs teacher scores (pos_scores and neg_scores in the training data)') ||
    (distillation?.kind === 'm3' &&
      negatives === 'own-group' &&
      'M3 distillation scores the whole batch: use in-batch negatives') ||
    (contrastiveWeight <= 0 &&
      !distillation &&
      'nothing to train on: the contrastive weight is 0 and there is no distillation')
  if (problem) throw new Error(problem)
}

/** Inputs of an objective's own graph, by name; `excluded` and `teacherScores` are there when the objective reads them. */
export interface EmbeddingLossShape {
  readonly queries: Dim
  readonly size: number
  /** Whether the batch marks false negatives. */
  readonly excluded: boolean
}

/**
 * The objective as a graph over embeddings that were computed before (GradCache, arXiv 2101.06983): inputs `queries`, `passages`,
 * `positives`, and as needed `excluded` and `teacherScores`; outputs `loss`, `queries.gradient` and `passages.gradient`, which seed the
 * backward pass of the encoder batch by batch. One graph serves every batch size when `queries` is symbolic.
 */
export function embeddingLossGraph(
  objective: RetrievalObjective,
  { queries: count, size, excluded }: EmbeddingLossShape,
): Graph {
  const g = new GraphBuilder('embedding-loss')
  const input = (name: string, shape: Shape) => g.input(name, 'float32', shape)
  const { group, negatives, distillation } = objective
  const queries = input('queries', [count, size])
  const passages = input('passages', [multiplyDims(count, group), size])
  const candidates = negatives === 'in-batch' ? multiplyDims(count, group) : group
  const labels: Labels = {
    positives: input('positives', [count, candidates]),
    ...(excluded ? { excluded: input('excluded', [count, candidates]) } : {}),
    ...(distillation ? { teacherScores: input('teacherScores', [count, group]) } : {}),
  }
  const loss = retrievalLoss(g, queries, passages, labels, objective)
  const [dQueries, dPassages] = backward(g, [[loss, g.scalar(1)]], [queries, passages]).variables
  g.output('loss', loss)
  g.output('queries.gradient', dQueries!)
  g.output('passages.gradient', dPassages!)
  return g.build()
}
