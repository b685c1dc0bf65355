// Measures of one ranked list, named as ir_measures names them and computed as trec_eval computes them.
import { compareCodePoints, trecId } from './id-spelling.ts'
import type { ScoredDocument } from './qrels-and-run.ts'

export const CUTOFFS = [5, 10, 20, 100] as const
export type Cutoff = (typeof CUTOFFS)[number]

/** `nDCG@k` has linear gain (trec_eval), `nDCG@k(exp)` gain 2^grade - 1 (DisastIR, METHOD section 8). */
export type MeasureName =
  `nDCG@${Cutoff}` | `nDCG@${Cutoff}(exp)` | 'RR' | 'RR@10' | `R@${Cutoff}` | 'AP' | `P@${Cutoff}` | `Judged@${Cutoff}`

/** Every measure, in the order reports show them. */
export const MEASURE_NAMES: readonly MeasureName[] = [
  ...CUTOFFS.map((k) => `nDCG@${k}` as const),
  ...CUTOFFS.map((k) => `nDCG@${k}(exp)` as const),
  'RR',
  'RR@10',
  ...CUTOFFS.map((k) => `R@${k}` as const),
  'AP',
  ...CUTOFFS.map((k) => `P@${k}` as const),
  ...CUTOFFS.map((k) => `Judged@${k}` as const),
]

export type MeasureValues = Readonly<Record<MeasureName, number>>

export interface MeasureOptions {
  /** `zero-fill`: an unjudged document has grade 0. `ignore`: it is taken out of the ranking first (trec_eval -J). */
  readonly unjudged?: 'zero-fill' | 'ignore'
  /**
   * The lowest grade that counts as relevant in RR, R, AP and P (trec_eval -l). Unless given, every grade above 0 is
   * relevant, which for whole grades is trec_eval's default of 1 and for fractional ones METHOD section 8.
   */
  readonly relevanceLevel?: number
  /** `single` rounds scores to 32 bits before ranking, as trec_eval did up to 9.0.8; later versions keep doubles. */
  readonly scorePrecision?: 'double' | 'single'
}

/**
 * Ranks as trec_eval does: score descending, ties by document id descending in byte order, the rank column ignored.
 * Ids are compared in their TREC spelling, so a BEIR run and its TREC copy rank alike.
 */
export function rankDocuments(
  documents: readonly ScoredDocument[],
  precision: 'double' | 'single' = 'double',
): readonly ScoredDocument[] {
  const scoreOf =
    precision === 'single' ? (doc: ScoredDocument) => Math.fround(doc.score) : (doc: ScoredDocument) => doc.score
  return [...documents].sort((a, b) => scoreOf(b) - scoreOf(a) || compareCodePoints(trecId(b.docId), trecId(a.docId)))
}

/**
 * All measures of one query.
 *
 * A query without a relevant judgement scores 0 everywhere but on Judged@k. P@k divides by k even when fewer were
 * retrieved; Judged@k divides by the number retrieved within k (ir_measures) and is taken before `ignore` removes
 * anything. A grade below 0 is "pooled but not judged", as in trec_eval. nDCG discounts rank r by log2(r + 1), and its
 * ideal ranking holds every judged document, retrieved or not.
 * @param judgements document id -> grade.
 */
export function measureQuery(
  judgements: ReadonlyMap<string, number>,
  documents: readonly ScoredDocument[],
  { unjudged = 'zero-fill', relevanceLevel, scorePrecision = 'double' }: MeasureOptions = {},
): MeasureValues {
  const isRelevant = (grade: number) => (relevanceLevel === undefined ? grade > 0 : grade >= relevanceLevel)
  const rankedGrades = rankDocuments(documents, scorePrecision).map((doc) => judgements.get(doc.docId) ?? -1)
  const grades = unjudged === 'ignore' ? rankedGrades.filter((grade) => grade >= 0) : rankedGrades
  const judgedGrades = [...judgements.values()].filter((grade) => grade >= 0).sort((a, b) => b - a)
  const relevantCount = judgedGrades.filter(isRelevant).length

  let found = 0
  let precisionSum = 0
  let firstRelevantRank = Infinity
  const foundWithin = [0]
  for (let i = 0; i < grades.length; i++) {
    const grade = grades[i] as number
    if (grade >= 0 && isRelevant(grade)) {
      found++
      precisionSum += found / (i + 1)
      firstRelevantRank = Math.min(firstRelevantRank, i + 1)
    }
    foundWithin.push(found)
  }

  const values: Partial<Record<MeasureName, number>> = {
    RR: 1 / firstRelevantRank,
    'RR@10': firstRelevantRank <= 10 ? 1 / firstRelevantRank : 0,
    AP: relevantCount === 0 ? 0 : precisionSum / relevantCount,
  }
  for (const k of CUTOFFS) {
    const relevantWithinK = foundWithin[Math.min(k, grades.length)] as number
    const top = rankedGrades.slice(0, k)
    values[`nDCG@${k}`] = ndcg(grades, judgedGrades, k, linearGain)
    values[`nDCG@${k}(exp)`] = ndcg(grades, judgedGrades, k, exponentialGain)
    values[`R@${k}`] = relevantCount === 0 ? 0 : relevantWithinK / relevantCount
    values[`P@${k}`] = relevantWithinK / k
    values[`Judged@${k}`] = top.length === 0 ? 0 : top.filter((grade) => grade >= 0).length / top.length
  }
  return values as MeasureValues
}

const linearGain = (grade: number) => Math.max(0, grade)
const exponentialGain = (grade: number) => 2 ** Math.max(0, grade) - 1

function ndcg(
  grades: readonly number[],
  idealGrades: readonly number[],
  k: number,
  gain: (grade: number) => number,
): number {
  const ideal = dcg(idealGrades, k, gain)
  return ideal > 0 ? dcg(grades, k, gain) / ideal : 0
}

function dcg(grades: readonly number[], k: number, gain: (grade: number) => number): number {
  let sum = 0
  for (let i = 0; i < Math.min(k, grades.length); i++) sum += gain(grades[i] as number) / Math.log2(i + 2)
  return sum
}
