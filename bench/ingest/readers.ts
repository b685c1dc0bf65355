/** The three ways of getting text out of a list of files that `bench/ingest.ts` compares. */
import { execFile, fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ExtractionPool } from '../../electron/ingestion/extraction/extraction-pool.ts'
import { NodeLauncher } from '../../electron/platform/node-launcher.ts'
import type { ExtractedDocument } from '../../electron/text/extracted-document.ts'
import type { BareReply } from './bare-worker.ts'
import { usageOf, type Round } from './measure.ts'

const run = promisify(execFile)

/** pdftotext, as many at a time as there are workers. @returns undefined when poppler-utils is not installed. */
export async function readWithPoppler(
  files: readonly string[],
  workers: number,
  pages: number,
): Promise<Round | undefined> {
  if (!(await hasPoppler())) return undefined
  const started = performance.now()
  const queue = [...files]
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
        await run('pdftotext', ['-enc', 'UTF-8', file, '-'], { maxBuffer: 1 << 28 }).catch(() => {})
      }
    }),
  )
  return { pages, seconds: (performance.now() - started) / 1_000, cpuSeconds: undefined, peakMiB: undefined }
}

export async function hasPoppler(): Promise<boolean> {
  return run('pdftotext', ['-v']).then(
    () => true,
    () => false,
  )
}

/** `getTextContent` alone, in processes of the same kind and number as the pool's. */
export async function readBare(files: readonly string[], workers: number, warmUp: string): Promise<Round> {
  const entry = fileURLToPath(new URL('bare-worker.ts', import.meta.url))
  const children = Array.from({ length: workers }, () =>
    fork(entry, {
      serialization: 'advanced',
      execArgv: ['--permission', '--allow-fs-read=*'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    }),
  )
  await Promise.all(
    children.map(async (child) => {
      await reply(child)
      child.send(warmUp)
      await reply(child)
    }),
  )
  const pids = children.flatMap((child) => child.pid ?? [])
  const before = await usageOf(pids)
  const started = performance.now()
  const queue = [...files]
  let pages = 0
  await Promise.all(
    children.map(async (child) => {
      for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
        child.send(file)
        const answer = await reply(child)
        pages += answer.pages
      }
    }),
  )
  const seconds = (performance.now() - started) / 1_000
  const usage = await usageOf(pids)
  for (const child of children) child.disconnect()
  return { pages, seconds, peakMiB: usage.peakMiB, cpuSeconds: difference(usage, before) }
}

function reply(child: ChildProcess): Promise<BareReply> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(new Error('The bare worker died'))
    child.once('exit', onExit)
    child.once('message', (message) => {
      child.off('exit', onExit)
      resolve(message as BareReply)
    })
  })
}

/** The whole pipeline up to what is stored; `store` is where the database takes over. */
export async function readWithPipeline(
  files: readonly string[],
  workers: number,
  store: (document: ExtractedDocument) => void,
  warmUp: string,
): Promise<Round & { readonly failed: number; readonly passages: number }> {
  await using pool = new ExtractionPool({ launcher: new NodeLauncher(), size: workers })
  // Processes start with the first files, and all readers start before the clock.
  await Promise.all(Array.from({ length: workers }, () => pool.extract(warmUp).catch(() => {})))
  const before = await usageOf(pool.pids)
  const started = performance.now()
  let pages = 0
  let failed = 0
  let passages = 0
  await Promise.all(
    files.map(async (file) => {
      try {
        const document = await pool.extract(file)
        pages += document.pages.length
        passages += document.passages.length
        store(document)
      } catch {
        failed++
      }
    }),
  )
  const seconds = (performance.now() - started) / 1_000
  const usage = await usageOf(pool.pids)
  return { pages, seconds, cpuSeconds: difference(usage, before), peakMiB: usage.peakMiB, failed, passages }
}

function difference(after: Pick<Round, 'cpuSeconds'>, before: Pick<Round, 'cpuSeconds'>): number | undefined {
  if (after.cpuSeconds === undefined || before.cpuSeconds === undefined) return undefined
  return after.cpuSeconds - before.cpuSeconds
}
