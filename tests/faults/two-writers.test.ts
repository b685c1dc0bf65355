// One library, several windows and several hosts: one process writes, everybody reads, and who cannot write is told why.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dmr } from '../support/dmr.ts'
import { pageOfText, writePdf } from '../support/pdf.ts'
import { serveLibrary } from '../support/serve.ts'
import { faultsOf } from './support/library-contents.ts'

let folder = ''
let library = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-two-'))
  library = join(folder, 'library.db')
  const pages = Array.from({ length: 4 }, (_, page) => pageOfText(page))
  await writePdf(join(folder, 'documents', 'plan.pdf'), pages, { title: 'Plan' })
  expect((await dmr('index', join(folder, 'documents'), '--no-embed', '--library', library)).code).toBe(0)
  // Otherwise serving makes vectors, and with them the order of hits changes in between.
  await dmr('models', 'use', 'none', '--library', library)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('two hosts on one library', () => {
  it('have one writer; the second reads, says so, and writes once the first is gone', async () => {
    await using first = await serveLibrary(library)
    {
      await using second = await serveLibrary(library)
      using reader = await second.connect()
      expect((await reader.client.system.info()).library.readOnly).toBe(true)
      const { hits, intent } = await reader.client.search.query({ query: 'levee' })
      expect(hits.length).toBeGreaterThan(0)
      const judging = reader.client.search.judge({ query: 'levee', intent, passageId: hits[0]!.passageId, grade: 3 })
      await expect(judging).rejects.toMatchObject({
        code: 'LIBRARY_READ_ONLY',
        message: expect.stringMatching(/Another window or command has this library open for writing/u) as string,
      })
      // What the first one writes, the second one reads.
      using writer = await first.connect()
      await writer.client.search.judge({ query: 'levee', intent, passageId: hits[0]!.passageId, grade: 2 })
      expect((await reader.client.search.query({ query: 'levee' })).hits[0]!.judgement).toBe(2)
      // A writer that dies gives the right to write back to whoever opens the library next.
      first.process.kill('SIGKILL')
      await first.process.outcome
      expect((await reader.client.search.query({ query: 'levee' })).hits.length).toBeGreaterThan(0)
    }
    await using third = await serveLibrary(library)
    using connection = await third.connect()
    expect((await connection.client.system.info()).library.readOnly).toBe(false)
    expect((await connection.client.search.query({ query: 'levee' })).hits[0]!.judgement).toBe(2)
    expect(faultsOf(library)).toBe('')
  }, 60_000)
})

describe('two windows on one host', () => {
  it('write side by side, and each hears of what the other did', async () => {
    await using server = await serveLibrary(library)
    using one = await server.connect()
    using other = await server.connect()
    const heard = await other.client.library.changes()
    await heard.next()
    const { hits, intent } = await one.client.search.query({ query: 'shelter' })
    const { passageId } = hits[0]!
    // Both judge the same queries at once; the last word on each counts, and none is lost.
    const judge = (window: typeof one, query: string, grade: 1 | 2) =>
      window.client.search.judge({ query, intent, passageId, grade })
    const queries = Array.from({ length: 40 }, (_, index) => `query ${index}`)
    await Promise.all(queries.flatMap((query) => [judge(one, query, 1), judge(other, query, 2)]))
    const { judgements } = await judge(one, 'query 0', 1)
    expect(judgements).toBeGreaterThanOrEqual(queries.length)
    await one.client.library.addSource({ path: join(folder, 'documents') })
    expect((await heard.next()).done).toBe(false)
    await heard.return?.()
  }, 60_000)
})
