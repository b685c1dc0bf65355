import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createNodePlatform } from '../electron/host/node-platform.ts'
import { openWorkbench, type Workbench } from '../electron/services/index.ts'
import { pageOfText, writePdf } from './support/pdf.ts'

const SAMPLE = fileURLToPath(new URL('../resources/sample-library/pdfs', import.meta.url))

let folder: string
let workbench: Workbench
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-library-'))
  workbench = openWorkbench(createNodePlatform('web', 'silent'), {
    libraryPath: join(folder, 'library.db'),
    watch: true,
  })
})
afterAll(async () => {
  await workbench.close()
  rmSync(folder, { recursive: true, force: true })
})

const client = () => workbench.client

/** Waits for the jobs that are queued or running now, and for those they start. */
async function settled(): Promise<void> {
  const { queue, repositories } = workbench.library
  for (let job = repositories.jobs.unfinished()[0]; job; job = repositories.jobs.unfinished()[0])
    await queue.result(job.id)
}

const fileAt = async (path: string) => {
  const { rows } = await client().library.files({ find: path, limit: 1_000 })
  const row = rows.find((candidate) => candidate.path === path)
  if (!row) throw new Error(`${path} is not in the library`)
  return row
}

const eventually = async <T>(read: () => Promise<T>, accept: (value: T) => boolean): Promise<T> => {
  for (let attempt = 0; ; attempt += 1) {
    const value = await read()
    if (accept(value) || attempt > 80) return value
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

describe('the sample library', () => {
  beforeAll(async () => {
    const source = await client().library.addSampleLibrary()
    expect(source).toMatchObject({ isSample: true, name: 'Sample library' })
    await settled()
  })

  it('shows every special case in its own state', async () => {
    const { byState, nearCopies } = await client().library.files({})
    expect(byState).toMatchObject({ encrypted: 1, damaged: 1, duplicate: 1, 'needs-ocr': 1 })
    expect(nearCopies).toBe(2)
    const overview = await client().library.overview()
    expect(overview.files).toBe(32)
    expect(overview.pages.searchable).toBeGreaterThan(145)
    expect((await fileAt('after-action-reports/aar-2024-ice-storm.pdf')).reason).toBe('Page 3 is a scan without text')
  })

  it('reads a scanned page by text recognition and finds its words', async (context) => {
    if ((await client().system.info()).ocr === null) return context.skip('no text recognition program here')
    const scanned = await fileAt('after-action-reports/aar-2024-ice-storm.pdf')
    const { pages } = await client().library.recognise({ ids: [scanned.id] })
    expect(pages).toBe(1)
    await settled()
    expect(await fileAt(scanned.path)).toMatchObject({ state: 'indexed', pagesSearchable: scanned.pages })
    const { pageCoverage } = await client().library.file({ id: scanned.id })
    expect(pageCoverage[2]).toMatchObject({ source: 'ocr', quality: 'text' })
    expect(pageCoverage[2]!.ocrConfidence).toBeGreaterThan(60)
    const { hits } = await client().search.query({ query: 'ice storm', filters: { ocr: true } })
    expect(hits[0]).toMatchObject({ file: scanned.path, page: 3, ocr: true })
    await expect(client().library.recognise({ ids: [scanned.id] })).rejects.toThrow(/nothing to recognise/)
  }, 60_000)

  it('groups the two revisions of a procedure and shows their differences', async () => {
    const file = await fileAt('sops/sop-114-shelter-opening-rev4.pdf')
    const copies = await client().library.nearCopies({ documentId: file.documentId! })
    expect(copies).toHaveLength(2)
    expect(copies[0]).toMatchObject({ isMain: true, similarity: 1 })
    expect(copies[1]!.similarity).toBeGreaterThan(0.8)
    const differences = await client().library.compare({ a: copies[0]!.documentId, b: copies[1]!.documentId })
    expect(differences.length).toBeGreaterThan(0)
    expect(differences.length).toBeLessThan(30)
    expect(differences.flatMap(({ parts }) => parts).some(({ kind }) => kind !== 'same')).toBe(true)

    await client().library.keepAsMain({ documentId: copies[1]!.documentId })
    expect((await client().library.nearCopies({ documentId: file.documentId! }))[0]!.documentId).toBe(
      copies[1]!.documentId,
    )
    await client().library.notACopy({ documentId: copies[1]!.documentId })
    expect(await client().library.nearCopies({ documentId: file.documentId! })).toEqual([])
  })

  it('opens the protected file once the password is given, and says so when it is wrong', async () => {
    const locked = await fileAt('plans/continuity-access-procedures-restricted.pdf')
    await client().library.unlock({ id: locked.id, password: 'wrong' })
    await settled()
    expect(await fileAt(locked.path)).toMatchObject({ state: 'encrypted', reason: expect.stringMatching(/password/i) })
    await client().library.unlock({ id: locked.id, password: 'calder-2025' })
    await settled()
    expect(await fileAt(locked.path)).toMatchObject({ state: 'indexed' })
  })

  it('leaves a file out and takes it in again', async () => {
    const { id, path, documentId } = await fileAt('public-information/folleto-inundaciones-es.pdf')
    await client().library.setExcluded({ ids: [id], excluded: true })
    await settled()
    expect(await fileAt(path)).toMatchObject({ state: 'excluded', reason: 'Left out by you' })
    await expect(client().documents.get({ id: documentId! })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await client().library.setExcluded({ ids: [id], excluded: false })
    await settled()
    expect(await fileAt(path)).toMatchObject({ state: 'indexed' })
  })

  it('lists every file with its reason as CSV and JSON', async () => {
    const csv = await client().library.exportFiles({ format: 'csv' })
    expect(csv.text.split('\r\n')).toHaveLength(32 + 2)
    expect(csv.text).toContain('annexes/attachment-f3-cooling-handout.pdf')
    const json = JSON.parse((await client().library.exportFiles({ format: 'json' })).text) as unknown[]
    expect(json).toHaveLength(32)
  })

  it('outlines a passage where its words are', async () => {
    const { hits } = await client().search.query({ query: 'sandbags Mill Creek flood' })
    const { passage, keywords } = await client().documents.passageBoxes({
      passageId: hits[0]!.passageId,
      query: 'sandbags Mill Creek flood',
    })
    const document = await client().documents.get({ id: hits[0]!.documentId })
    expect(passage.map(({ page }) => page)).toContain(hits[0]!.page)
    for (const { page, boxes } of [...passage, ...keywords]) {
      const { width, height } = document.pages[page - 1]!
      for (const box of boxes) {
        expect(box.width).toBeGreaterThan(0)
        expect(box.x + box.width).toBeLessThan(width + 1)
        expect(box.y + box.height).toBeLessThan(height + 1)
      }
    }
    expect(keywords.flatMap(({ boxes }) => boxes).length).toBeGreaterThan(0)
  })

  it('keeps judgements, saved searches and briefings', async () => {
    const { hits, intent } = await client().search.query({ query: 'boil water notice' })
    await client().search.judge({ query: 'boil water notice', intent, passageId: hits[0]!.passageId, grade: 3 })
    expect((await client().search.query({ query: 'boil water notice' })).hits[0]!.judgement).toBe(3)
    const saved = await client().search.save({ name: 'Water', request: { query: 'boil water notice' } })
    expect(saved.newHits).toBe(0)
    for (const format of ['html', 'markdown', 'csv', 'jsonl'] as const) {
      const briefing = await client().search.briefing({
        title: 'Water <now>',
        query: 'boil water',
        passageIds: hits.slice(0, 3).map((hit) => hit.passageId),
        format,
      })
      expect(briefing.text).toContain(hits[0]!.title)
      expect(briefing.text).not.toContain('<now>')
    }
  })

  it('answers nothing twice and says what else holds the same text', async () => {
    const { hits } = await client().search.query({ query: 'cooling centre heat safety', k: 30 })
    expect(new Set(hits.map((hit) => hit.text)).size).toBe(hits.length)
    expect(hits.find((hit) => hit.file.includes('cooling-handout') || hit.file.includes('heat-safety'))?.copies).toBe(1)
  })
})

describe('a watched folder', () => {
  it('is followed: a new file, a rename, a deletion, a whole folder that moves', async () => {
    const watched = join(folder, 'watched')
    mkdirSync(watched)
    await writePdf(join(watched, 'one.pdf'), [pageOfText(900)], { title: 'One' })
    const source = await client().library.addSource({ path: watched })
    await settled()
    const paths = async () =>
      (await client().library.files({ sourceId: source.id, sort: 'title' })).rows
        .filter((row) => row.state === 'indexed')
        .map((row) => row.path)
    expect(await paths()).toEqual(['one.pdf'])

    await writePdf(join(watched, 'two.pdf'), [pageOfText(901)], { title: 'Two' })
    expect(await eventually(paths, (list) => list.length === 2)).toHaveLength(2)

    const before = await fileAt('one.pdf')
    renameSync(join(watched, 'one.pdf'), join(watched, 'renamed.pdf'))
    expect(await eventually(paths, (list) => list.includes('renamed.pdf') && list.length === 2)).toContain(
      'renamed.pdf',
    )
    expect((await fileAt('renamed.pdf')).documentId).toBe(before.documentId)

    rmSync(join(watched, 'two.pdf'))
    expect(await eventually(paths, (list) => list.length === 1)).toEqual(['renamed.pdf'])

    const away = `${watched}-away`
    renameSync(watched, away)
    await client().library.rescan({ id: source.id })
    await settled()
    const missing = (await client().library.overview()).sources.find(({ id }) => id === source.id)
    expect(missing).toMatchObject({ available: false, files: 1 })
    renameSync(away, watched)
    await client().library.rescan({ id: source.id })
    await settled()
    expect((await client().library.overview()).sources.find(({ id }) => id === source.id)).toMatchObject({
      available: true,
    })
  }, 60_000)

  it('may not overlap with another source', async () => {
    const outer = join(folder, 'outer')
    cpSync(join(SAMPLE, 'forms'), join(outer, 'inner'), { recursive: true })
    await client().library.addSource({ path: join(outer, 'inner') })
    await expect(client().library.addSource({ path: outer })).rejects.toThrow(/is inside .* and in the library already/)
    writeFileSync(join(folder, 'file.txt'), 'x')
    await expect(client().library.addSource({ path: join(folder, 'file.txt') })).rejects.toMatchObject({
      code: 'FOLDER_UNREADABLE',
    })
  })
})
