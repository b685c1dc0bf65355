import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileRepository, LibraryDatabase, SourceRepository } from '../storage/index.ts'
import { applyScan } from './apply-scan.ts'
import { pathToOpen, scanFolder, type ScannedFile, type ScanOptions } from './scan.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'dmr-scan-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(path: string, text = '%PDF-1.7'): string {
  const file = join(folder, path)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, text)
  return file
}

async function scan(options: Partial<ScanOptions> = {}, root = folder): Promise<ScannedFile[]> {
  return Array.fromAsync(scanFolder(root, { include: [], exclude: [], ...options }))
}

describe('scanning a folder', () => {
  it('finds files at any depth, with forward slashes, and tells PDFs from the rest', async () => {
    write('plan.pdf')
    write('a/b/Annex.PDF')
    write('a/notes.docx', 'PK')
    write('a/scan-without-extension')
    write('.hidden/secret.pdf')
    write('Thumbs.db')
    const found = (await scan()).map(({ path, verdict }) => `${verdict} ${path}`)
    expect(found.sort()).toEqual([
      'pdf a/b/Annex.PDF',
      'pdf a/scan-without-extension',
      'pdf plan.pdf',
      'unsupported a/notes.docx',
    ])
  })

  it('names the rule that leaves a file out', async () => {
    write('draft annex.pdf')
    write('old/plan.pdf')
    write('plan.pdf')
    const rules = (await scan({ exclude: ['draft*', 'old/**'] })).map(({ path, verdict, rule }) => [
      path,
      verdict,
      rule,
    ])
    expect(rules.sort()).toEqual([
      ['draft annex.pdf', 'excluded', 'draft*'],
      ['old/plan.pdf', 'excluded', 'old/**'],
      ['plan.pdf', 'pdf', undefined],
    ])
    const included = (await scan({ include: ['old/**'] })).filter(({ verdict }) => verdict === 'pdf')
    expect(included.map(({ path }) => path)).toEqual(['old/plan.pdf'])
  })

  it('ends when links lead in a circle, and reports links that lead nowhere', async () => {
    write('a/plan.pdf')
    symlinkSync(folder, join(folder, 'a', 'loop'))
    symlinkSync(join(folder, 'gone.pdf'), join(folder, 'broken.pdf'))
    const unreadable: string[] = []
    const found = await scan({ onUnreadable: (path) => unreadable.push(path) })
    expect(found.map(({ path }) => path)).toEqual(['a/plan.pdf'])
    expect(unreadable).toEqual([join(folder, 'broken.pdf')])
  })

  it('keeps names that are not UTF-8 apart and can open them', async () => {
    const name = Buffer.concat([Buffer.from(`${folder}/pl`), Buffer.from([0xe4]), Buffer.from('n.pdf')])
    writeFileSync(name, '%PDF-')
    const [file] = await scan()
    expect(file!.path).toBe('pl%E4n.pdf')
    expect(Buffer.from(pathToOpen(folder, file!) as Buffer).equals(name)).toBe(true)
  })

  it('lists a folder of 10,000 files', async () => {
    for (let index = 0; index < 10_000; index += 1) writeFileSync(join(folder, `${index}.pdf`), '')
    expect(await scan()).toHaveLength(10_000)
  })

  it('refuses a missing folder and a file, with the remedy', async () => {
    await expect(scan({}, join(folder, 'nowhere'))).rejects.toThrow(/does not exist.*drive is connected/)
    await expect(scan({}, write('plan.pdf'))).rejects.toThrow(/is a file/)
  })

  it('stops when cancelled', async () => {
    write('plan.pdf')
    await expect(scan({ signal: AbortSignal.abort() })).rejects.toThrow()
  })
})

describe('applying a scan to the library', () => {
  let library: LibraryDatabase
  let files: FileRepository
  let sourceId: number
  beforeEach(() => {
    library = LibraryDatabase.open(join(folder, '..', `${folder.split('/').at(-1)}.db`))
    files = new FileRepository(library.db)
    const source = { path: folder, name: 'plans', isSample: false, watched: true, include: [], exclude: [] }
    sourceId = new SourceRepository(library.db).add(source).id
  })
  afterEach(() => {
    library.close()
    rmSync(library.path, { force: true })
    rmSync(`${library.path}.lock`, { force: true })
  })

  const apply = () => {
    const source = new SourceRepository(library.db).byId(sourceId)!
    return applyScan(library.db, files, source, {
      excludeEverywhere: ['~$*'],
      signal: new AbortController().signal,
      onProgress: () => {},
    })
  }
  const states = () => Object.fromEntries(files.ofSource(sourceId).map((file) => [file.path, file.state]))

  it('lets new files wait and touches nothing on a second look', async () => {
    write('a.pdf')
    write('b.txt')
    write('~$lock.pdf')
    expect(await apply()).toMatchObject({ total: 3, unchanged: 0, excluded: 1, unsupported: 1 })
    expect(states()).toEqual({ 'a.pdf': 'waiting', 'b.txt': 'unsupported', '~$lock.pdf': 'excluded' })
    files.setState(files.ofSource(sourceId).find((file) => file.path === 'a.pdf')!.id, 'indexed', null)
    expect(await apply()).toMatchObject({ total: 3, unchanged: 2, removed: 0 })
    expect(states()['a.pdf']).toBe('indexed')
  })

  it('sees a change by size or time, and a file that is gone', async () => {
    const a = write('a.pdf')
    write('b.pdf')
    await apply()
    for (const file of files.ofSource(sourceId)) files.setState(file.id, 'indexed', null)
    utimesSync(a, new Date(), new Date(Date.now() + 5_000))
    rmSync(join(folder, 'b.pdf'))
    expect(await apply()).toMatchObject({ removed: 1 })
    expect(states()).toEqual({ 'a.pdf': 'waiting' })
  })

  it('keeps everything when the folder cannot be read, such as a drive that is not connected', async () => {
    write('a.pdf')
    await apply()
    rmSync(folder, { recursive: true })
    await expect(apply()).rejects.toThrow(/does not exist/)
    expect(Object.keys(states())).toEqual(['a.pdf'])
    mkdirSync(folder)
  })

  it('leaves out what a person left out, also after the file changed', async () => {
    const a = write('a.pdf')
    await apply()
    const { id } = files.ofSource(sourceId)[0]!
    files.setExcludedByPerson(id, true)
    files.setState(id, 'excluded', 'Left out by you')
    utimesSync(a, new Date(), new Date(Date.now() + 5_000))
    await apply()
    expect(states()).toEqual({ 'a.pdf': 'excluded' })
  })
})
