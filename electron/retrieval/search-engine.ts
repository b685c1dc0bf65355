import type { Database } from 'better-sqlite3'
import { WorkbenchError } from '../contracts/errors.ts'
import type { Intent } from '../contracts/intents.ts'
import type { SearchFilters, SearchHit, SearchMode, SearchResponse } from '../contracts/search.ts'
import { judgementKey, type SearchRepository } from '../storage/index.ts'
import { parseQuery } from '../text/query-syntax.ts'
import { bestSnippet, matchTerms } from '../text/snippet.ts'
import { markAnsweringSentences } from './answering-sentence.ts'
import type { DenseRetriever } from './dense-retriever.ts'
import { detectIntent } from './detect-intent.ts'
import { HitReader } from './hit-reader.ts'
import { fuseLegs, LEG_DEPTH, type LegName } from './hybrid-retriever.ts'
import type { FusedPassage } from './reciprocal-rank-fusion.ts'
import type { Reranker } from './reranking.ts'
import type { RankedPassage, Retriever } from './retriever.ts'

export interface EngineRequest {
  readonly query: string
  readonly intent: 'auto' | Intent
  readonly k: number
  readonly mode: SearchMode
  /** Another model than the one in use. */
  readonly model?: string
  /** Read the top again with a cross-encoder. */
  readonly rerank?: boolean
  readonly filters: SearchFilters
  readonly signal?: AbortSignal
}

/** The meaning leg may also tell which sentence of a hit answers. */
type MeaningRetriever = Retriever & Partial<Pick<DenseRetriever, 'nearest'>>
type RankedHit = FusedPassage<LegName | 'rerank'>

/** Answers a search: ranks with the legs that are there, fuses them, folds copies and explains each rank. */
export class SearchEngine {
  readonly #lexical: Retriever
  readonly #dense: (modelId: string | undefined) => MeaningRetriever | undefined
  readonly #reranker: () => Reranker
  readonly #hits: HitReader
  readonly #searches: SearchRepository

  constructor(parts: {
    db: Database
    searches: SearchRepository
    lexical: Retriever
    /** The meaning leg by the model in use or another one; undefined when there is none. */
    dense: (modelId: string | undefined) => MeaningRetriever | undefined
    reranker: () => Reranker
  }) {
    this.#lexical = parts.lexical
    this.#dense = parts.dense
    this.#reranker = parts.reranker
    this.#hits = new HitReader(parts.db)
    this.#searches = parts.searches
  }

  /**
   * Where the meaning leg fails, a hybrid search gives keyword results with a notice.
   * @throws WorkbenchError QUERY_SYNTAX; NO_MODEL, MODEL_INVALID, NOT_AVAILABLE when a model was asked for by name, by the
   * mode "dense", or for reranking.
   */
  async search(request: EngineRequest): Promise<SearchResponse> {
    const started = performance.now()
    const intent = request.intent === 'auto' ? detectIntent(request.query) : request.intent
    const ask = (retriever: Retriever) =>
      retriever.retrieve({
        text: request.query,
        intent,
        k: Math.max(LEG_DEPTH, request.k),
        filters: request.filters,
        ...(request.signal ? { signal: request.signal } : {}),
      })
    const [{ retriever, ranking: dense, notice }, lexical] = await Promise.all([
      this.#askDense(request, ask),
      request.mode === 'dense' ? undefined : ask(this.#lexical),
    ])
    const model = retriever?.id
    const mode: SearchMode = model === undefined ? 'lexical' : request.mode
    const lexicalRanking = lexical ?? (mode === 'lexical' ? await ask(this.#lexical) : [])
    const fused = fuseLegs(lexicalRanking, dense)
    const hits = this.#describe(request.rerank ? await this.#rerank(fused, request) : fused, request, intent)
    const nearest = retriever?.nearest?.({
      text: request.query,
      intent,
      ...(request.signal ? { signal: request.signal } : {}),
    })
    return {
      hits: nearest ? await markAnsweringSentences(hits, nearest) : hits,
      candidates: { lexical: lexicalRanking.length, dense: dense.length },
      intent,
      mode,
      model: model ?? null,
      notice,
      ms: performance.now() - started,
    }
  }

  async #askDense(
    request: EngineRequest,
    ask: (retriever: Retriever) => Promise<RankedPassage[]>,
  ): Promise<{ retriever: MeaningRetriever | undefined; ranking: RankedPassage[]; notice: string | null }> {
    // Phrases and operators say which words a hit must hold; meaning has no say in that.
    const wordsOnly = request.mode === 'hybrid' && parseQuery(request.query).kind !== 'natural'
    if (request.mode === 'lexical' || wordsOnly) return { retriever: undefined, ranking: [], notice: null }
    try {
      const retriever = this.#dense(request.model)
      if (retriever) return { retriever, ranking: await ask(retriever), notice: null }
      const notice = request.mode === 'dense' ? 'No search model is in use: these are keyword results.' : null
      return { retriever: undefined, ranking: [], notice }
    } catch (error) {
      const mayDoWithout = request.mode === 'hybrid' && request.model === undefined && !request.signal?.aborted
      if (!mayDoWithout || !(error instanceof WorkbenchError)) throw error
      return { retriever: undefined, ranking: [], notice: `${error.message} Until then these are keyword results.` }
    }
  }

  async #rerank(fused: readonly FusedPassage<LegName>[], request: EngineRequest): Promise<RankedHit[]> {
    const top = await this.#reranker().top(request.query, fused, request.signal)
    const known = new Map(fused.map((passage) => [passage.passageId, passage]))
    const read = top.map(({ passageId, score }, index) => {
      const legs = { ...known.get(passageId)!.legs, rerank: { rank: index + 1, score } }
      return { passageId, score, legs }
    })
    return [...read, ...fused.slice(top.length)]
  }

  /** Passage by passage from the top, until there are k hits that are not copies of each other. */
  #describe(fused: readonly RankedHit[], request: EngineRequest, intent: Intent): SearchHit[] {
    const judgements = this.#searches.judgementsFor(request.query, intent)
    const byText = new Map<string, SearchHit & { copies: number }>()
    const hits: SearchHit[] = []
    for (const passage of fused) {
      const stored = this.#hits.read(passage.passageId)
      if (!stored) continue
      const twin = byText.get(stored.textHash)
      if (twin) {
        twin.copies += 1
        continue
      }
      if (hits.length >= request.k) break
      const { textHash, documentHash, ...shown } = stored
      const terms = matchTerms(`${stored.text}\n${stored.title}\n${stored.headings.join('\n')}`, request.query)
      const hit = {
        ...shown,
        rank: hits.length + 1,
        score: passage.score,
        snippet: bestSnippet(stored.text, request.query),
        legs: passage.legs,
        matchedTerms: terms.matched,
        missingTerms: terms.missing,
        judgement: judgements.get(judgementKey(documentHash, textHash)) ?? null,
      }
      byText.set(textHash, hit)
      hits.push(hit)
    }
    return hits
  }
}
