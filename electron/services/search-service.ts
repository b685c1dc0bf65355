import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'
import { MAX_QUERY_LENGTH, type SavedSearch, type SearchRequest, searchRequest } from '../contracts/search.ts'
import * as v from 'valibot'
import { briefing, LexicalRetriever, SearchEngine, Spelling, type EngineRequest } from '../retrieval/index.ts'
import { textHash, type SavedSearchRecord } from '../storage/index.ts'
import { os } from './base.ts'
import type { Library } from './library.ts'

const SIMILAR_QUERY_LENGTH = 600
/** How deep "new since last look" looks. */
const SAVED_DEPTH = 50

/** Searching, and what people keep from it: the Search view and `dmr search`. */
export function searchService(library: Library) {
  const { documents, searches, facts } = library.repositories
  const lexical = new LexicalRetriever(library.db)
  const spelling = new Spelling(library.db)
  const engine = new SearchEngine({
    db: library.db,
    searches,
    lexical,
    dense: (modelId) => library.models.retriever(modelId),
    reranker: () => library.models.reranker(),
  })

  const search = (request: v.InferOutput<typeof searchRequest>, signal?: AbortSignal) => {
    if (request.query.length > MAX_QUERY_LENGTH) {
      throw new WorkbenchError(
        'BAD_INPUT',
        said`The query has ${request.query.length.toLocaleString('en')} characters; ${MAX_QUERY_LENGTH.toLocaleString('en')} is the most. Shorten it to the words that matter.`,
      )
    }
    return engine.search({ ...(request as EngineRequest), ...(signal ? { signal } : {}) })
  }

  function requirePassage(id: number) {
    const passage = documents.passage(id)
    if (!passage)
      throw new WorkbenchError('NOT_FOUND', said`This passage is not in the library any more. Search again.`)
    return passage
  }

  const hitHashes = async (request: SearchRequest): Promise<string[]> => {
    const { hits } = await search(v.parse(searchRequest, { ...request, k: SAVED_DEPTH }))
    return hits.map((hit) => textHash(hit.text))
  }

  async function describeSaved({ seen, ...saved }: SavedSearchRecord): Promise<SavedSearch> {
    const known = new Set(seen)
    const now = await hitHashes(saved.request).catch(() => [])
    return {
      ...saved,
      request: v.parse(searchRequest, saved.request),
      newHits: now.filter((hash) => !known.has(hash)).length,
    }
  }

  function requireSaved(id: number): SavedSearchRecord {
    const saved = searches.savedById(id)
    if (!saved) throw new WorkbenchError('NOT_FOUND', said`This saved search does not exist any more.`)
    return saved
  }

  return {
    query: os.search.query.handler(({ input, signal }) => search(input, signal)),
    similar: os.search.similar.handler(async ({ input, signal }) => {
      const passage = requirePassage(input.passageId)
      const response = await search(
        v.parse(searchRequest, {
          query: asPlainWords(passage.text).slice(0, SIMILAR_QUERY_LENGTH),
          intent: 'STS',
          k: input.k + 1,
        }),
        signal,
      )
      const others = response.hits.filter((hit) => hit.passageId !== passage.id).slice(0, input.k)
      return { ...response, hits: others.map((hit, index) => ({ ...hit, rank: index + 1 })) }
    }),
    inDocument: os.search.inDocument.handler(async ({ input, signal }) => {
      const { hits } = await search(
        v.parse(searchRequest, { query: input.query, k: 200, filters: { documentIds: [input.documentId] } }),
        signal,
      )
      return hits
        .map((hit) => ({ passageId: hit.passageId, page: hit.page, rank: hit.rank }))
        .sort((a, b) => a.page - b.page || a.passageId - b.passageId)
    }),
    spelling: os.search.spelling.handler(({ input }) => ({ query: spelling.correct(input.query) })),
    facets: os.search.facets.handler(() => facts.facets()),
    judge: os.search.judge.handler(({ input }) => {
      library.requireWritable()
      const passage = requirePassage(input.passageId)
      const key = {
        query: input.query,
        intent: input.intent,
        documentHash: documents.byId(passage.documentId)!.contentHash,
        textHash: passage.textHash,
      }
      if (input.grade === null) searches.removeJudgement(key)
      else searches.judge({ ...key, page: passage.pageStart, grade: input.grade })
      return { judgements: searches.judgementCount() }
    }),
    saved: os.search.saved.handler(() => Promise.all(searches.saved().map(describeSaved))),
    save: os.search.save.handler(async ({ input }) => {
      library.requireWritable()
      return describeSaved(searches.save(input.name, input.request, await hitHashes(input.request)))
    }),
    markSeen: os.search.markSeen.handler(async ({ input }) => {
      library.requireWritable()
      searches.markSeen(input.id, await hitHashes(requireSaved(input.id).request))
      return {}
    }),
    removeSaved: os.search.removeSaved.handler(({ input }) => {
      library.requireWritable()
      searches.removeSaved(input.id)
      return {}
    }),
    briefing: os.search.briefing.handler(({ input }) => {
      const passages = input.passageIds.map(requirePassage)
      return briefing(input, passages, documents)
    }),
  }
}

/** A passage as a query: without the characters that would make it an explicit one. */
function asPlainWords(text: string): string {
  return text.replace(/["()*]/gu, ' ')
}
