import Database from 'better-sqlite3'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dmr, startDmr } from './support/dmr.ts'
import { pageOfText, writePdf } from './support/pdf.ts'

interface Files {
  files: { path: string; state: string; reason: string | null; pages: number; passages: number }[]
}

let folder: string
let documents: string
let library: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-bad-input-'))
  documents = join(folder, 'documents')
  library = join(folder, 'library.db')
  await writePdf(
    join(documents, 'good.pdf'),
    ['The shelter manager opens the fairground hall within two hours of the order.'],
    { title: 'Shelter plan' },
  )
  await writePdf(join(documents, 'locked.pdf'), [pageOfText(1)], { password: 'secret' })
  await writePdf(
    join(documents, 'cut.pdf'),
    Array.from({ length: 12 }, (_, page) => pageOfText(100 + page)),
  )
  truncateSync(join(documents, 'cut.pdf'), Math.floor(readFileSync(join(documents, 'cut.pdf')).length * 0.4))
  writeFileSync(join(documents, 'empty.pdf'), '')
  writeFileSync(join(documents, 'letter.pdf'), 'Dear all, this is a letter that somebody named .pdf.\n'.repeat(50))
  writeFileSync(join(documents, 'notes.docx'), 'PK')
  copyFileSync(join(documents, 'good.pdf'), join(documents, 'good (copy).pdf'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const statesOf = async (): Promise<Map<string, Files['files'][number]>> => {
  const { json } = await dmr('status', '--files', '--library', library, '--json')
  return new Map((json as Files).files.map((file) => [file.path, file]))
}

describe('a folder of difficult files', () => {
  it('ends with one state and reason each, and the good ones are searchable', async () => {
    const { code, json } = await dmr('index', documents, '--library', library, '--json')
    expect(code).toBe(3)
    expect(json).toMatchObject({ files: { total: 7, encrypted: 1, unsupported: 2, empty: 1, duplicate: 1 } })
    const states = await statesOf()
    expect([...states].map(([path, { state }]) => `${path}: ${state}`).sort()).toEqual(
      [
        'cut.pdf: damaged',
        'empty.pdf: empty',
        'letter.pdf: unsupported',
        'locked.pdf: encrypted',
        'notes.docx: unsupported',
      ]
        .concat(
          // Which of two equal files is read first does not matter.
          [...states].filter(([path]) => path.startsWith('good')).map(([path, { state }]) => `${path}: ${state}`),
        )
        .sort(),
    )
    expect([states.get('good.pdf')!.state, states.get('good (copy).pdf')!.state].sort()).toEqual([
      'duplicate',
      'indexed',
    ])
    for (const [path, file] of states) if (!path.startsWith('good')) expect(file.reason, path).toBeTruthy()
    const found = await dmr('search', 'who opens the fairground hall', '--library', library, '--json')
    expect((found.json as { hits: { title: string; page: number }[] }).hits[0]).toMatchObject({
      title: 'Shelter plan',
      page: 1,
    })
  })

  it('costs nothing the second time', async () => {
    const { json } = await dmr('index', documents, '--library', library, '--json')
    expect(json).toMatchObject({ files: { total: 7, unchanged: 7 }, pages: 0 })
  })

  it('follows a rename by content without reading the file again', async () => {
    renameSync(join(documents, 'good.pdf'), join(documents, 'renamed.pdf'))
    const { json } = await dmr('index', documents, '--library', library, '--json')
    expect(json).toMatchObject({ files: { removed: 1 }, pages: 0 })
    expect((await statesOf()).get('renamed.pdf')).toBeDefined()
  })
})

describe('a briefing on the command line', () => {
  it('holds the quotes of a search, and refuses a file that is none', async () => {
    const hits = join(folder, 'hits.json')
    writeFileSync(hits, (await dmr('search', 'fairground hall', '--library', library, '--json')).stdout)
    const output = join(folder, 'briefing.md')
    const { json } = await dmr('export', 'briefing', '--hits', hits, '--output', output, '--library', library, '--json')
    expect(json).toMatchObject({ path: output })
    expect(readFileSync(output, 'utf8')).toMatch(/> .*fairground hall[\s\S]*Shelter plan, page 1, .*SHA-256/)
    writeFileSync(hits, '{"hits": []}')
    expect(await dmr('export', 'briefing', '--hits', hits, '--library', library)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('dmr search --json'),
    })
  })
})

describe('a wrong call', () => {
  it.each([
    [['index', '/nowhere/at/all'], 1, /\/nowhere\/at\/all cannot be read: it does not exist/],
    [['search'], 2, /missing required argument/],
    [['search', 'x', '--intent', 'Gossip'], 2, /Allowed choices are/],
    [['search', 'x', '--filter', 'colour=red'], 2, /Write key=value/],
    [['serch', 'x'], 2, /Did you mean search/],
  ])('%j says what is wrong and how to mend it', async (args, code, message) => {
    const outcome = await dmr(...args, '--library', library)
    expect(outcome.stderr).toMatch(message)
    expect(outcome.code).toBe(code)
    expect(outcome.stderr).not.toMatch(/\n\s+at /)
  })

  it('a query with broken syntax names the place; a natural question never fails', async () => {
    const broken = await dmr('search', '"shelter manager" AND (', '--library', library)
    expect(broken.code).toBe(2)
    expect(broken.stderr.length).toBeGreaterThan(10)
    for (const query of ["what's the (official) shelter-plan?", 'C++ & "', '*', "';--", '你好']) {
      expect((await dmr('search', query, '--library', library, '--json')).code, query).toBe(0)
    }
  })

  it('a 100 kB query is refused with its length', async () => {
    const { stderr, code } = await dmr('search', 'flood '.repeat(17_000), '--library', library)
    expect(stderr).toMatch(/102,000 characters; 20,000 is the most/)
    expect(code).toBe(2)
  })
})

describe('a difficult library file', () => {
  it('that is missing, corrupt or from the future is refused with the remedy', async () => {
    const missing = await dmr('search', 'x', '--library', join(folder, 'none.db'))
    expect(missing.stderr).toMatch(/There is no library at .*Index a folder/)
    const corrupt = join(folder, 'corrupt.db')
    writeFileSync(corrupt, 'not a database '.repeat(1_000))
    expect((await dmr('search', 'x', '--library', corrupt)).stderr).toMatch(/is not a readable library/)
    const future = join(folder, 'future.db')
    const db = new Database(future)
    db.pragma('user_version = 9999')
    db.close()
    expect((await dmr('index', documents, '--library', future)).stderr).toMatch(/newer version of the workbench/)
  })

  it('that another process writes to is searched, and a second indexing run is told so', async () => {
    const holder = startDmr(['serve', '--library', library])
    await once(holder.stdout!, 'data')
    const found = await dmr('search', 'fairground hall', '--library', library, '--json')
    expect((found.json as { hits: unknown[] }).hits.length).toBeGreaterThan(0)
    const second = await dmr('index', documents, '--library', library)
    expect(second.stderr).toMatch(/has this library open for writing/)
    expect(second.code).toBe(1)
    holder.kill('SIGTERM')
    await holder.outcome
  })

  it('is copied while in use, checked, and its keyword index built again when it is damaged', async () => {
    const copy = join(folder, 'copy.db')
    expect((await dmr('library', 'backup', copy, '--library', library, '--json')).json).toMatchObject({ path: copy })
    expect((await dmr('library', 'check', '--library', copy, '--json')).json).toMatchObject({ ok: true })

    const db = new Database(copy)
    db.unsafeMode().exec('DELETE FROM passage_fts_data WHERE id > 10')
    db.close()
    const damaged = await dmr('library', 'check', '--library', copy)
    expect(damaged.code).toBe(1)
    expect(damaged.stdout).toMatch(/FAULT Keyword index: .*dmr library repair/)
    expect((await dmr('library', 'repair', '--library', copy)).code).toBe(0)
    expect((await dmr('library', 'check', '--library', copy)).code).toBe(0)
    const { hits } = (await dmr('search', 'fairground hall', '--library', copy, '--json')).json as { hits: unknown[] }
    expect(hits.length).toBeGreaterThan(0)
  })

  it('on a medium that cannot be written is searched, and indexing says why not', async (context) => {
    const medium = join(folder, 'medium')
    mkdirSync(medium)
    if (!(await mountSmallDisk(medium, '16m'))) return context.skip('a disk cannot be mounted here')
    try {
      copyFileSync(library, join(medium, 'library.db'))
      if (!(await readOnlyDisk(medium))) return context.skip('a disk cannot be made read-only here')
      const found = await dmr('search', 'fairground hall', '--library', join(medium, 'library.db'), '--json')
      expect((found.json as { hits: unknown[] }).hits.length).toBeGreaterThan(0)
      const { stderr, code } = await dmr('index', documents, '--library', join(medium, 'library.db'))
      expect(stderr).toMatch(/is on a medium that cannot be written/)
      expect(code).toBe(1)
    } finally {
      await run('umount', medium)
    }
  })

  it('that ran out of disk keeps what was read and goes on later', async (context) => {
    const full = join(folder, 'full')
    mkdirSync(full)
    if (!(await mountSmallDisk(full, '1m'))) return context.skip('a small disk cannot be mounted here')
    try {
      const many = join(folder, 'many')
      for (let index = 0; index < 40; index += 1)
        await writePdf(
          join(many, `${index}.pdf`),
          Array.from({ length: 8 }, (_, page) => pageOfText(index * 100 + page)),
        )
      const { stderr, code } = await dmr('index', many, '--library', join(full, 'library.db'))
      expect(stderr).toMatch(/is full\. Free some space/)
      expect(code).toBe(1)
      await run('mount', '-o', 'remount,size=32m', full)
      const again = await dmr('index', many, '--library', join(full, 'library.db'), '--json')
      expect(again.code).toBe(0)
      const { json } = await dmr('status', '--files', '--library', join(full, 'library.db'), '--json')
      expect((json as Files).files.filter((file) => file.state === 'indexed')).toHaveLength(40)
    } finally {
      await run('umount', full)
    }
  }, 120_000)
})

/** As root nothing is forbidden by file modes, so the medium itself is made read-only. */
async function readOnlyDisk(path: string): Promise<boolean> {
  return (await run('mount', '-o', 'remount,ro', path)) === 0
}

async function mountSmallDisk(path: string, size: string): Promise<boolean> {
  return (
    process.platform === 'linux' &&
    process.getuid?.() === 0 &&
    (await run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'dmr-test', path)) === 0
  )
}

async function run(command: string, ...args: string[]): Promise<number | null> {
  const child = spawn(command, args, { stdio: 'ignore' })
  const [code] = (await once(child, 'close')) as [number | null]
  return code
}
