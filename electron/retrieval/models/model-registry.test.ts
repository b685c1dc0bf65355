import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openWeights, readTensor } from '../../ml/checkpoint/safetensors.ts'
import { writeSafetensors } from '../../ml/checkpoint/safetensors-writer.ts'
import { modelFixture } from '../../ml/testing/model-fixtures.ts'
import { NodeLauncher } from '../../platform/node-launcher.ts'
import { sharedData } from '../../../tests/shared-data.ts'
import { ComputeClient } from './compute-client.ts'
import { ModelRegistry } from './model-registry.ts'

let client: ComputeClient
let folder: string
let registry: ModelRegistry
beforeAll(() => {
  client = new ComputeClient({
    ...{ launcher: new NodeLauncher(), logger: pino({ level: 'silent' }), label: 'dmr test', idleMs: 60_000 },
  })
})
afterAll(() => client.close())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-registry-'))
  registry = openRegistry()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const openRegistry = (): ModelRegistry =>
  new ModelRegistry({
    place: join(folder, 'models'),
    builtIn: join(folder, 'built-in'),
    probe: (model) => client.open({ ...model, device: 'cpu' }),
  })

/** A copy of a fixture that a test may damage. */
function copyOf(fixture: string, name = fixture): string {
  const path = join(folder, 'source', name)
  cpSync(modelFixture(fixture), path, { recursive: true })
  return path
}

describe('models an organisation allows', () => {
  it('are told by the hash of their weights; others are listed but not used', async () => {
    const model = await registry.import(copyOf('qwen3'), { id: 'own' })
    const { sha256 } = model.files.find(({ path }) => path.endsWith('.safetensors'))!
    const under = (allowed: string[]) =>
      new ModelRegistry({
        place: join(folder, 'models'),
        builtIn: join(folder, 'built-in'),
        allowed,
        probe: () => Promise.reject(new Error('unused')),
      })
    expect(under([sha256]).require('own').version).toBe(model.version)
    const other = under(['0'.repeat(64)])
    expect(other.list()).toHaveLength(1)
    expect(() => other.require('own')).toThrow(new RegExp(`${sha256}.*organisation allows`, 'u'))
  })
})

describe('importing a model', () => {
  it('copies it, says what it is, and gives the same version for the same content', async () => {
    const source = copyOf('qwen3', 'DMRetriever-test')
    writeFileSync(join(source, 'pytorch_model.bin'), 'the same weights again')
    const model = await registry.import(source)
    expect(model).toMatchObject({
      ...{ id: 'dmretriever-test', kind: 'embedding', architecture: 'qwen3', device: 'cpu', problem: undefined },
      // The family is told by the folder's own name, also after the copy and under another id.
      prompts: { family: 'dmretriever' },
    })
    expect(model.parameters).toBeGreaterThan(1_000)
    expect(model.files.map(({ path }) => path)).not.toContain('pytorch_model.bin')
    rmSync(source, { recursive: true })
    expect(openRegistry().require('dmretriever-test').version).toBe(model.version)
    const other = await registry.import(copyOf('qwen3', 'DMRetriever-test'), { id: 'second' })
    expect(other.version).toBe(model.version)
    expect(other.prompts.family).toBe('dmretriever')
    writeFileSync(join(folder, 'source', 'DMRetriever-test', 'README.md'), 'A card changes no vector.')
    expect((await registry.import(join(folder, 'source', 'DMRetriever-test'), { id: 'third' })).version).toBe(
      model.version,
    )
  })

  it('leaves the same content under the same id as it is, and refuses another model there', async () => {
    const first = await registry.import(modelFixture('bert'), { id: 'mine' })
    expect((await registry.import(modelFixture('bert'), { id: 'mine' })).addedAt).toBe(first.addedAt)
    await expect(registry.import(modelFixture('mpnet'), { id: 'mine' })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/another model "mine".*--id/),
    })
    expect(registry.require('mine').architecture).toBe('bert')
  })

  it('refers to a folder with link, notices when that changes or disappears, and never deletes it', async () => {
    const source = copyOf('bert')
    writeFileSync(join(source, 'README.md'), 'A card')
    const model = await registry.import(source, { link: true })
    expect(model.path).toBe(source)
    // What the model computes does not depend on its card.
    writeFileSync(join(source, 'README.md'), 'A better card')
    expect(registry.require('bert').version).toBe(model.version)
    writeFileSync(join(source, 'config.json'), `${readFileSync(join(source, 'config.json'), 'utf8')}\n`)
    expect(() => registry.require('bert')).toThrow(/config\.json was changed since the import/)
    rmSync(join(source, 'model.safetensors'))
    expect(String(registry.list()[0]!.problem)).toMatch(/is gone|was changed/)
    await registry.remove('bert')
    expect(registry.list()).toEqual([])
    expect(existsSync(source)).toBe(true)
  })

  it('clears away what a killed import left behind, and nothing else', async () => {
    const place = join(folder, 'models')
    // No process has this number: it is above what Linux gives out.
    const abandoned = join(place, '.bert.4999999')
    const running = join(place, `.other.${process.pid}`)
    for (const path of [abandoned, running]) mkdirSync(path, { recursive: true })
    await registry.import(modelFixture('bert'))
    expect(existsSync(abandoned)).toBe(false)
    expect(existsSync(running)).toBe(true)
  })

  it('takes a folder of the Hugging Face cache, whose files are links into its blobs', async () => {
    const cache = join(folder, 'models--intfloat--e5-tiny')
    cpSync(modelFixture('bert'), join(cache, 'blobs'), { recursive: true })
    const snapshot = join(cache, 'snapshots', 'abc')
    mkdirSync(join(snapshot, '1_Pooling'), { recursive: true })
    for (const name of ['config.json', 'model.safetensors', 'tokenizer.json', 'modules.json', '1_Pooling/config.json'])
      symlinkSync(join(cache, 'blobs', name), join(snapshot, name))
    const model = await registry.import(snapshot)
    expect(model).toMatchObject({ id: 'e5-tiny', prompts: { family: 'e5' } })
    rmSync(cache, { recursive: true })
    expect(registry.require('e5-tiny').problem).toBeUndefined()
  })

  it('finds models that come with the application, by their folder, again after they changed', async () => {
    cpSync(modelFixture('bert'), join(folder, 'built-in', 'county-33m'), { recursive: true })
    await registry.registerBuiltIn()
    const first = registry.require('county-33m')
    expect(first).toMatchObject({ origin: 'built-in', dimensions: 32 })
    await expect(registry.remove('county-33m')).rejects.toThrow(/comes with the application/)
    rmSync(join(folder, 'built-in', 'county-33m'), { recursive: true })
    cpSync(modelFixture('distilbert'), join(folder, 'built-in', 'county-33m'), { recursive: true })
    await registry.registerBuiltIn()
    expect(registry.require('county-33m')).toMatchObject({ architecture: 'distilbert' })
    expect(registry.require('county-33m').version).not.toBe(first.version)
  })
})

describe('a folder that is refused', () => {
  it.each<[string, (path: string) => void | Promise<void>, RegExp]>([
    ['without weights', (path) => rmSync(join(path, 'model.safetensors')), /model\.safetensors/],
    ['with cut weights', (path) => truncateSync(join(path, 'model.safetensors'), 40_000), /model\.safetensors/],
    [
      'with damaged weights',
      (path) => writeFileSync(join(path, 'model.safetensors'), 'garbage'.repeat(99)),
      /model\.safetensors/,
    ],
    [
      'of an unknown architecture',
      (path) => writeFileSync(join(path, 'config.json'), '{"model_type": "mamba", "hidden_size": 32}'),
      /mamba/,
    ],
    [
      'with the tokenizer of another model',
      (path) =>
        cpSync(
          join(modelFixture('xlm-roberta'), '..', '..', 'tokenizers', 'byte-bpe', 'tokenizer.json'),
          join(path, 'tokenizer.json'),
        ),
      /tokenizer has \d+ tokens but the model/,
    ],
    ['with NaN weights', fillWithNaN, /NaN/],
    [
      'with a link out of it',
      (path) => {
        rmSync(join(path, 'config.json'))
        symlinkSync(join(modelFixture('bert'), 'config.json'), join(path, 'config.json'))
      },
      /config\.json is a link to .* outside/,
    ],
  ])('%s', async (_name, damage, message) => {
    const path = copyOf('bert')
    await damage(path)
    await expect(registry.import(path)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(message),
    })
    expect(registry.list()).toEqual([])
    expect(existsSync(join(folder, 'models', 'bert'))).toBe(false)
  })

  it('for its id', async () => {
    await expect(registry.import(modelFixture('bert'), { id: '../up' })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    expect(() => registry.require('nothing')).toThrow(/There is no model "nothing"/)
  })

  it('that holds models which embed no text', async () => {
    for (const name of ['magika', 'tiny-random-gpt2-fp32']) {
      const path = sharedData(`models/not-an-embedder/${name}`)
      if (path === undefined) continue
      await expect(registry.import(path)).rejects.toMatchObject({ code: 'MODEL_INVALID' })
    }
  })
})

async function fillWithNaN(path: string): Promise<void> {
  const { tensors } = await openWeights(path)
  const entries = await Promise.all(
    [...tensors.values()].map(async (entry) => {
      const data = await readTensor(entry)
      if (entry.name.includes('word_embeddings')) data.fill(NaN)
      return { name: entry.name, dtype: 'F32', shape: entry.shape, data } as const
    }),
  )
  await writeSafetensors(join(path, 'model.safetensors'), entries)
}
