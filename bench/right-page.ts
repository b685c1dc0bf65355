// Share of questions whose right page is among the first ten hits, on questions with known answer pages.
// node bench/right-page.ts [--mode lexical|hybrid|dense] [--library FILE]; reads ../shared/data when it is beside the checkout, else the sample library.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Intent } from '../electron/contracts/intents.ts'
import type { SearchHit, SearchMode } from '../electron/contracts/search.ts'
import { createNodePlatform } from '../electron/host/node-platform.ts'
import { openWorkbench } from '../electron/services/index.ts'
import { sharedData } from '../tests/shared-data.ts'

interface Question {
  readonly id: string
  readonly intent: Intent
  readonly query: string
  readonly answers: readonly { file: string; pages: readonly number[]; anyPage?: boolean }[]
}

const { values } = parseArgs({
  options: {
    mode: { type: 'string', default: 'lexical' },
    library: { type: 'string' },
    missed: { type: 'boolean', default: false },
    sample: { type: 'boolean', default: false },
  },
})

const sample = new URL('../resources/sample-library/', import.meta.url).pathname
const shared = values.sample ? undefined : sharedData('pdfs')
const [folder, questionsFile] = shared
  ? [shared, join(shared, '..', 'queries-dev.jsonl')]
  : [join(sample, 'pdfs'), join(sample, 'questions.jsonl')]
const questions = readFileSync(questionsFile, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Question)

const scratch = mkdtempSync(join(tmpdir(), 'dmr-bench-'))
const workbench = openWorkbench(createNodePlatform('cli', 'error'), {
  libraryPath: values.library ?? join(scratch, 'library.db'),
  watch: false,
})
if (values.library === undefined) {
  const source = await workbench.library.addSource(folder, { watched: false })
  await workbench.library.queue.result(workbench.library.index({ sourceIds: [source.id] }))
}
if (values.mode !== 'lexical') {
  await workbench.library.registerBuiltIn()
  const embedding = workbench.library.embedMissing()
  if (embedding !== undefined) await workbench.library.queue.result(embedding)
}

const byIntent = new Map<string, { asked: number; at1: number; at10: number; reciprocal: number }>()
for (const question of questions) {
  const { hits } = await workbench.client.search.query({
    query: question.query,
    intent: question.intent,
    k: 10,
    mode: values.mode as SearchMode,
  })
  const rank = hits.findIndex((hit) => isRight(hit, question)) + 1
  if (values.missed && rank === 0) console.log(`missed ${question.id} (${question.intent}): ${question.query}`)
  for (const group of [question.intent, 'all']) {
    const sums = byIntent.get(group) ?? { asked: 0, at1: 0, at10: 0, reciprocal: 0 }
    sums.asked += 1
    sums.at1 += Number(rank === 1)
    sums.at10 += Number(rank > 0)
    sums.reciprocal += rank > 0 ? 1 / rank : 0
    byIntent.set(group, sums)
  }
}
console.log(`${questions.length} questions, mode ${values.mode}, ${shared ? '../shared/data/pdfs' : 'sample library'}`)
console.log('intent      asked  first   top 10  RR@10')
for (const [intent, { asked, at1, at10, reciprocal }] of byIntent) {
  const share = (value: number): string => (value / asked).toFixed(2).padStart(6)
  console.log(`${intent.padEnd(10)} ${String(asked).padStart(6)} ${share(at1)}  ${share(at10)}  ${share(reciprocal)}`)
}
await workbench.close()
rmSync(scratch, { recursive: true, force: true })

/** A hit is right when it begins, ends or lies on an answer page. Equal files answer as well as each other. */
function isRight(hit: SearchHit, question: Question): boolean {
  const files = new Set([
    hit.file,
    ...workbench.library.repositories.documents.otherFiles(hit.documentId, hit.fileId).map((copy) => copy.path),
  ])
  return question.answers.some(
    ({ file, pages, anyPage }) =>
      files.has(file) && (anyPage === true || pages.some((page) => page >= hit.page && page <= hit.pageEnd)),
  )
}
