/**
 * Hours of mixed work on one `dmr serve`: searches, pages, judgements, files that come, change and go, reading again, backups.
 * `npm run bench:soak [-- --minutes 60]`. Prints the memory of the services over time and fails when it grew by 5 % or more
 * once it was warm: for three minutes, or the first fifth of a longer run, caches fill and V8 finds the size of its heap.
 * Linux only.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pageOfText, writePdf } from '../tests/support/pdf.ts'
import { serveLibrary, type Client } from '../tests/support/serve.ts'
import { median, printTable } from './support/measure.ts'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' } } })
const MINUTES = Number(values.minutes)
const DOCUMENTS = 30
const PAGES = 8
const SAMPLES = 200
const WARM_UP_MINUTES = Math.max(3, MINUTES / 5)
const ALLOWED_GROWTH = 0.05

if (process.platform !== 'linux') {
  console.log('skipped: the resident size of another process is read from /proc, which only Linux has')
  process.exit()
}
const folder = mkdtempSync(join(tmpdir(), 'dmr-soak-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
for (let file = 0; file < DOCUMENTS; file += 1) await writeDocument(file, file)

await using server = await serveLibrary(join(folder, 'library.db'))
using connection = await server.connect()
const { client } = connection
const source = await client.library.addSource({ path: join(folder, 'documents') })
await settled(client)

const started = performance.now()
const duration = MINUTES * 60_000
const samples: number[] = []
const done: Record<string, number> = {}
let rounds = 0
while (performance.now() - started < duration) {
  await mixedWork(rounds)
  rounds += 1
  while (samples.length < ((performance.now() - started) / duration) * SAMPLES) samples.push(residentMiB())
}
report()

/** One round: each kind of work at its own pace. */
async function mixedWork(round: number): Promise<void> {
  const query = `item ${round % 97} levee shelter ${round % 13}`
  const { hits, intent } = await did('search', () => client.search.query({ query }))
  const hit = hits[round % Math.max(1, hits.length)]
  if (hit) {
    await did('page', () => client.documents.passageBoxes({ passageId: hit.passageId, query }))
    await did('judgement', () =>
      client.search.judge({ query, intent, passageId: hit.passageId, grade: round % 2 === 0 ? 1 : null }),
    )
    if (round % 5 === 0) await did('similar', () => client.search.similar({ passageId: hit.passageId }))
  }
  if (round % 10 === 0) await did('file list', () => client.library.files({ limit: 100 }))
  // The library stays as large as it was: a file changes, another one takes its place.
  if (round % 40 === 0) {
    await did('changed file', () => writeDocument(round % DOCUMENTS, 1_000 + round))
    await client.library.rescan({ id: source.id })
    await settled(client)
  }
  if (round % 400 === 0) await did('backup', () => client.system.backup({ path: join(folder, 'backup.db') }))
}

async function did<T>(name: string, work: () => Promise<T>): Promise<T> {
  done[name] = (done[name] ?? 0) + 1
  return work()
}

async function writeDocument(file: number, seed: number): Promise<void> {
  const pages = Array.from({ length: PAGES }, (_, page) => pageOfText(seed * PAGES + page))
  await writePdf(join(folder, 'documents', `${file}.pdf`), pages, { title: `Plan ${file}` })
}

async function settled({ jobs }: Client): Promise<void> {
  for (;;) {
    if (!(await jobs.list({})).some(({ state }) => state === 'running' || state === 'queued')) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function residentMiB(): number {
  // Without mapped files: the pages of the library itself belong to the system's cache.
  const status = readFileSync(`/proc/${server.process.pid}/status`, 'utf8')
  return Number(/^RssAnon:\s+(\d+) kB/mu.exec(status)?.[1]) / 1_024
}

function report(): void {
  const warm = samples.slice(Math.floor((samples.length * Math.min(WARM_UP_MINUTES, MINUTES / 2)) / MINUTES))
  const thirds = [0, 1, 2].map((part) => median(warm.slice((part * warm.length) / 3, ((part + 1) * warm.length) / 3)))
  const growth = thirds[2]! / thirds[0]! - 1
  const minutes = ((performance.now() - started) / 60_000).toFixed(1)
  console.log(`${minutes} minutes, ${rounds} rounds:`, done)
  printTable(
    ['', 'cold', 'warm, first third', 'second', 'last', 'growth when warm'],
    [
      [
        'own memory, MiB (median)',
        median(samples.slice(0, samples.length - warm.length)).toFixed(0),
        ...thirds.map((value) => value.toFixed(0)),
        `${(growth * 100).toFixed(1)} %`,
      ],
    ],
  )
  if (growth >= ALLOWED_GROWTH) {
    console.log(`grew by more than ${ALLOWED_GROWTH * 100} %`)
    process.exitCode = 1
  }
}
