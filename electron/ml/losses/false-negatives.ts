// Which candidates of a batch must not be pushed away: in-batch negatives that are in truth relevant.

/** What is known of a passage. Ids are compared with ===; leave out what is not known. */
export interface PassageIdentity {
  readonly passage: number | string
  readonly document?: number | string
  /** Cluster of near-duplicates. */
  readonly cluster?: number | string
}

export interface FalseNegativeRules {
  /** Passages of the document that a positive comes from do not count as negatives. */
  readonly sameDocument: boolean
  /** Near-duplicates of a positive do not count as negatives. */
  readonly sameCluster: boolean
  /** A teacher's scores, see TeacherRule. */
  readonly teacher?: TeacherRule
}

/** A candidate that the teacher scores within `margin` of the positive or above it does not count as negative. */
export interface TeacherRule {
  /** `[queries, candidates]`, row-major; NaN where there is no score. */
  readonly scores: Float32Array
  /** In the teacher's units; 0.05 is usual for cosines. */
  readonly margin: number
}

export interface Batch {
  /** All known positives of each query, in the batch or not. */
  readonly positives: readonly (readonly PassageIdentity[])[]
  readonly candidates: readonly PassageIdentity[]
  /** The candidate that is the positive of each query in this batch. */
  readonly targets: readonly number[]
}

/**
 * Marks the false negatives of a batch: float32 `[queries, candidates]`, 1 for a candidate that is another positive of the query, or falls
 * under a rule. A query's target is never marked. This is the `excluded` of the losses.
 *
 * @throws RangeError when the parts of the batch do not fit together
 */
export function falseNegatives({ positives, candidates, targets }: Batch, rules: FalseNegativeRules): Float32Array {
  const [queries, width] = [positives.length, candidates.length]
  if (targets.length !== queries) throw new RangeError(`${targets.length} targets for ${queries} queries`)
  const { teacher } = rules
  if (teacher && teacher.scores.length !== queries * width) {
    throw new RangeError(`${teacher.scores.length} teacher scores for ${queries} queries and ${width} candidates`)
  }
  const excluded = new Float32Array(queries * width)
  for (const [query, known] of positives.entries()) {
    const target = targets[query]!
    if (!candidates[target]) throw new RangeError(`the target of query ${query} is candidate ${target} of ${width}`)
    const relevant = [...known, candidates[target]]
    const passages = new Set(relevant.map((identity) => identity.passage))
    const documents = rules.sameDocument ? definedSet(relevant.map((identity) => identity.document)) : new Set()
    const clusters = rules.sameCluster ? definedSet(relevant.map((identity) => identity.cluster)) : new Set()
    const threshold = teacher ? teacher.scores[query * width + target]! - teacher.margin : NaN // NaN: nothing reaches it
    for (const [column, candidate] of candidates.entries()) {
      const isRelevant =
        passages.has(candidate.passage) ||
        documents.has(candidate.document) ||
        clusters.has(candidate.cluster) ||
        (teacher ? teacher.scores[query * width + column]! >= threshold : false)
      if (isRelevant && column !== target) excluded[query * width + column] = 1
    }
  }
  return excluded
}

function definedSet<T>(items: readonly (T | undefined)[]): ReadonlySet<T | undefined> {
  return new Set(items.filter((item) => item !== undefined))
}
