import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ModelImport } from '../contracts/models.ts'
import type { SearchResponse } from '../contracts/search.ts'
import { modelFixture } from '../ml/testing/model-fixtures.ts'
import type { HostPlatform } from '../platform/host-platform.ts'
import { NodeLauncher } from '../platform/node-launcher.ts'
import { VectorStore } from '../retrieval/index.ts'
import { openWorkbench, type Workbench } from './index.ts'

const TEXTS = [
  'The shelter manager opens the fairground hall within two hours of the order.',
  'Boil water for one minute before drinking it; the notice ends after two clean samples.',
  'Do not drive through flooded roads. Move to higher ground when the river passes stage four.',
  'The generator at the water plant starts by itself when the power fails.',
]

let folder: string
let workbench: Workbench
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-models-'))
  workbench = open()
})
afterEach(async () => {
  await workbench.close()
  rmSync(folder, { recursive: true, force: true })
})

function open(): Workbench {
  const platform: HostPlatform = {
    kind: 'cli',
    paths: { data: folder, resources: join(folder, 'resources') },
    launcher: new NodeLauncher(),
    logger: pino({ level: 'silent' }),
    shell: {},
  }
  return openWorkbench(platform, { libraryPath: join(folder, 'library.db'), watch: false, device: 'cpu' })
}

/** Adds documents of one passage each. @returns passage ids. */
function addPassages(texts: readonly string[]): number[] {
  const { db } = workbench.library
  return db.transaction(() => {
    db.prepare("INSERT OR IGNORE INTO source (id, path, name, added_at) VALUES (1, '/plans', 'plans', 0)").run()
    return texts.map((text) => {
      const { lastInsertRowid: document } = db
        .prepare(
          "INSERT INTO document (content_hash, title, page_count, pipeline_version, indexed_at) VALUES (hex(randomblob(16)), 'Plan', 1, 1, 0)",
        )
        .run()
      db.prepare(
        "INSERT INTO file (source_id, path, size, modified, document_id, state) VALUES (1, hex(randomblob(8)), 1, 1, ?, 'indexed')",
      ).run(document)
      const { lastInsertRowid } = db
        .prepare(
          `INSERT INTO passage (document_id, page_start, page_end, char_start, char_end, headings, context, text, tokens, text_hash)
           VALUES (?, 1, 1, 0, ?, '[]', '', ?, 12, hex(randomblob(16)))`,
        )
        .run(document, text.length, text)
      return Number(lastInsertRowid)
    })
  })()
}

const many = (count: number) =>
  Array.from({ length: count }, (_, i) => `${TEXTS[i % 4]} Form ${i} of the ${i % 13} desk.`)

async function use(id: string): Promise<void> {
  const { jobId } = await workbench.client.models.use({ id })
  if (jobId !== null) await workbench.library.queue.result(jobId)
}

const search = (query: string, options: object = {}): Promise<SearchResponse> =>
  workbench.client.search.query({ query, k: 10, ...options })

/** Every vector of a model in this library, by passage. */
function vectorsOf(id: string): Map<number, Float32Array> {
  const { db } = workbench.library
  const info = VectorStore.list(db).find(({ modelId }) => modelId === id)!
  const store = VectorStore.open(db, info)!
  return new Map(
    [...store.blocks('rows')].flatMap(({ passageIds }) => [...passageIds].map((p) => [p, store.vector(p)!])),
  )
}

it('tells how far an import is', async () => {
  const watching = new AbortController()
  const seen: ModelImport[] = []
  const watched = (async () => {
    const states = await workbench.client.models.imports(undefined, { signal: watching.signal })
    for await (const imports of states) {
      seen.push(...imports)
      if (seen.length > 0 && imports.length === 0) return
    }
  })()
  const path = modelFixture('bert')
  await workbench.client.models.import({ path })
  await watched
  watching.abort()
  expect(seen[0]).toMatchObject({ path })
  expect(seen.every(({ done, total }) => done > 0 && done <= total)).toBe(true)
})

describe('searching with a model', () => {
  it('finds the passage that says the same, by meaning and with keywords, and says how', async () => {
    addPassages(TEXTS)
    await workbench.client.models.import({ path: modelFixture('bert') })
    expect((await search('shelter', { mode: 'dense' })).notice).toMatch(/No search model is in use/)
    await use('bert')
    const dense = await search(TEXTS[1]!, { mode: 'dense' })
    // Even random weights give the same words the same vector.
    expect(dense.hits[0]).toMatchObject({ text: TEXTS[1], legs: { dense: { rank: 1 } } })
    expect(dense).toMatchObject({ mode: 'dense', model: 'bert', notice: null })
    const hybrid = await search(TEXTS[2]!)
    expect(hybrid).toMatchObject({ mode: 'hybrid', model: 'bert' })
    expect(hybrid.hits[0]).toMatchObject({ text: TEXTS[2], legs: { lexical: { rank: 1 }, dense: { rank: 1 } } })
    expect(hybrid.hits).toHaveLength(4)
    const filtered = await search(TEXTS[1]!, { mode: 'dense', filters: { documentIds: [hybrid.hits[0]!.documentId] } })
    expect(filtered.hits.map(({ text }) => text)).toEqual([TEXTS[2]])
  })

  it('makes new passages searchable and forgets removed ones', async () => {
    addPassages(TEXTS.slice(0, 3))
    await workbench.client.models.import({ path: modelFixture('bert') })
    await use('bert')
    await search('flood', { mode: 'dense' })
    addPassages([TEXTS[3]!])
    const jobId = workbench.library.embedMissing()!
    expect(await workbench.library.queue.result(jobId)).toMatchObject({ embedded: 1, passages: 4 })
    expect((await search(TEXTS[3]!, { mode: 'dense' })).hits[0]!.text).toBe(TEXTS[3])
    expect(workbench.library.embedMissing()).toBeUndefined()
    workbench.library.db.prepare('DELETE FROM document WHERE id = (SELECT max(id) FROM document)').run()
    const { hits } = await search(TEXTS[3]!, { mode: 'dense' })
    expect(hits.map(({ text }) => text)).not.toContain(TEXTS[3])
    expect(hits).toHaveLength(3)
  })

  it('reads the top again with a reranker when asked, and says so where there is none', async () => {
    addPassages(TEXTS)
    await expect(search('water', { mode: 'lexical', rerank: true })).rejects.toMatchObject({ code: 'NO_MODEL' })
    await workbench.client.models.import({ path: modelFixture('cross-encoder-bert') })
    await workbench.client.models.import({ path: modelFixture('bert') })
    await use('bert')
    const { hits } = await search('the water plant', { rerank: true })
    expect(hits.map(({ legs }) => legs.rerank?.rank)).toEqual([1, 2, 3, 4])
    expect(hits.map(({ score }) => score)).toEqual(hits.map(({ score }) => score).toSorted((a, b) => b - a))
    await expect(workbench.client.models.use({ id: 'cross-encoder-bert' })).rejects.toThrow(/is a reranker/)
  })

  it('goes on with keywords when the model disappears, and says what to do', async () => {
    addPassages(TEXTS)
    const source = join(folder, 'linked')
    cpSync(modelFixture('bert'), source, { recursive: true })
    await workbench.client.models.import({ path: source, link: true })
    await use('linked')
    rmSync(source, { recursive: true })
    const response = await search('fairground hall')
    expect(response).toMatchObject({ mode: 'lexical', model: null })
    expect(response.notice).toMatch(/is gone\. Import the model again.*keyword results/)
    expect(response.hits[0]!.text).toBe(TEXTS[0])
    await expect(search('fairground hall', { mode: 'dense' })).rejects.toMatchObject({ code: 'MODEL_INVALID' })
    const [card] = await workbench.client.models.list()
    expect(card).toMatchObject({ id: 'linked', state: 'missing', active: true })
  })
})

it('marks the sentence that answers, with a model that reads fast enough', async () => {
  const sentences = ['The levee is inspected every spring.', 'Boil water before drinking it.', 'Fuel is in the depot.']
  addPassages([sentences.join(' '), 'The clinic opens at noon. Radios are charged at night.'])
  await workbench.client.models.import({ path: modelFixture('static') })
  await use('static')
  for (const mode of ['dense', 'hybrid'] as const) {
    const { hits } = await search('boil water before drinking it', { mode })
    const { text, meaning } = hits.find((hit) => hit.text.startsWith('The levee'))!.snippet
    expect(meaning!.map(([start, end]) => text.slice(start, end))).toEqual([sentences[1]])
  }
  const { hits } = await search('boil water', { mode: 'lexical' })
  expect(hits[0]!.snippet.meaning).toBeUndefined()
})

describe('two models in one library', () => {
  beforeEach(async () => {
    addPassages(many(60))
    await workbench.client.models.import({ path: modelFixture('bert') })
    await workbench.client.models.import({ path: modelFixture('qwen3') })
    await use('bert')
  })

  it('live side by side: search switches at once, and back', async () => {
    const { jobId } = await workbench.client.models.build({ id: 'qwen3' })
    await workbench.library.queue.result(jobId)
    expect((await search('flood')).model).toBe('bert')
    expect((await search('flood', { model: 'qwen3' })).model).toBe('qwen3')
    expect((await workbench.client.models.use({ id: 'qwen3' })).jobId).toBeNull()
    expect((await search('flood')).model).toBe('qwen3')
    const cards = new Map((await workbench.client.models.list()).map((card) => [card.id, card]))
    expect(cards.get('bert')).toMatchObject({ active: false, previous: true, indexed: { passages: 60, recall: 1 } })
    expect(cards.get('qwen3')).toMatchObject({ active: true, indexed: { complete: true, total: 60 } })
    expect(await workbench.client.models.rollBack()).toEqual({ active: 'bert', jobId: null })
    expect((await search('flood')).model).toBe('bert')
    expect(await workbench.client.models.rollBack()).toMatchObject({ active: 'qwen3' })
  })

  it('a removed one takes its index along; one in use is only removed when that is said', async () => {
    await expect(workbench.client.models.remove({ id: 'bert' })).rejects.toThrow(/Search uses "bert"/)
    const path = workbench.library.models.registry.require('bert').path
    await workbench.client.models.remove({ id: 'bert', evenIfInUse: true })
    expect(existsSync(path)).toBe(false)
    expect(VectorStore.list(workbench.library.db)).toEqual([])
    expect((await workbench.client.models.list()).map(({ id }) => id)).toEqual(['qwen3'])
    expect(await search('flood')).toMatchObject({ mode: 'lexical', model: null, notice: null })
    await expect(search('flood', { model: 'bert' })).rejects.toMatchObject({ code: 'NO_MODEL' })
    expect(workbench.library.embedMissing()).toBeUndefined()
  })

  it('an index of another model version is not searched with the wrong vectors', async () => {
    await workbench.client.models.remove({ id: 'qwen3' })
    const { registry } = workbench.library.models
    await registry.remove('bert')
    await registry.import(modelFixture('distilbert'), { id: 'bert' })
    const response = await search('flood')
    expect(response).toMatchObject({
      mode: 'lexical',
      notice: expect.stringMatching(/no search index.*models use bert/),
    })
    await use('bert')
    expect((await search('flood')).mode).toBe('hybrid')
    expect(VectorStore.list(workbench.library.db)).toHaveLength(1)
    await expect(workbench.client.models.rollBack()).rejects.toThrow(/no earlier index/)
  })
})

describe('embedding', () => {
  it('that is killed, paused and resumed in another process gives the vectors of an undisturbed run', async () => {
    const ids = addPassages(many(2_600))
    await workbench.client.models.import({ path: modelFixture('bert'), id: 'calm' })
    await workbench.client.models.import({ path: modelFixture('bert'), id: 'shaken' })
    await use('calm')

    const { jobId } = await workbench.client.models.use({ id: 'shaken' })
    const stored = () =>
      VectorStore.list(workbench.library.db).flatMap((info) =>
        info.modelId === 'shaken' ? VectorStore.open(workbench.library.db, info)!.count : [],
      )[0] ?? 0
    while (workbench.library.models.background.pid === undefined) await sleep(1)
    process.kill(workbench.library.models.background.pid, 'SIGKILL')
    while (stored() === 0) await sleep(1)
    workbench.library.queue.pause(jobId!)
    await workbench.close()
    workbench = open()
    const before = stored()
    expect(before).toBeGreaterThan(0)
    expect(before).toBeLessThan(ids.length)
    expect((await search('flood')).model).toBe('calm')

    workbench.library.queue.resume(jobId!)
    expect(await workbench.library.queue.result(jobId!)).toMatchObject({
      passages: ids.length,
      embedded: ids.length - before,
    })
    expect((await search('flood')).model).toBe('shaken')
    expect(vectorsOf('shaken')).toEqual(vectorsOf('calm'))
  })

  it('starts by itself with the model that comes with the application, once', async () => {
    cpSync(modelFixture('static'), join(folder, 'resources', 'models', 'county-static'), { recursive: true })
    addPassages(TEXTS)
    await workbench.library.queue.result(workbench.library.index({ withoutScan: true }))
    const job = workbench.library.repositories.jobs.recent(5).find(({ kind }) => kind === 'embed')
    await workbench.library.queue.result(job!.id)
    expect((await search('flood')).model).toBe('county-static')
    await workbench.client.models.useNone()
    await workbench.library.queue.result(workbench.library.index({ withoutScan: true }))
    expect((await search('flood')).model).toBeNull()
  })

  it('with a model of other dimensions than its index is refused by name', async () => {
    addPassages(TEXTS)
    const model = await workbench.library.models.registry.import(modelFixture('bert'))
    VectorStore.create(workbench.library.db, workbench.library.models.keyOf(model), 16)
    const { jobId } = await workbench.client.models.use({ id: 'bert' })
    await expect(workbench.library.queue.result(jobId!)).rejects.toThrow(/32 dimensions, but its index .* has 16/)
    expect((await search('flood')).model).toBeNull()
  })
})
