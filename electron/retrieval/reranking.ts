import type { Database, Statement } from 'better-sqlite3'
import type { RankedPassage, RetrievalQuery, Retriever } from './retriever.ts'

/** Scores passages against a query, both read together: exact and slow, so only for the top of a ranking. */
export interface PassageScorer {
  readonly id: string
  /** Logits, in the order given; higher is more relevant. */
  scorePassages(query: string, passages: readonly string[], signal?: AbortSignal): Promise<Float32Array>
}

/** How many passages of the first ranking are read again. */
export const RERANK_DEPTH = 50

/**
 * Orders the top of a ranking by a cross-encoder; what lies below keeps its order.
 * @returns the same passages. Scores of the top are 1 + the scorer's probability, so that all of them stay above the rest
 * when those are below 1; the rest keeps the scores it came with.
 */
export class Reranker {
  readonly id: string
  readonly #scorer: PassageScorer
  readonly #text: Statement<[number], string>

  constructor(db: Database, scorer: PassageScorer) {
    this.id = scorer.id
    this.#scorer = scorer
    this.#text = db.prepare<[number], string>('SELECT text FROM passage WHERE id = ?').pluck()
  }

  /** @returns the top of the ranking in its new order, with the new scores; at most RERANK_DEPTH passages. */
  async top(query: string, ranking: readonly RankedPassage[], signal?: AbortSignal): Promise<RankedPassage[]> {
    const top = ranking.slice(0, RERANK_DEPTH)
    // A passage that was removed since it was ranked is scored as empty and falls to the end.
    const texts = top.map(({ passageId }) => this.#text.get(passageId) ?? '')
    const logits = await this.#scorer.scorePassages(query, texts, signal)
    return top
      .map(({ passageId }, i) => ({ passageId, score: 1 + 1 / (1 + Math.exp(-logits[i]!)), logit: logits[i]! }))
      .sort((a, b) => b.logit - a.logit || a.passageId - b.passageId)
      .map(({ passageId, score }) => ({ passageId, score }))
  }
}

/** Any retriever with its top reranked. */
export class RerankingRetriever implements Retriever {
  readonly id: string
  readonly #base: Retriever
  readonly #reranker: Reranker

  constructor(base: Retriever, reranker: Reranker) {
    this.id = `${base.id}+${reranker.id}`
    this.#base = base
    this.#reranker = reranker
  }

  /** Scores are those of ranks, 1 / rank: the two parts of the list have scales of their own. */
  async retrieve(query: RetrievalQuery): Promise<RankedPassage[]> {
    const ranking = await this.#base.retrieve({ ...query, k: Math.max(query.k, RERANK_DEPTH) })
    const top = await this.#reranker.top(query.text, ranking, query.signal)
    return [...top, ...ranking.slice(top.length)]
      .slice(0, query.k)
      .map(({ passageId }, index) => ({ passageId, score: 1 / (index + 1) }))
  }
}
