// How often a search shows the right page of a question: by keywords, by the embedded model, and by both.
import { existsSync, readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import type { Intent } from '../../electron/contracts/intents.ts'
import type { SearchHit, SearchMode } from '../../electron/contracts/search.ts'
import type { Workbench } from '../../electron/services/index.ts'

interface Question {
  readonly intent: Intent
  readonly query: string
  readonly answers: readonly { file: string; pages: readonly number[]; anyPage?: boolean }[]
}

/** Shares of questions in one mode of search. */
export interface PageRow {
  readonly mode: SearchMode
  readonly questions: number
  readonly first: number
  readonly firstTen: number
  /** Mean of 1 / rank of the first right page, 0 where none is among ten. */
  readonly reciprocalRank: number
}

export interface PageMeasurement {
  readonly rows: readonly PageRow[]
  readonly passages: number
  /** Passages a second while the library was embedded, start of the process included. */
  readonly passagesPerSecond: number
}

/** Indexes a folder into the open, empty library, embeds it with the model and asks every question in every mode. */
export async function measurePages(
  workbench: Workbench,
  modelId: string,
  folder: string,
  questionsFile: string,
): Promise<PageMeasurement | undefined> {
  if (!existsSync(folder) || !existsSync(questionsFile)) return undefined
  const { library } = workbench
  const source = await library.addSource(folder, { watched: false })
  await library.queue.result(library.index({ sourceIds: [source.id] }))
  const started = performance.now()
  await library.queue.result(library.embed(modelId, { activate: true }))
  const seconds = (performance.now() - started) / 1000
  const passages = library.repositories.documents.passageCount()
  const questions = readFileSync(questionsFile, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Question)
  const rows: PageRow[] = []
  for (const mode of ['lexical', 'dense', 'hybrid'] as const) {
    const ranks: number[] = []
    for (const question of questions) {
      const { query, intent } = question
      const { hits } = await workbench.client.search.query({ query, intent, k: 10, mode })
      ranks.push(hits.findIndex((hit) => isRight(workbench, hit, question)) + 1)
    }
    const share = (isCounted: (rank: number) => boolean) => ranks.filter(isCounted).length / ranks.length
    rows.push({
      mode,
      questions: ranks.length,
      first: share((rank) => rank === 1),
      firstTen: share((rank) => rank > 0),
      reciprocalRank: ranks.reduce((sum, rank) => sum + (rank > 0 ? 1 / rank : 0), 0) / ranks.length,
    })
  }
  return { rows, passages, passagesPerSecond: passages / seconds }
}

/** A hit is right when it begins, ends or lies on an answer page. Equal files answer as well as each other. */
function isRight({ library }: Workbench, hit: SearchHit, { answers }: Question): boolean {
  const copies = library.repositories.documents.otherFiles(hit.documentId, hit.fileId).map(({ path }) => path)
  const files = new Set([hit.file, ...copies])
  return answers.some(
    ({ file, pages, anyPage }) =>
      files.has(file) && (anyPage === true || pages.some((page) => page >= hit.page && page <= hit.pageEnd)),
  )
}
