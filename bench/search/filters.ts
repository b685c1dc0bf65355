// Search with a filter against the same search without, in one run: by keyword, by meaning with the embedded model, and both.
import type { SearchFilters } from '../../electron/contracts/search.ts'
import { createNodePlatform } from '../../electron/host/node-platform.ts'
import { HybridRetriever, LEG_DEPTH, LexicalRetriever, type Retriever } from '../../electron/retrieval/index.ts'
import { openWorkbench } from '../../electron/services/index.ts'
import { median, printTable, quantile } from '../support/measure.ts'

/** Filters of a library made by `fillLibrary`, by the share of passages they let through. */
const FILTERS: readonly (readonly [share: string, filters: SearchFilters])[] = [
  ['50 %', { sourceIds: [1] }],
  ['5 %', { folder: 'folder-3' }],
  ['0.1 %', { languages: ['es'] }],
]
const LONG_AGO = Date.UTC(1900, 0)
const DAY_MS = 86_400_000

/**
 * Prints a table: each question without a filter, then with one for the first time, then again. Every first search has a
 * filter of its own, of the same share, so that nothing about it is known.
 */
export async function timeFilters(libraryPath: string, questions: readonly string[]): Promise<void> {
  const workbench = openWorkbench(createNodePlatform('cli', 'error'), { libraryPath, watch: false })
  try {
    const { library } = workbench
    await library.registerBuiltIn()
    const embedding = library.embedMissing()
    if (embedding !== undefined) await library.queue.result(embedding)
    const keyword = new LexicalRetriever(library.db)
    const meaning = library.models.retriever()
    if (!meaning)
      return console.log('skipped: the embedded model is not here, so there is no search by meaning to filter')
    const rows: string[][] = []
    let unlike = 0
    for (const [name, retriever] of [
      ['keyword', keyword],
      ['meaning', meaning],
      ['hybrid', new HybridRetriever(keyword, meaning)],
    ] as const) {
      const whole: number[] = []
      const filtered = FILTERS.map(() => ({ first: [] as number[], again: [] as number[] }))
      // Index, model, counts of words and the vectors of the best are read before the clock runs.
      for (const text of questions)
        for (const filters of [undefined, ...FILTERS.map(([, filters]) => filters)])
          await timeSearch(retriever, text, filters)
      for (const text of questions) {
        whole.push(await timeSearch(retriever, text))
        for (const [index, [, filters]] of FILTERS.entries()) {
          const own = { ...filters, since: new Date(LONG_AGO + DAY_MS * unlike++).toISOString().slice(0, 10) }
          filtered[index]!.first.push(await timeSearch(retriever, text, own))
          filtered[index]!.again.push(await timeSearch(retriever, text, own))
        }
      }
      rows.push(figures(name, 'none', whole, whole))
      for (const [index, [share]] of FILTERS.entries()) {
        rows.push(figures(name, `${share}, first`, filtered[index]!.first, whole))
        rows.push(figures(name, `${share}, again`, filtered[index]!.again, whole))
      }
    }
    console.log(`\nfilters, ${questions.length} questions, top ${LEG_DEPTH} of each leg`)
    printTable(['search', 'filter', 'p50 ms', 'p95 ms', 'p50 to unfiltered', 'p95 to unfiltered'], rows)
  } finally {
    await workbench.close()
  }
}

async function timeSearch(retriever: Retriever, text: string, filters?: SearchFilters): Promise<number> {
  const started = performance.now()
  await retriever.retrieve({ text, intent: 'QA', k: LEG_DEPTH, plain: true, ...(filters ? { filters } : {}) })
  return performance.now() - started
}

function figures(search: string, filter: string, times: readonly number[], whole: readonly number[]): string[] {
  const [p50, p95] = [median(times), quantile(times, 0.95)]
  const ratios = [p50 / median(whole), p95 / quantile(whole, 0.95)]
  return [search, filter, p50.toFixed(2), p95.toFixed(2), ...ratios.map((ratio) => ratio.toFixed(2))]
}
