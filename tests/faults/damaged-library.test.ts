// A library whose file was damaged: found by the check, explained, and put right from a backup.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dmr, type Outcome } from '../support/dmr.ts'
import { pageOfText, writePdf } from '../support/pdf.ts'
import { serveLibrary } from '../support/serve.ts'
import { contentsOf } from './support/library-contents.ts'
import { many, randomFor, SEED } from './support/plan.ts'

const PAGE_BYTES = 4_096
const FILES = 6

let folder = ''
let library = ''
let backup = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-damaged-'))
  library = join(folder, 'library.db')
  backup = join(folder, 'backup.db')
  for (let file = 0; file < FILES; file += 1) {
    const pages = Array.from({ length: 5 }, (_, page) => pageOfText(file * 10 + page))
    await writePdf(join(folder, 'documents', `${file}.pdf`), pages, { title: `Plan ${file}` })
  }
  expect((await dmr('index', join(folder, 'documents'), '--library', library)).code).toBe(0)
  expect((await dmr('library', 'backup', backup, '--library', library)).code).toBe(0)
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A copy of the library with some of its bytes changed. */
function damagedCopy(name: string, change: (bytes: Buffer) => void): string {
  const path = join(folder, name)
  const bytes = readFileSync(library)
  change(bytes)
  writeFileSync(path, bytes)
  return path
}

/** A fault is told as one: in words, with the remedy, without a stack trace. */
function expectExplained({ stdout, stderr, code }: Outcome): void {
  expect(code).toBe(1)
  const said = stdout + stderr
  expect(said).toMatch(/dmr library (restore|repair|check)/u)
  expect(said).not.toMatch(/\n\s+at /u)
}

describe('a library with a damaged page', () => {
  it(
    'is found damaged by the check, wherever the page is, and no command crashes on it',
    async () => {
      const random = randomFor('damaged pages')
      const pages = readFileSync(library).length / PAGE_BYTES
      for (let attempt = 0; attempt < many(5, 60); attempt += 1) {
        const page = Math.floor(random() * pages)
        const damaged = damagedCopy('page.db', (bytes) => {
          for (let i = 0; i < PAGE_BYTES; i += 1) bytes[page * PAGE_BYTES + i] = Math.floor(random() * 256)
        })
        const check = await dmr('library', 'check', '--library', damaged)
        expect(check.code, `page ${page} of ${pages} (seed ${SEED}): ${check.stdout}`).toBe(1)
        expectExplained(check)
        const search = await dmr('search', 'who inspects the levee', '--library', damaged, '--json')
        if (search.code !== 0) expectExplained(search)
      }
    },
    many(60_000, 300_000),
  )

  it('is found damaged when a single letter of a text is another one', async () => {
    const damaged = damagedCopy('letter.db', (bytes) => {
      const needle = Buffer.from('Item 12-3: the')
      // The page has the text first; the passage is the last place.
      const at = bytes.lastIndexOf(needle)
      expect(at).toBeGreaterThan(0)
      bytes[at + needle.length - 1] = 'o'.charCodeAt(0)
    })
    const { json, code } = await dmr('library', 'check', '--library', damaged, '--json')
    expect(code).toBe(1)
    const { checks } = json as { checks: { name: string; ok: boolean; detail: string }[] }
    expect(checks.find(({ name }) => name === 'Text of passages')).toMatchObject({
      ok: false,
      detail: '1 passage differs from what was read',
    })
  })

  it('is put right from a backup, and what was there is kept', async () => {
    const damaged = damagedCopy('restored.db', (bytes) => bytes.fill(0, 0, PAGE_BYTES))
    const opened = await dmr('search', 'levee', '--library', damaged)
    expectExplained(opened)
    const { json, code } = await dmr('library', 'restore', backup, '--library', damaged, '--json')
    expect(code).toBe(0)
    expect(json).toEqual({ path: damaged, keptAs: `${damaged}.replaced-1` })
    expect((await dmr('library', 'check', '--library', damaged)).code).toBe(0)
    expect(contentsOf(damaged)).toEqual(contentsOf(library))
    expect(
      readFileSync(`${damaged}.replaced-1`)
        .subarray(0, PAGE_BYTES)
        .every((byte) => byte === 0),
    ).toBe(true)
  })

  it('is left alone by a backup that is damaged, missing or no library, and while it is in use', async () => {
    const target = join(folder, 'target.db')
    copyFileSync(library, target)
    const before = readFileSync(target)
    const noise = join(folder, 'noise.db')
    writeFileSync(noise, 'minutes of a meeting '.repeat(1_000))
    const torn = damagedCopy('torn.db', (bytes) => bytes.fill(0x5a, PAGE_BYTES * 9, PAGE_BYTES * 12))
    for (const [file, message] of [
      [noise, /is not a readable library/u],
      [torn, /is damaged itself|is not a readable library/u],
      [join(folder, 'none.db'), /There is no backup/u],
    ] as const) {
      const { code, stderr } = await dmr('library', 'restore', file, '--library', target)
      expect(code).toBe(1)
      expect(stderr).toMatch(message)
    }
    expect(readFileSync(target).equals(before)).toBe(true)
    await using _server = await serveLibrary(target)
    const { code, stderr } = await dmr('library', 'restore', backup, '--library', target)
    expect(code).toBe(1)
    expect(stderr).toMatch(/is open in another window or command/u)
  }, 60_000)
})
