import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pairLibrary } from '../curation/testing/pair-library.ts'
import { NodeLauncher } from '../platform/node-launcher.ts'
import { says, startChatServer } from '../refinement/testing/chat-server.ts'
import { openWorkbench, type Workbench } from './index.ts'

const resources = fileURLToPath(new URL('../../resources', import.meta.url))
let folder: string
let workbench: Workbench

const open = (name: string): Workbench =>
  openWorkbench(
    {
      kind: 'cli',
      paths: { data: folder, resources },
      launcher: new NodeLauncher(),
      logger: pino({ level: 'silent' }),
      shell: {},
    },
    { libraryPath: join(folder, `${name}.db`), watch: false },
  )

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-review-'))
  const library = pairLibrary({ folder, pairs: 12 })
  library.minePairs(library.filterPairs())
  library.library.close()
  workbench = open('library')
})
afterEach(async () => {
  await workbench.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('the review service', () => {
  it('takes a judge from the first pair to a data set', async () => {
    const { curation } = workbench.client
    const ada = await curation.saveJudge({ name: 'Ada Lovelace' })
    expect(ada).toMatchObject({ initials: 'AL', color: 1, kind: 'person' })
    expect(await curation.saveJudge({ id: ada.id, name: 'Ada L.', color: 3 })).toMatchObject({
      name: 'Ada L.',
      color: 3,
    })
    expect(await curation.overview({ judgeId: ada.id })).toMatchObject({ pairs: 12, waiting: 12, suspects: 4 })
    const judgeId = ada.id
    const { items, cursors } = await curation.next({ judgeId, filter: { filterVerdict: 'kept' }, limit: 2 })
    expect(items.map(({ pairId }) => pairId)).toEqual([2, 4])
    expect(items[0]!.provenance).toBeNull()
    await curation.decide({ judgeId, pairId: 2, change: { verdict: 'reject' }, elapsedMs: 900, basedOn: 0 })
    const [, next] = (await curation.next({ judgeId, filter: { filterVerdict: 'kept' }, after: cursors[0]! })).items
    expect(next!.pairId).toBe(6)
    const { count } = await curation.bulkPreview({ judgeId, filter: { intents: ['QA'] } })
    const { entry } = await curation.bulk({
      ...{ judgeId, filter: { intents: ['QA'] }, change: { verdict: 'accept' }, expected: count },
    })
    expect(entry).toMatchObject({ kind: 'bulk', count: 2 })
    expect(await curation.undo({ judgeId })).toMatchObject({ pairIds: [6, 12], canUndo: true, canRedo: true })
    expect((await curation.history({ judgeId })).entries.map(({ undone }) => undone)).toEqual([false, true])
    expect((await curation.queue({ judgeId, filter: { state: 'decided' } })).rows).toHaveLength(1)
    const built = await curation.buildDatasets({})
    expect(built.map(({ name, items: n }) => [name, n])).toEqual([
      ['reviewed-MTP', 5],
      ['reviewed-MTT-0.65', 5],
      ['reviewed-MTT-0.85', 5],
    ])
    expect(built[0]!.review.rejected).toBe(1)
  })

  it('tells who watches that another person decided', async () => {
    const { curation } = workbench.client
    const { id: judgeId } = await curation.saveJudge({ name: 'Ada' })
    const controller = new AbortController()
    const revisions: number[] = []
    for await (const { revision } of await curation.watch(undefined, { signal: controller.signal })) {
      revisions.push(revision)
      if (revisions.length === 2) break
      await curation.decide({ judgeId, pairId: 1, change: { grade: 2 } })
    }
    controller.abort()
    expect(revisions).toEqual([0, 1])
  })

  it('sends a package to another library and merges what comes back', async () => {
    const home = workbench.client.curation
    const ada = await home.saveJudge({ name: 'Ada' })
    const path = join(folder, 'work.jsonl')
    await home.exportPackage({ path, filter: { filterVerdict: 'kept' } })
    const away = open('away')
    const done = join(folder, 'done.jsonl')
    try {
      const there = away.client.curation
      expect(await there.importPackage({ path })).toMatchObject({ added: 6, known: 0 })
      const [self] = await there.judges()
      const { rows } = await there.queue({ judgeId: self!.id })
      for (const { pairId } of rows) await there.decide({ judgeId: self!.id, pairId, change: { grade: 3 } })
      expect(await there.exportDecisions({ path: done, packageId: 1 })).toMatchObject({ decisions: 6 })
    } finally {
      await away.close()
    }
    const merged = { path: done, judgeId: ada.id }
    expect(await home.mergeDecisions(merged)).toMatchObject({ applied: 6, unknown: 0, conflictCount: 0 })
    expect(await home.mergeDecisions(merged)).toMatchObject({ applied: 0, known: 6 })
    expect(await home.packages()).toMatchObject([{ direction: 'out', items: 6, decided: 6, libraryName: 'library' }])
    const { rows } = await home.agreement({ intents: false })
    expect(rows).toMatchObject([{ between: 'filter', judgeIds: [ada.id], units: 6 }])
  })

  it('asks no language model before one is configured, then has it grade in the background', async () => {
    const { curation, refinement } = workbench.client
    expect(await curation.rater()).toMatchObject({ model: null, rated: 0 })
    await expect(curation.rate({})).rejects.toThrow('No language model is configured')
    const server = await startChatServer((response, call) => {
      const fields = [...call.user.matchAll(/"(\w+)" \((string|integer)/gu)].map(([, name, type]) => [name, type])
      const answer = fields.map(([name, type]) => [name, type === 'string' ? 'none' : 1])
      says(JSON.stringify(Object.fromEntries(answer)))(response, call)
    })
    try {
      await refinement.setLanguageModel({ baseUrl: server.url, model: 'tiny' })
      const { jobId } = await curation.rate({ intents: ['QA'], suspects: true })
      expect(await workbench.library.queue.result(jobId)).toMatchObject({ rated: 4, failed: 0 })
      expect(await curation.rater()).toMatchObject({ model: 'tiny', rated: 4 })
    } finally {
      await server.close()
    }
    const machine = (await curation.judges()).find(({ kind }) => kind === 'machine')!
    await expect(curation.decide({ judgeId: machine.id, pairId: 1, change: { grade: 1 } })).rejects.toThrow('no person')
  })

  it('reads but does not write where the library can only be read', async () => {
    const { id: judgeId } = await workbench.client.curation.saveJudge({ name: 'Ada' })
    const second = open('library')
    try {
      const { curation } = second.client
      expect((await curation.next({ judgeId })).items).toHaveLength(5)
      await expect(curation.decide({ judgeId, pairId: 1, change: { grade: 1 } })).rejects.toThrow('open for writing')
      await expect(curation.undo({ judgeId })).rejects.toThrow('open for writing')
    } finally {
      await second.close()
    }
  })

  it('refuses input that says nothing', async () => {
    const { curation } = workbench.client
    const { id: judgeId } = await curation.saveJudge({ name: 'Ada' })
    await expect(curation.decide({ judgeId, pairId: 1, change: {} })).rejects.toThrow()
    await expect(curation.decide({ judgeId, pairId: 1, change: { grade: 4 as never } })).rejects.toThrow()
    await expect(curation.saveJudge({ name: '  ' })).rejects.toThrow()
    expect((await curation.overview({ judgeId })).revision).toBe(0)
  })
})
