// A computer whose clock is set, or that slept: times of day may be wrong, nothing else.
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dmr, startDmr } from '../support/dmr.ts'
import { pageOfText, writePdf } from '../support/pdf.ts'
import { serveLibrary } from '../support/serve.ts'
import { contentsOf, faultsOf } from './support/library-contents.ts'

const JUMPING = { NODE_OPTIONS: `--import ${fileURLToPath(new URL('support/jumping-clock.mjs', import.meta.url))}` }

let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-clock-'))
  for (let file = 0; file < 8; file += 1)
    await writePdf(
      join(folder, 'documents', `${file}.pdf`),
      Array.from({ length: 4 }, (_, page) => pageOfText(file * 10 + page)),
    )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a clock that jumps by up to a day, several times a second', () => {
  it('changes nothing of what is indexed, and a second run finds nothing to do', async () => {
    const index = (library: string): string[] => ['index', join(folder, 'documents'), '--library', library, '--json']
    const steady = join(folder, 'steady.db')
    expect((await dmr(...index(steady))).code).toBe(0)
    const jumping = join(folder, 'jumping.db')
    const { code, stderr } = await startDmr(index(jumping), JUMPING).outcome
    expect(code, stderr).toBe(0)
    expect(faultsOf(jumping)).toBe('')
    expect(contentsOf(jumping)).toEqual(contentsOf(steady))
    expect((await startDmr(index(jumping), JUMPING).outcome).json).toMatchObject({ pages: 0, files: { unchanged: 8 } })
  }, 60_000)

  it('keeps the window up to date: a file that comes is read and told of', async () => {
    const watched = join(folder, 'watched')
    cpSync(join(folder, 'documents', '0.pdf'), join(watched, '0.pdf'))
    await using server = await serveLibrary(join(folder, 'served.db'), JUMPING)
    using connection = await server.connect()
    const { library } = connection.client
    await library.addSource({ path: watched })
    const changes = await library.changes()
    cpSync(join(folder, 'documents', '1.pdf'), join(watched, '1.pdf'))
    let indexed = 0
    // Each look is prompted by the stream of changes, which must not pause for as long as the clock jumped.
    for await (const _change of changes) {
      const { rows } = await library.files({})
      indexed = rows.filter(({ state }) => state === 'indexed').length
      if (indexed === 2) break
    }
    expect(indexed).toBe(2)
  }, 60_000)
})
