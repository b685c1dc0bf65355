import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { drawPdf } from '../../../electron/ingestion/extraction/testing/pdf-fixtures.ts'
import { scannedPdf } from '../../../electron/ingestion/ocr/testing/scanned-pdf.ts'
import { dmr } from '../../support/dmr.ts'
import { serveLibrary, type Client } from '../../support/serve.ts'
import { contentsOf, faultsOf } from '../support/library-contents.ts'
import type { Scenario } from '../support/scenario.ts'
import { killIfThere, whenSeen } from '../support/victims.ts'

const PAGES = 4

/** Text recognition on a scan, asked for in the window. */
export const recognising: Scenario = {
  kills: { ocr: [1, 8], host: [1, 8] },
  prepare: async (folder) => {
    mkdirSync(join(folder, 'documents'), { recursive: true })
    writeFileSync(join(folder, 'documents', 'scan.pdf'), await writeScan())
    const before = join(folder, 'before.db')
    await dmr('index', join(folder, 'documents'), '--no-embed', '--library', before)
    // Otherwise serving makes vectors at the same time.
    await dmr('models', 'use', 'none', '--library', before)

    const library = join(folder, 'killed.db')
    const startAfresh = (): void => {
      for (const end of ['', '-wal', '-shm', '-journal', '.lock']) rmSync(`${library}${end}`, { force: true })
      copyFileSync(before, library)
    }
    startAfresh()
    const started = performance.now()
    await recognise(library)
    const duration = performance.now() - started
    const expected = contentsOf(library)
    expect(expected['states']).toEqual([{ state: 'indexed', n: 1 }])
    startAfresh()
    return {
      kill: async (victim, random) => {
        let struck = false
        const strike = (pid: number): NodeJS.Timeout =>
          setTimeout(() => (struck = killIfThere(pid)), (duration / 2) * random())
        const ended = await recognise(library, (host) => {
          if (victim === 'host') strike(host)
          else whenSeen(host, 'ocr', strike)
        })
        expect(faultsOf(library)).toBe('')
        // A page whose process was killed is read by another one; only the death of the host leaves work.
        if (ended) expect(contentsOf(library)).toEqual(expected)
        if (ended) startAfresh()
        return struck ? 'at work' : undefined
      },
      finish: async () => {
        await recognise(library)
        expect(contentsOf(library)).toEqual(expected)
        startAfresh()
      },
    }
  },
}

/** Serves the library and has its scans read. @returns whether the work came to its end. */
async function recognise(library: string, onAsked?: (host: number) => void): Promise<boolean> {
  await using server = await serveLibrary(library)
  using connection = await server.connect()
  // A call that the end of the host interrupts fails with it.
  const ended = finishRecognition(connection.client).then(
    () => true,
    () => false,
  )
  onAsked?.(server.process.pid!)
  return await Promise.race([ended, connection.closed.then(() => false)])
}

async function finishRecognition({ library, jobs }: Client): Promise<void> {
  const unfinished = (await jobs.list({})).filter(({ state }) => state === 'queued' || state === 'running')
  if (!unfinished.some(({ kind }) => kind === 'ocr')) await library.recognise({}).catch(() => {})
  for (;;) {
    const list = await jobs.list({})
    if (list.filter(({ kind }) => kind === 'ocr').every(({ state }) => state !== 'queued' && state !== 'running'))
      return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function writeScan(): Promise<Buffer> {
  const text = await drawPdf((pdf) => {
    for (let page = 1; page <= PAGES; page += 1)
      pdf
        .addPage()
        .font('Times-Roman')
        .fontSize(14)
        .text(`Part ${page}. Wardens report every empty house to the shelter before they leave the street.`, 72, 100, {
          width: 300,
        })
  })
  return Buffer.from(await scannedPdf(text))
}
