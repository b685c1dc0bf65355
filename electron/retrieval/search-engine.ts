import type { Database } from 'better-sqlite3'
import type { Intent } from '../contracts/intents.ts'
import type { SearchFilters, SearchHit, SearchMode, SearchResponse } from '../contracts/search.ts'
import { judgementKey, type SearchRepository } from '../storage/index.ts'
import { bestSnippet, matchTerms } from '../text/snippet.ts'
import { detectIntent } from './detect-intent.ts'
import { HitReader } from './hit-reader.ts'
import { fuse, type FusedPassage } from './reciprocal-rank-fusion.ts'
import type { Retriever } from './retriever.ts'

/** Each leg is asked for more than is shown: fusion needs depth, and copies fold into one hit. */
const LEG_DEPTH = 200
/** Weight of the meaning leg in the fusion, chosen on the dev benchmarks (docs/search-quality.md). */
const DENSE_WEIGHT = 0.5

export interface EngineRequest {
  readonly query: string
  readonly intent: 'auto' | Intent
  readonly k: number
  readonly mode: SearchMode
  readonly filters: SearchFilters
  readonly signal?: AbortSignal
}

type LegName = 'lexical' | 'dense'

/** Answers a search: ranks with the legs that are there, fuses them, folds copies and explains each rank. */
export class SearchEngine {
  readonly #lexical: Retriever
  readonly #dense: () => Retriever | undefined
  readonly #hits: HitReader
  readonly #searches: SearchRepository

  constructor(parts: {
    db: Database
    searches: SearchRepository
    lexical: Retriever
    dense: () => Retriever | undefined
  }) {
    this.#lexical = parts.lexical
    this.#dense = parts.dense
    this.#hits = new HitReader(parts.db)
    this.#searches = parts.searches
  }

  /** @throws WorkbenchError QUERY_SYNTAX. */
  async search(request: EngineRequest): Promise<SearchResponse> {
    const started = performance.now()
    const intent = request.intent === 'auto' ? detectIntent(request.query) : request.intent
    const dense = request.mode === 'lexical' ? undefined : this.#dense()
    const mode: SearchMode = dense ? request.mode : 'lexical'
    const notice =
      request.mode === 'dense' && !dense ? 'No search model is installed: these are keyword results.' : null
    const ask = (retriever: Retriever) =>
      retriever.retrieve({
        text: request.query,
        intent,
        k: Math.max(LEG_DEPTH, request.k),
        filters: request.filters,
        ...(request.signal ? { signal: request.signal } : {}),
      })
    const [lexicalRanking, denseRanking] = await Promise.all([
      mode === 'dense' ? [] : ask(this.#lexical),
      dense ? ask(dense) : [],
    ])
    const fused = fuse<LegName>([
      { name: 'lexical', ranking: lexicalRanking },
      { name: 'dense', ranking: denseRanking, weight: DENSE_WEIGHT },
    ])
    return {
      hits: this.#describe(fused, request, intent),
      candidates: { lexical: lexicalRanking.length, dense: denseRanking.length },
      intent,
      mode,
      model: dense?.id ?? null,
      notice,
      ms: performance.now() - started,
    }
  }

  /** Passage by passage from the top, until there are k hits that are not copies of each other. */
  #describe(fused: readonly FusedPassage<LegName>[], request: EngineRequest, intent: Intent): SearchHit[] {
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
