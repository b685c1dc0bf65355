import { chmod } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { deflateSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { NodeLauncher } from '../../platform/node-launcher.ts'
import type { WorkerLauncher } from '../../platform/worker-launcher.ts'
import { ExtractionError, type FailureCode } from './extraction-error.ts'
import { ExtractionPool, type ExtractionPoolOptions } from './extraction-pool.ts'
import { drawPdf, fixtureFolder, numberedPages, pdfOfContent } from './testing/pdf-fixtures.ts'

let folder: Awaited<ReturnType<typeof fixtureFolder>>
let pool: ExtractionPool | undefined

beforeAll(async () => {
  folder = await fixtureFolder()
})
afterAll(() => folder[Symbol.asyncDispose]())
afterEach(() => pool?.close())

function open(options: Partial<ExtractionPoolOptions> = {}): ExtractionPool {
  return (pool = new ExtractionPool({ launcher: new NodeLauncher(), size: 1, ...options }))
}

async function failure(extraction: Promise<unknown>): Promise<{ code: FailureCode; message: string }> {
  const error: unknown = await extraction.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ExtractionError)) throw new Error(`expected an ExtractionError, got ${String(error)}`)
  return { code: error.code, message: error.message }
}

/** A small file whose one page takes minutes: its content unpacks to 76 MB. */
function slowPage(): Uint8Array {
  const content = deflateSync(`BT /F1 9 Tf 10 700 Td ${'(flood) Tj 1 0 Td '.repeat(4_000_000)} ET`).toString('latin1')
  return pdfOfContent(content, '', [], '/Filter /FlateDecode')
}

describe('ExtractionPool', () => {
  it('returns the pages, passages and facts of a file', async () => {
    const path = await folder.write('plan.pdf', await numberedPages(3, { info: { Title: 'Shelter plan' } }))
    const seen: number[] = []
    const document = await open().extract(path, { onProgress: (page) => seen.push(page) })
    expect(document).toMatchObject({ pageCount: 3, title: 'Shelter plan', damage: undefined })
    expect(document.contentHash).toMatch(/^[0-9a-f]{64}$/)
    expect(document.pages.map((page) => page.text)).toEqual([
      'Shelter plan part 1. Move residents of zone 1 to higher ground.',
      'Shelter plan part 2. Move residents of zone 2 to higher ground.',
      'Shelter plan part 3. Move residents of zone 3 to higher ground.',
    ])
    expect(document.passages.length).toBeGreaterThan(0)
    expect(seen).toEqual([0, 1, 2, 3])
  })

  it('reads a file whose name is not valid Unicode', async () => {
    const path = await folder.write('plain.pdf', await numberedPages(1))
    const document = await open().extract(Buffer.from(path))
    expect(document.pageCount).toBe(1)
  })

  it('reads many files with few processes and answers each with its own document', async () => {
    const paths = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async (count) => folder.write(`many-${count}.pdf`, await numberedPages(count))),
    )
    open({ size: 2 })
    const documents = await Promise.all(paths.map((path) => pool!.extract(path)))
    expect(documents.map((document) => document.pageCount)).toEqual([1, 2, 3, 4, 5, 6])
    expect(pool!.pids.length).toBe(2)
  })

  it('reads a file again when its process dies, and the file is none the worse', async () => {
    const path = await folder.write('killed.pdf', await numberedPages(400))
    let kills = 0
    const document = await open().extract(path, {
      onProgress: (page) => {
        if (page === 20 && kills++ === 0) process.kill(pool!.pids[0]!, 'SIGKILL')
      },
    })
    expect(kills).toBeGreaterThan(0)
    expect(document.pageCount).toBe(400)
  })

  it('gives a file up that kills two processes, and goes on with the next', async () => {
    const deadly = await folder.write('deadly.pdf', await numberedPages(400))
    const good = await folder.write('good.pdf', await numberedPages(1))
    open()
    const first = failure(
      pool!.extract(deadly, { onProgress: (page) => void (page === 20 && process.kill(pool!.pids[0]!, 'SIGKILL')) }),
    )
    const second = pool!.extract(good)
    expect(await first).toMatchObject({ code: 'CRASHED', message: expect.stringMatching(/on page \d+ \(SIGKILL\)/) })
    expect((await second).pageCount).toBe(1)
  })

  it('ends a file that stays on a page for too long', async () => {
    const path = await folder.write('slow.pdf', slowPage())
    const good = await folder.write('after-slow.pdf', await numberedPages(1))
    open({ pageCapMs: 1_500 })
    expect(await failure(pool!.extract(path))).toEqual({ code: 'TIME_LIMIT', message: 'Page 1 took longer than 2 s' })
    expect((await pool!.extract(good)).pageCount).toBe(1)
  })

  it('ends a file that takes too long as a whole', async () => {
    const path = await folder.write('long.pdf', await numberedPages(2_000))
    expect(await failure(open({ timeCapMs: 400 }).extract(path))).toMatchObject({
      code: 'TIME_LIMIT',
      message: expect.stringMatching(/^The file took longer than 400 ms(; page \d+ of 2000 was reached)?$/),
    })
  })

  it.skipIf(process.platform === 'win32')('does not blame a file for the time that the computer slept', async () => {
    const path = await folder.write('slept.pdf', await numberedPages(400))
    open({ pageCapMs: 1_000, timeCapMs: 20_000 })
    const document = await pool!.extract(path, {
      onProgress: (page) => {
        if (page !== 20) return
        const [worker] = pool!.pids
        process.kill(worker!, 'SIGSTOP')
        // This process stands still, too: nothing runs here for longer than a page may take.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000)
        process.kill(worker!, 'SIGCONT')
      },
    })
    expect(document.pageCount).toBe(400)
  })

  it('ends a file that needs more memory than allowed', async () => {
    const path = await folder.write('fat.pdf', slowPage())
    const { code, message } = await failure(open({ memoryCapMiB: 150 }).extract(path))
    expect(code).toBe('MEMORY_LIMIT')
    expect(message).toMatch(/^The file needs more than 150 MiB of memory (on page 1|while opening the file)$/)
  })

  it('stops between pages when it is cancelled and keeps the process', async () => {
    const path = await folder.write('cancelled.pdf', await numberedPages(500))
    const good = await folder.write('after-cancel.pdf', await numberedPages(1))
    const controller = new AbortController()
    open()
    const extraction = pool!.extract(path, {
      signal: controller.signal,
      onProgress: (page) => void (page === 5 && controller.abort(new Error('enough'))),
    })
    await expect(extraction).rejects.toThrow('enough')
    const [pid] = pool!.pids
    await pool!.extract(good)
    expect(pool!.pids).toEqual([pid])
  })

  it('kills a process that does not stop within the grace time', async () => {
    const path = await folder.write('stubborn.pdf', slowPage())
    const controller = new AbortController()
    const extraction = open({ graceMs: 100 }).extract(path, {
      signal: controller.signal,
      onProgress: () => setTimeout(() => controller.abort(new Error('enough')), 300),
    })
    await expect(extraction).rejects.toThrow('enough')
    await sleep(500)
    expect(pool!.pids).toEqual([])
  })

  it('takes a cancelled file out of the queue without starting it', async () => {
    const path = await folder.write('queued.pdf', await numberedPages(50))
    const controller = new AbortController()
    open()
    const running = pool!.extract(path)
    const waiting = pool!.extract(path, { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    expect((await running).pageCount).toBe(50)
  })

  it('replaces a process after the agreed number of files', async () => {
    const path = await folder.write('recycle.pdf', await numberedPages(1))
    open({ filesPerWorker: 1 })
    await pool!.extract(path)
    const first = pool!.pids
    await pool!.extract(path)
    expect(pool!.pids).not.toEqual(first)
  })

  it('leaves no process behind when it is closed, and rejects what was under way', async () => {
    const path = await folder.write('closed.pdf', await numberedPages(500))
    open()
    let pid = 0
    const extraction = pool!.extract(path, { onProgress: () => void (pid = pool!.pids[0] ?? pid) })
    const outcome = expect(extraction).rejects.toThrow('closed')
    while (pid === 0) await sleep(10)
    await pool!.close()
    await outcome
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })

  it('does not blame the file when a process cannot start', async () => {
    const launcher: WorkerLauncher = {
      launch: () => ({
        pid: undefined,
        post: () => {},
        onMessage: () => {},
        onExit: (listener) => setTimeout(() => listener({ code: 1, signal: null, stderrTail: 'no such module' }), 10),
        kill: () => {},
      }),
    }
    await expect(open({ launcher }).extract('/any.pdf')).rejects.toThrow('could not start: no such module')
  })

  it('says that a file has vanished', async () => {
    expect(await failure(open().extract('/nowhere/plan.pdf'))).toEqual({
      code: 'VANISHED',
      message: 'The file was moved or deleted before it could be read',
    })
  })

  it('says that a file may not be read', async (context) => {
    if (process.getuid?.() === 0) context.skip('the superuser may read every file')
    const path = await folder.write('private.pdf', await numberedPages(1))
    await chmod(path, 0)
    expect(await failure(open().extract(path))).toMatchObject({ code: 'UNREADABLE' })
  })

  it('says that a folder is not a file', async () => {
    expect(await failure(open().extract('/'))).toMatchObject({ code: 'UNREADABLE' })
  })

  it('reads 2,000 pages in bounded memory', async () => {
    const path = await folder.write(
      'huge.pdf',
      await drawPdf((pdf) => {
        for (let page = 1; page <= 2_000; page++)
          pdf.addPage().fontSize(10).text(`Page ${page} on flood barriers. `.repeat(40))
      }),
    )
    const document = await open({ memoryCapMiB: 640 }).extract(path)
    expect(document.pages.length).toBe(2_000)
    expect(document.pages.at(-1)?.text).toContain('Page 2000 on flood barriers.')
  })
})
