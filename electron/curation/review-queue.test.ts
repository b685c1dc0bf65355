import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { QUEUE_ORDERS, type Judge, type QueueOrder, type ReviewFilter } from '../contracts/curation.ts'
import { pace } from './review-queue.ts'
import { pairLibrary, type PairLibrary } from './testing/pair-library.ts'

let library: PairLibrary
let ada: Judge
beforeEach(() => {
  library = pairLibrary({ pairs: 60 })
  ada = library.person('Ada')
})
afterEach(() => library.close())

const request = (filter: ReviewFilter = {}, over: Partial<Parameters<PairLibrary['queue']['next']>[0]> = {}) => ({
  judgeId: ada.id,
  filter,
  order: 'written' as QueueOrder,
  blind: true,
  after: null,
  limit: 500,
  ...over,
})
const found = (filter: ReviewFilter): number[] => library.queue.rows(request(filter)).rows.map(({ pairId }) => pairId)
const decide = (pairId: number, change: Parameters<PairLibrary['judging']['decide']>[2], judge = ada) =>
  library.judging.decide(judge.id, { pairId, textId: null }, change)

describe('the review queue', () => {
  it.each(QUEUE_ORDERS)('in the order "%s" gives every pair once, slice by slice', (order) => {
    const seen: number[] = []
    let after: string | null = null
    do {
      const { rows, next } = library.queue.rows(request({}, { order, after, limit: 7 }))
      seen.push(...rows.map(({ pairId }) => pairId))
      after = next
    } while (after !== null)
    expect(seen).toHaveLength(60)
    expect(new Set(seen).size).toBe(60)
    if (order === 'shuffled') expect(seen).not.toEqual(seen.toSorted((a, b) => a - b))
  })

  it.each(QUEUE_ORDERS)('in the order "%s" walks an index and never sorts', (order) => {
    const filter: ReviewFilter = { intents: ['QA', 'NLI'], generators: ['cloze'], state: 'undecided' }
    const seen: string[] = []
    const prepare = library.db.prepare.bind(library.db)
    library.db.prepare = ((sql: string) => {
      if (/^SELECT pair\.id, /u.test(sql)) seen.push(sql)
      return prepare(sql)
    }) as typeof library.db.prepare
    const { cursors } = library.queue.next(request(filter, { order, limit: 2 }))
    library.queue.next(request(filter, { order, limit: 2, after: cursors[1]! }))
    for (const sql of seen) {
      const values = Array.from({ length: sql.split('?').length - 1 }, () => 1)
      const plan = prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...values)
      expect(plan.map(({ detail }) => detail).join('; ')).not.toMatch(/TEMP B-TREE FOR ORDER BY/u)
    }
    expect(seen.length).toBeGreaterThanOrEqual(2)
  })

  it('shifts nothing when pairs are decided between two slices', () => {
    const first = library.queue.next(request({ state: 'undecided' }, { limit: 5 }))
    for (const { pairId } of first.items) decide(pairId, { verdict: 'accept' })
    const second = library.queue.next(request({ state: 'undecided' }, { limit: 5, after: first.cursors.at(-1)! }))
    expect(second.items.map(({ pairId }) => pairId)).toEqual([6, 7, 8, 9, 10])
  })

  it('finds by intent, generator, difficulty, words, filter verdict and data set', () => {
    library.filterPairs()
    library.datasets.replace({ name: 'MTP', kind: 'MTP', alpha: null, lineage: {} }, [
      {
        ...{ split: 'train', intent: 'QA', query: 'q', extra: null, positives: [], negatives: [] },
        pairKey: library.pairs.byId(7)!.key,
      },
    ])
    expect(found({ intents: ['QAdoc'] })).toEqual([1, 7, 13, 19, 25, 31, 37, 43, 49, 55])
    expect(found({ generators: ['openai'], difficulties: ['PhD'] })).toEqual([3, 9, 15, 21, 27, 33, 39, 45, 51, 57])
    expect(found({ text: 'WELL 31 ' })).toEqual([31])
    expect(found({ text: 'every 42 days' })).toEqual([41])
    expect(found({ text: '100% _' })).toEqual([])
    expect(found({ filterVerdict: 'kept' })).toHaveLength(30)
    expect(found({ filterVerdict: 'dropped', intents: ['QAdoc'] })).toHaveLength(10)
    expect(found({ filterVerdict: 'unfiltered' })).toEqual([])
    expect(found({ dataset: 'MTP' })).toEqual([7])
    expect(found({ dataset: 'no such set' })).toEqual([])
  })

  it('finds by what a judge has done, own or of another', () => {
    const ben = library.person('Ben')
    decide(1, { verdict: 'accept' })
    decide(2, { grade: 0 })
    decide(3, { verdict: 'skip' })
    decide(4, { comment: 'unclear' })
    decide(5, { verdict: 'accept', query: 'How often?' })
    decide(6, { verdict: 'reject' }, ben)
    expect(found({ state: 'undecided' })).toHaveLength(56)
    expect(found({ state: 'decided' })).toEqual([1, 2, 5])
    expect(found({ state: 'accepted' })).toEqual([1, 5])
    expect(found({ state: 'rejected' })).toEqual([2])
    expect(found({ state: 'skipped' })).toEqual([3])
    expect(found({ state: 'commented' })).toEqual([4])
    expect(found({ state: 'edited' })).toEqual([5])
    expect(found({ state: 'rejected', stateOf: ben.id })).toEqual([6])
  })

  it('calls a pair with suspected passages undecided until each of them has a grade', () => {
    library.minePairs()
    const suspects: ReviewFilter = { suspects: true, state: 'undecided' }
    expect(found(suspects)).toEqual(Array.from({ length: 20 }, (_, i) => 3 * (i + 1)))
    const { negatives } = library.items.item(3, library.queueTable.frame(ada.id), { blind: false })
    const { textId } = negatives.find(({ mined }) => mined!.suspect)!
    library.judging.decide(ada.id, { pairId: 3, textId }, { grade: 3 })
    expect(found(suspects)[0]).toBe(6)
    expect(library.queue.progress(ada.id, { suspects: true })).toMatchObject({ total: 20, decided: 1 })
    library.judging.undo(ada.id)
    expect(found(suspects)[0]).toBe(3)
  })

  it('refuses a place in a queue of another order', () => {
    const { cursors } = library.queue.next(request({}, { limit: 1 }))
    for (const after of [cursors[0]!, 'nonsense', '["intent"]'])
      expect(() => library.queue.next(request({}, { order: 'intent', after }))).toThrow('Begin at its start')
  })
})

describe('progress', () => {
  it('counts what the judge did among the pairs found, and gives a pace from work, not from clocks', () => {
    for (const [i, elapsedMs] of [4_000, 6_000, 5_000, 3_600_000].entries())
      library.judging.decide(
        ada.id,
        { pairId: i + 1, textId: null },
        { verdict: i === 0 ? 'reject' : 'accept' },
        { elapsedMs },
      )
    decide(5, { verdict: 'skip' })
    const { savedAt, ...progress } = library.queue.progress(ada.id, { state: 'undecided' })
    expect(progress).toEqual({
      ...{ total: 60, decided: 4, skipped: 1, accepted: 3, rejected: 1, edited: 0 },
      ...{ secondsEach: 5.5, secondsLeft: 5.5 * 55 },
    })
    expect(savedAt).toBeGreaterThan(0)
  })

  it('takes the median, cuts pauses off and says nothing of two decisions', () => {
    expect(pace([1_000, 2_000])).toBeNull()
    expect(pace([1_000, 9e9, 2_000])).toBe(2)
    expect(pace([9e9, 9e9, 9e9])).toBe(300)
  })
})

describe('a pair as the view gets it', () => {
  const item = (blind: boolean, pairId = 3) => library.items.item(pairId, library.queueTable.frame(ada.id), { blind })

  it('blind, holds nothing of machines before it is decided, and nothing of other persons ever', () => {
    library.filterPairs()
    library.minePairs()
    const ben = library.person('Ben')
    const machine = library.judges.add({ name: 'small-model', initials: 'SM', color: 6, kind: 'machine' })
    decide(3, { verdict: 'reject', comment: 'secret of Ben' }, ben)
    library.decisions.record({ actorId: machine.id, kind: 'rate' }, [
      { judgeId: machine.id, pairId: 3, textId: 0, change: { grade: 1.5, comment: 'secret of the machine' } },
    ])
    const before = item(true)
    expect(before).toMatchObject({ decision: null, provenance: null, machines: null, others: null, resolution: null })
    expect(JSON.stringify(before)).not.toMatch(/secret|lexical|agree|"rank"|suspect|openai/u)
    expect(before.negatives.map(({ text }) => text)).toEqual(before.negatives.map(({ text }) => text).toSorted())

    decide(3, { verdict: 'accept' })
    const after = item(true)
    expect(after.machines).toMatchObject([{ judgeId: machine.id, grade: 1.5 }])
    expect(after.provenance!.votes[0]).toMatchObject({ retriever: 'lexical', sourceRank: 2 })
    expect(JSON.stringify(after)).not.toContain('secret of Ben')
    expect(item(false).others).toMatchObject([{ judgeId: ben.id, comment: 'secret of Ben' }])
    expect(library.queue.rows(request()).rows[2]!.openSuspects).toBeNull()
  })

  it('open, tells how it came about and what mining found', () => {
    library.filterPairs()
    library.minePairs()
    const { provenance, negatives, positive } = item(false)
    expect(provenance).toMatchObject({
      ...{ generator: 'openai', model: 'small-model', method: 'test', attributes: { difficulty: 'PhD' } },
      filter: { rule: 'agree', kept: false, outcome: 'no-agreement' },
    })
    expect(negatives.map(({ mined }) => mined)).toEqual([
      { rank: 1, score: 9, suspect: true },
      { rank: 2, score: 8, suspect: false },
      { rank: 3, score: 7, suspect: false },
    ])
    expect(positive).toMatchObject({ page: 4, documentId: null, passageId: null, characters: null })
  })

  it('leads to its page where the document is in the library', () => {
    library.db.exec(`
      INSERT INTO source (id, path, name, added_at) VALUES (1, '/s', 's', 0);
      INSERT INTO document (id, content_hash, title, hazards, page_count, pipeline_version, indexed_at)
        VALUES (5, 'document 1', 'Plan', '["flood"]', 9, 1, 0);
      INSERT INTO file (source_id, path, size, modified, document_id, state) VALUES (1, 'p.pdf', 1, 0, 5, 'indexed');
      INSERT INTO passage (id, document_id, page_start, page_end, char_start, char_end, headings, context, text, tokens, text_hash)
        VALUES (77, 5, 4, 4, 120, 180, '[]', '', 'Well 3', 2, 'Well passage 3');`)
    expect(item(true).positive).toMatchObject({ documentId: 5, passageId: 77, characters: { start: 120, end: 180 } })
    expect(item(true).hazards).toEqual(['flood'])
    expect(found({ hazards: ['flood'] })).toEqual([1, 2, 3, 4, 5])
    expect(item(true, 9).positive.documentId).toBeNull()
  })
})
