import type { SearchHit, SearchResponse } from '../../../../electron/contracts/search.ts'
import type { Client } from '../../connection/client.ts'

/** A hit with everything filled in, for tests. */
export function hitOf(passageId: number, change: Partial<SearchHit> = {}): SearchHit {
  return {
    rank: passageId,
    score: 1 / (60 + passageId),
    passageId,
    documentId: 1,
    fileId: 1,
    file: 'annexes/annex-e.pdf',
    title: `Title ${passageId}`,
    sourceName: 'County plans',
    date: '2024-10-17',
    hazards: [],
    page: 47,
    pageEnd: 47,
    headings: [],
    text: 'The shelter opens.',
    snippet: { text: 'The shelter opens.', keywords: [[4, 11]] },
    ocr: false,
    copies: 0,
    legs: { lexical: { rank: passageId, score: 10 - passageId } },
    matchedTerms: ['shelter'],
    missingTerms: [],
    judgement: null,
    ...change,
  }
}

export function responseOf(hits: readonly SearchHit[], change: Partial<SearchResponse> = {}): SearchResponse {
  return {
    hits: [...hits],
    candidates: { lexical: hits.length, dense: 0 },
    intent: 'QA',
    mode: 'lexical',
    model: null,
    notice: null,
    ms: 5,
    ...change,
  }
}

/** A client with only the procedures that a test needs; any other call fails by name. */
export function clientOf(procedures: {
  readonly search?: Readonly<Record<string, unknown>>
  readonly documents?: Readonly<Record<string, unknown>>
}): Client {
  const strict = (group: string, known: Readonly<Record<string, unknown>> = {}): unknown =>
    new Proxy(known, {
      get: (target, name) => {
        if (typeof name === 'string' && name in target) return target[name]
        throw new Error(`the test did not expect a call of ${group}.${String(name)}`)
      },
    })
  return { search: strict('search', procedures.search), documents: strict('documents', procedures.documents) } as Client
}
