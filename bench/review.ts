/**
 * "Decided, next": a judge's decision and the next pair in full, over a queue of 50,000 pairs, at its beginning and near its
 * end. The reference is the usual way to page through a table: LIMIT 1 OFFSET n, with the same filter, in the same run.
 * `node bench/review.ts [pairs] [steps]`, default 50,000 x 300.
 */
import type { ReviewFilter } from '../electron/contracts/curation.ts'
import { pairLibrary } from '../electron/curation/testing/pair-library.ts'
import { reviewConditions } from '../electron/storage/index.ts'
import { printTable, quantile } from './support/measure.ts'

const [pairs = 50_000, steps = 300] = process.argv.slice(2).map(Number)
const FILTER: ReviewFilter = { generators: ['cloze'], filterVerdict: 'kept', state: 'undecided' }

const library = pairLibrary({ pairs })
try {
  library.minePairs(library.filterPairs())
  const ada = library.person('Ada')
  const { judging, queue, queueTable } = library
  const request = { judgeId: ada.id, filter: FILTER, order: 'written', blind: true, limit: 5 } as const

  /** Decides `steps` pairs one after the other. @returns ms of each decision with the fetch of what comes next. */
  const decideOn = (): number[] => {
    const times: number[] = []
    let after: string | null = null
    let { items, cursors } = queue.next({ ...request, after })
    for (let step = 0; step < steps && items[0]; step++) {
      const start = performance.now()
      judging.decide(ada.id, { pairId: items[0].pairId, textId: null }, { verdict: 'accept' }, { basedOn: 0 })
      after = cursors[0]!
      ;({ items, cursors } = queue.next({ ...request, after }))
      times.push(performance.now() - start)
    }
    return times
  }

  /** The same walk by OFFSET, without a decision and without reading the pair: it can only be faster than in use. */
  const byOffset = (from: number): number[] => {
    const { where, values } = reviewConditions({ ...FILTER, state: undefined }, queueTable.frame(ada.id))
    const statement = library.db.prepare(`SELECT pair.id FROM pair WHERE ${where} ORDER BY pair.id LIMIT 1 OFFSET ?`)
    return Array.from({ length: steps }, (_, i) => {
      const start = performance.now()
      statement.get(...values, from + i)
      return performance.now() - start
    })
  }

  const beginning = decideOn()
  const total = queueTable.count({ ...FILTER, state: undefined }, queueTable.frame(ada.id))
  const referenceBeginning = byOffset(0)
  const rest = queueTable.count(FILTER, queueTable.frame(ada.id))
  const bulkStart = performance.now()
  const ids = queueTable.ids(FILTER, queueTable.frame(ada.id)).slice(0, Math.max(0, rest - steps - 5))
  library.decisions.record(
    { actorId: ada.id, kind: 'bulk' },
    ids.map((pairId) => ({ judgeId: ada.id, pairId, textId: 0, change: { verdict: 'accept' } })),
  )
  const bulk = performance.now() - bulkStart
  const undoStart = performance.now()
  judging.undo(ada.id)
  judging.redo(ada.id)
  const undone = performance.now() - undoStart
  const reopen = performance.now()
  queue.next({ ...request, after: null })
  const reopened = performance.now() - reopen
  const end = decideOn()
  const referenceEnd = byOffset(total - steps)
  const progressStart = performance.now()
  queue.progress(ada.id, FILTER)
  const progress = performance.now() - progressStart

  console.log(`${pairs} pairs, ${total} of them in the queue; ms per step`)
  printTable(
    ['', 'p50', 'p95'],
    [
      ['decide and next, at the beginning', beginning],
      ['decide and next, near the end', end],
      ['OFFSET query alone, at the beginning', referenceBeginning],
      ['OFFSET query alone, near the end', referenceEnd],
    ].map(([name, times]) => [
      name as string,
      ...[0.5, 0.95].map((share) => quantile(times as number[], share).toFixed(3)),
    ]),
  )
  console.log(`opening the queue when nearly all is decided: ${reopened.toFixed(1)} ms, once`)
  console.log(
    `one bulk decision on ${ids.length} pairs: ${bulk.toFixed(0)} ms; undone and redone: ${undone.toFixed(0)} ms; counting progress: ${progress.toFixed(1)} ms`,
  )
} finally {
  library.close()
}
