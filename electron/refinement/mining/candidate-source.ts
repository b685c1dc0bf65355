import type { Intent } from '../../contracts/intents.ts'
import type { BatchRankings, BatchRetriever } from '../../retrieval/index.ts'
import { judgementKey, type PairRecord, type SearchRepository, type SharedQuestion } from '../../storage/index.ts'
import type { Candidate, MiningQuery } from '../hard-negatives.ts'
import type { PassagePool, PooledPassage } from '../passage-pool.ts'

/** Grade from which a judged passage counts as a positive. */
const POSITIVE_GRADE = 2

export interface CandidateOptions {
  readonly searches: SearchRepository
  readonly pool: PassagePool
  readonly retriever: BatchRetriever
  /** Questions that several of the pairs ask. */
  readonly sharedQuestions: Iterable<SharedQuestion>
  /** Passages looked at per query. */
  readonly depth: number
}

/** Retrieves the candidates of pairs and says what is known about each. */
export class CandidateSource {
  readonly #searches: SearchRepository
  readonly #pool: PassagePool
  readonly #retriever: BatchRetriever
  readonly #depth: number
  /** Source passages by intent and query, where several pairs ask the same: each is no negative of the others. */
  readonly #answers = new Map<string, PooledPassage[]>()

  constructor({ searches, pool, retriever, depth, sharedQuestions }: CandidateOptions) {
    this.#searches = searches
    this.#pool = pool
    this.#retriever = retriever
    this.#depth = depth
    for (const question of sharedQuestions) {
      const passage = pool.find(question)
      if (!passage) continue
      const key = questionKey(question)
      const known = this.#answers.get(key)
      if (known) known.push(passage)
      else this.#answers.set(key, [passage])
    }
  }

  /** In the order of the pairs; undefined where the positive has no score. */
  async queries(pairs: readonly PairRecord[], signal: AbortSignal): Promise<(MiningQuery | undefined)[]> {
    const asked = pairs.map(({ query, intent }) => ({ text: query, intent }))
    const rankings = await this.#retriever.rank(asked, { k: this.#depth, signal })
    const queries: (MiningQuery | undefined)[] = []
    for (const [i, pair] of pairs.entries()) {
      if (i % 100 === 0) await new Promise(setImmediate)
      signal.throwIfAborted()
      queries.push(await this.#query(pair, rankings, i))
    }
    return queries
  }

  async #query(pair: PairRecord, rankings: BatchRankings, i: number): Promise<MiningQuery | undefined> {
    const source = this.#pool.find(pair.source)
    const score = source && (await rankings.scoreOf(i, source.id))
    if (!source || score === undefined) return undefined
    const others = (this.#answers.get(questionKey(pair)) ?? []).filter(({ id }) => id !== source.id)
    const judged = this.#searches.judgementsFor(pair.query, pair.intent)
    const candidates = rankings.of(i).flatMap(({ passageId, score: candidateScore }): Candidate[] => {
      const passage = this.#pool.get(passageId)
      return passage ? [toCandidate(passage, candidateScore)] : []
    })
    const judgedPositive = candidates.filter(({ passageId }) => {
      const { documentHash, passageHash } = this.#pool.get(Number(passageId))!
      return (judged.get(judgementKey(documentHash, passageHash)) ?? 0) >= POSITIVE_GRADE
    })
    return {
      queryId: String(pair.id),
      positive: toCandidate(source, score),
      otherPositiveIds: new Set([...others.map(({ id }) => String(id)), ...judgedPositive.map((one) => one.passageId)]),
      otherPositiveClusterIds: new Set(others.map(({ clusterId }) => String(clusterId))),
      candidates,
    }
  }
}

function toCandidate({ id, documentHash, clusterId }: PooledPassage, score: number): Candidate {
  return { passageId: String(id), score, documentId: documentHash, clusterId: String(clusterId) }
}

function questionKey({ intent, query }: { intent: Intent; query: string }): string {
  return `${intent} ${query}`
}
