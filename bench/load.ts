/**
 * Many windows on one `dmr serve` while it indexes: the time a search takes, against one window in the same run, and errors.
 * `npm run bench:load [-- --clients 50 --seconds 30 --pause 5]`. Each client is what a browser is to the server: a WebSocket with the
 * cookie, a stream of changes that it follows, searches with pauses to read, now and then a page, a list, a judgement.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { dmr } from '../tests/support/dmr.ts'
import { pageOfText, writePdf } from '../tests/support/pdf.ts'
import { serveLibrary, type Client, type ServedLibrary } from '../tests/support/serve.ts'
import { printTable, quantile } from './support/measure.ts'

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '30' },
    pause: { type: 'string', default: '5' },
    documents: { type: 'string', default: '60' },
  },
})
const CLIENTS = Number(values.clients)
const SECONDS = Number(values.seconds)
const DOCUMENTS = Number(values.documents)
const PAGES = 20
/** A person reads what was found before asking again, for so long on average. */
const PAUSE_MS = Number(values.pause) * 1_000
const QUESTIONS = [
  'who inspects the levee at the river bend',
  'when does the shelter open in the old town',
  'fuel depot supplied near the rail yard',
  'evacuation route by the fairground',
  'radio net tested below the dam',
  'generator repaired',
]

const folder = mkdtempSync(join(tmpdir(), 'dmr-load-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

interface Phase {
  readonly name: string
  readonly latencies: number[]
  readonly errors: string[]
  readonly calls: number
}

const library = join(folder, 'library.db')
await writeDocuments('first', 0)
await dmr('index', join(folder, 'first'), '--library', library, '--quiet')
await writeDocuments('second', 1_000)
const idle: Phase[] = []
const busy: Phase[] = []
await using server = await serveLibrary(library)
{
  using administrator = await server.connect()
  idle.push(await run('1 client', 1, server), await run(`${CLIENTS} clients`, CLIENTS, server))
  await startIndexing(administrator.client, 'second')
  busy.push(await run('1 client, indexing', 1, server), await run(`${CLIENTS} clients, indexing`, CLIENTS, server))
}
printTable(
  ['', 'searches', 'p50 ms', 'p95 ms', 'p99 ms', 'all calls', 'errors'],
  [...idle, ...busy].map(({ name, latencies, errors, calls }) => [
    name,
    String(latencies.length),
    ...[0.5, 0.95, 0.99].map((share) => quantile(latencies, share).toFixed(1)),
    String(calls),
    String(errors.length),
  ]),
)
const errors = [...idle, ...busy].flatMap((phase) => phase.errors)
for (const error of new Set(errors)) console.log(`error: ${error}`)
process.exitCode = errors.length > 0 ? 1 : 0

async function writeDocuments(name: string, seed: number): Promise<void> {
  for (let file = 0; file < DOCUMENTS; file += 1) {
    const pages = Array.from({ length: PAGES }, (_, page) => pageOfText(seed + file * PAGES + page))
    await writePdf(join(folder, name, `${file}.pdf`), pages, { title: `Plan ${seed + file}` })
  }
}

/** Keeps the library indexing for the whole measurement: what was read is read again. */
async function startIndexing({ library: calls, jobs }: Client, name: string): Promise<void> {
  const source = await calls.addSource({ path: join(folder, name) })
  void (async () => {
    for (;;) {
      const { rows } = await calls.files({ sourceId: source.id, limit: 1_000 })
      const isWorking = (await jobs.list({})).some(({ state }) => state === 'running' || state === 'queued')
      if (!isWorking) await calls.retry({ ids: rows.map(({ id }) => id) })
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  })().catch(() => {})
}

/** Lets so many clients work side by side for the time of one phase. */
async function run(name: string, clients: number, { connect }: ServedLibrary): Promise<Phase> {
  const latencies: number[] = []
  const errors: string[] = []
  const count = { calls: 0 }
  const until = performance.now() + SECONDS * 1_000
  await Promise.all(
    Array.from({ length: clients }, async (_, index) => {
      // They do not all ask in the same instant.
      await pause((PAUSE_MS * index) / clients)
      try {
        using connection = await connect()
        await work(connection.client, index, until, latencies, count)
      } catch (error) {
        errors.push(error instanceof Error ? error.message : String(error))
      }
    }),
  )
  return { name, latencies, errors, calls: count.calls }
}

async function work(
  client: Client,
  index: number,
  until: number,
  latencies: number[],
  count: { calls: number },
): Promise<void> {
  const changes = await client.library.changes()
  const followed = (async () => {
    for await (const _change of changes) if (performance.now() > until) return
  })()
  followed.catch(() => {})
  for (let turn = index; performance.now() < until; turn += 1) {
    const query = `${QUESTIONS[turn % QUESTIONS.length]!} ${turn % 40}`
    const started = performance.now()
    const { hits, intent } = await client.search.query({ query })
    latencies.push(performance.now() - started)
    count.calls += 1
    const hit = hits[0]
    if (hit && turn % 3 === 0) await client.documents.passageBoxes({ passageId: hit.passageId, query })
    if (turn % 5 === 0) await client.library.files({ limit: 50 })
    if (hit && turn % 7 === 0) await client.search.judge({ query, intent, passageId: hit.passageId, grade: 2 })
    count.calls += Number(turn % 3 === 0) + Number(turn % 5 === 0) + Number(turn % 7 === 0)
    await pause(PAUSE_MS * (0.5 + ((turn * 7919) % 100) / 100))
  }
  await changes.return?.()
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
