import type { Database } from 'better-sqlite3'
import type { Intent } from '../contracts/intents.ts'
import { topPassages } from './batch-scores.ts'
import type { LatentSemanticIndex } from './latent-semantic/latent-semantic-index.ts'
import { LATENT_SEMANTIC_ID } from './latent-semantic-retriever.ts'
import type { LexicalRetriever } from './lexical-retriever.ts'
import { RERANK_DEPTH, type Reranker } from './reranking.ts'
import type { RankedPassage } from './retriever.ts'
import type { VectorBlock } from './vector-blocks.ts'

export interface BatchQuery {
  readonly text: string
  readonly intent: Intent
}

export interface BatchRunOptions {
  /** Results per query. */
  readonly k: number
  readonly signal?: AbortSignal
  /** @param share 0 to 1 */
  readonly onProgress?: (share: number) => void
}

/** What one retriever found for many queries. */
export interface BatchRankings {
  /** Best first, at most k; empty where the retriever has no opinion. */
  of(query: number): readonly RankedPassage[]
  /** The score of one passage, also where it is not among the best; undefined where the retriever gives it none. */
  scoreOf(query: number, passageId: number): Promise<number | undefined>
}

/**
 * Ranks passages for thousands of queries in one pass over the library: what mutual agreement and mining use. A vector
 * retriever scores blocks of queries against blocks of passages (see [Note: batched exact scores]).
 */
export interface BatchRetriever {
  readonly id: string
  /** Changes when its answers may: the model's version and the state of the library. */
  readonly version: string
  rank(queries: readonly BatchQuery[], options: BatchRunOptions): Promise<BatchRankings>
}

/** Short text that is another one after passages were added, removed or replaced. */
export function libraryState(db: Database): string {
  const [passages, ids, newest] = db
    .prepare<[], [number, number, number]>(
      `SELECT (SELECT count(*) FROM passage), (SELECT coalesce(sum(id), 0) FROM passage),
         (SELECT coalesce(max(indexed_at), 0) FROM document)`,
    )
    .raw()
    .get()!
  return `${passages}.${ids}.${newest}`
}

const LET_OTHERS_IN_EVERY = 20

/** BM25, query by query: the keyword index answers in about a millisecond. */
export function lexicalBatch(db: Database, retriever: LexicalRetriever): BatchRetriever {
  const ofPassage = db.prepare<[number], number>('SELECT document_id FROM passage WHERE id = ?').pluck()
  return {
    id: retriever.id,
    version: libraryState(db),
    async rank(queries, { k, signal, onProgress }) {
      const rankings: RankedPassage[][] = []
      for (const { text, intent } of queries) {
        signal?.throwIfAborted()
        rankings.push(await retriever.retrieve({ text, intent, k, plain: true }))
        if (rankings.length % LET_OTHERS_IN_EVERY > 0) continue
        onProgress?.(rankings.length / queries.length)
        await new Promise(setImmediate)
      }
      return {
        of: (query) => rankings[query]!,
        async scoreOf(query, passageId) {
          const found = rankings[query]!.find((passage) => passage.passageId === passageId)
          if (found) return found.score
          const documentId = ofPassage.get(passageId)
          if (documentId === undefined) return undefined
          const { text, intent } = queries[query]!
          const filters = { documentIds: [documentId] }
          const ofDocument = await retriever.retrieve({ text, intent, k: WHOLE_DOCUMENT, plain: true, filters })
          return ofDocument.find((passage) => passage.passageId === passageId)?.score
        },
      }
    },
  }
}

/** More passages than a document has. */
const WHOLE_DOCUMENT = 100_000

export interface VectorSource {
  readonly id: string
  readonly version: string
  readonly dimensions: number
  /** Unit vectors, `[queries, dimensions]` row-major; a row of zeros for a query the source cannot read. */
  encode(queries: readonly BatchQuery[], signal?: AbortSignal): Promise<Float32Array>
  blocks(): Iterable<VectorBlock>
  vector(passageId: number): Float32Array | undefined
}

/** Any source of vectors: an embedding model with its stored index, or the latent semantic index. */
export function vectorBatch(source: VectorSource): BatchRetriever {
  return {
    id: source.id,
    version: source.version,
    async rank(queries, { k, signal, onProgress }) {
      const { dimensions } = source
      const vectors = await source.encode(queries, signal)
      if (vectors.length !== queries.length * dimensions)
        throw new RangeError(
          `${source.id} gave ${vectors.length} numbers for ${queries.length} queries of ${dimensions} dimensions`,
        )
      const isBlank = queries.map((_, query) =>
        vectors.subarray(query * dimensions, (query + 1) * dimensions).every((x) => x === 0),
      )
      const top =
        queries.length === 0
          ? undefined
          : await topPassages(vectors, source.blocks(), { dimensions, k, ...(signal ? { signal } : {}) })
      onProgress?.(1)
      return {
        of: (query) => (top === undefined || isBlank[query] ? [] : top.of(query)),
        scoreOf(query, passageId) {
          const passage = isBlank[query] ? undefined : source.vector(passageId)
          if (!passage) return Promise.resolve(undefined)
          let score = 0
          for (let i = 0; i < dimensions; i++) score += vectors[query * dimensions + i]! * passage[i]!
          return Promise.resolve(score)
        },
      }
    },
  }
}

/** Any batch with the top of every ranking read again by a cross-encoder; a passage below that top has no score. */
export function rerankedBatch(base: BatchRetriever, reranker: Reranker): BatchRetriever {
  return {
    id: `${base.id}+${reranker.id}`,
    version: base.version,
    async rank(queries, { k, signal, onProgress }) {
      const first = await base.rank(queries, { k: Math.max(k, RERANK_DEPTH), ...(signal ? { signal } : {}) })
      const rankings: RankedPassage[][] = []
      for (const [query, { text }] of queries.entries()) {
        signal?.throwIfAborted()
        rankings.push(await reranker.top(text, first.of(query), signal))
        onProgress?.(rankings.length / queries.length)
      }
      return {
        of: (query) => rankings[query]!.slice(0, k),
        scoreOf: (query, passageId) =>
          Promise.resolve(rankings[query]!.find((passage) => passage.passageId === passageId)?.score),
      }
    },
  }
}

/** The latent semantic index as a source of vectors. @param state see {@link libraryState} */
export function latentSemanticSource(index: LatentSemanticIndex, state: string): VectorSource {
  return {
    id: LATENT_SEMANTIC_ID,
    version: state,
    dimensions: index.dimensions,
    encode(queries) {
      const vectors = new Float32Array(queries.length * index.dimensions)
      queries.forEach(({ text }, query) => vectors.set(index.encode(text) ?? [], query * index.dimensions))
      return Promise.resolve(vectors)
    },
    blocks: () => index.blocks(),
    vector: (passageId) => index.vector(passageId),
  }
}
