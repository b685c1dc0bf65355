import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { promptFor } from '../../contracts/prompts.ts'
import { openWeights, readTensorBytes } from '../checkpoint/safetensors.ts'
import { writeSafetensors } from '../checkpoint/safetensors-writer.ts'
import { expectedVectors, maxDifference, modelFixture } from '../testing/model-fixtures.ts'
import { MODEL_ERROR } from '../models/model-error.ts'
import { buildEmbeddingModel } from './build-model.ts'
import { openQuantized } from './check-int8.ts'
import type { EmbeddingRunner } from './embedding-runner.ts'
import { Encoder } from './encoder.ts'
import { inspectModel } from './model-info.ts'
import { openModelFolder } from './model-folder.ts'
import { RerankEncoder } from './rerank-encoder.ts'

const CPU = { device: 'cpu', threads: 1 } as const
const TEXTS = [
  'move to higher ground',
  '',
  'when should residents evacuate before the storm? do not drive through water on main street.',
  'fire',
  'the shelter is at the high school',
]

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'encoder-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A writable copy of a fixture under a name of its own. */
async function copyOf(fixture: string, name: string): Promise<string> {
  const path = join(folder, name)
  await cp(modelFixture(fixture), path, { recursive: true })
  return path
}

async function editJson(path: string, change: Record<string, unknown>): Promise<void> {
  const json = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
  await writeFile(path, JSON.stringify({ ...json, ...change }))
}

describe('encoding', () => {
  it('gives unit vectors in the order of the texts, equal to each text on its own', async () => {
    await using encoder = await Encoder.open(modelFixture('bert'), CPU)
    const all = await encoder.encode(TEXTS, { kind: 'passage' })
    expect(all).toHaveLength(TEXTS.length * 32)
    for (const [i, text] of TEXTS.entries()) {
      const row = all.subarray(i * 32, (i + 1) * 32)
      expect(Math.hypot(...row)).toBeCloseTo(1, 6)
      expect(maxDifference(await encoder.encode([text], { kind: 'passage' }), row)).toBeLessThan(1e-5)
    }
  })

  it('puts the prompt of the folder before queries and passages', async () => {
    await using encoder = await Encoder.open(modelFixture('xlm-roberta'), CPU)
    const query = await encoder.encode(['flood'], { kind: 'query', intent: 'QA' })
    const passage = await encoder.encode(['flood'], { kind: 'passage' })
    const bare = await copyOf('xlm-roberta', 'no-prompts')
    await rm(join(bare, 'config_sentence_transformers.json'))
    await using plain = await Encoder.open(bare, CPU)
    expect(maxDifference(query, await plain.encode(['query: flood'], { kind: 'passage' }))).toBeLessThan(1e-6)
    expect(maxDifference(passage, await plain.encode(['passage: flood'], { kind: 'query' }))).toBeLessThan(1e-6)
    expect(maxDifference(query, passage)).toBeGreaterThan(0.01)
  })

  it('gives each intent of a DMRetriever folder its instruction', async () => {
    const path = await copyOf('bert', 'DMRetriever-33M')
    await using encoder = await Encoder.open(path, { ...CPU, maxTokens: 40 })
    await using plain = await Encoder.open(modelFixture('bert'), { ...CPU, maxTokens: 40 })
    for (const intent of ['QA', 'STS'] as const) {
      const text = promptFor({ family: 'dmretriever', own: {} }, 'query', intent) + 'flood'
      const expected = await plain.encode([text], { kind: 'passage' })
      expect(maxDifference(await encoder.encode(['flood'], { kind: 'query', intent }), expected)).toBeLessThan(1e-6)
    }
  })

  it('cuts long texts at the limit of the folder and keeps the closing token', async () => {
    await using encoder = await Encoder.open(modelFixture('bert'), CPU)
    expect(encoder.info.maxTokens).toBe(24) // sentence_bert_config.json says so, config.json would allow 40
    const long = 'storm '.repeat(200)
    const cut = await encoder.encode([long, 'storm '.repeat(22)], { kind: 'passage' })
    expect(maxDifference(cut.subarray(0, 32), cut.subarray(32))).toBeLessThan(1e-6)
  })

  it('keeps the leading dimensions of Matryoshka models and scales them to length 1 again', async () => {
    await using whole = await Encoder.open(modelFixture('bert'), { ...CPU, normalize: false })
    await using short = await Encoder.open(modelFixture('bert'), { ...CPU, dimensions: 8 })
    const full = await whole.encode(['fire'], { kind: 'passage' })
    const length = Math.hypot(...full.subarray(0, 8))
    const expected = full.subarray(0, 8).map((x) => x / length)
    expect(maxDifference(await short.encode(['fire'], { kind: 'passage' }), expected)).toBeLessThan(1e-6)
    await expect(Encoder.open(modelFixture('bert'), { ...CPU, dimensions: 33 })).rejects.toThrow(
      /33 dimensions.*1 to 32/,
    )
  })

  it('gives the same vectors when texts are tokenized ahead in a thread', async () => {
    const tokenizerThread = new URL('../../workers/compute.ts', import.meta.url)
    await using threaded = await Encoder.open(modelFixture('bert'), { ...CPU, tokenizerThread })
    await using plain = await Encoder.open(modelFixture('bert'), CPU)
    const texts = Array.from({ length: 100 }, (_, i) => `passage ${i} on shelters and water`)
    const expected = await plain.encode(texts, { kind: 'passage' })
    expect(await threaded.encode(texts, { kind: 'passage' })).toEqual(expected)
    const ahead = threaded.tokenizeAhead(texts, { kind: 'passage' })
    expect(ahead).toBeDefined()
    expect(await threaded.encode(texts, { kind: 'passage', ahead })).toEqual(expected)
  })

  it('reports progress, and stops between batches when cancelled', async () => {
    await using encoder = await Encoder.open(modelFixture('bert'), CPU)
    const many = Array.from({ length: 900 }, (_, i) => TEXTS[i % TEXTS.length]!)
    const seen: number[] = []
    const abort = new AbortController()
    const run = encoder.encode(many, {
      kind: 'passage',
      signal: abort.signal,
      onProgress: (done, total) => {
        expect(total).toBe(900)
        seen.push(done)
        if (seen.length === 2) abort.abort()
      },
    })
    await expect(run).rejects.toThrow(/abort/i)
    expect(seen).toHaveLength(2)
    expect(seen[1]).toBeLessThan(900)
  })

  it('makes smaller batches for a smaller memory budget, with the same vectors', async () => {
    const batches = async (memoryBudget: number) => {
      await using encoder = await Encoder.open(modelFixture('bert'), { ...CPU, memoryBudget })
      let count = 0
      const vectors = await encoder.encode([...TEXTS, ...TEXTS], { kind: 'passage', onProgress: () => count++ })
      return { count, vectors }
    }
    const [wide, narrow] = [await batches(2 ** 30), await batches(0)]
    expect(wide.count).toBe(1)
    expect(narrow.count).toBeGreaterThan(3)
    expect(maxDifference(wide.vectors, narrow.vectors)).toBeLessThan(1e-5)
  })

  it('averages the tokens of a static model without special tokens', async () => {
    await using encoder = await Encoder.open(modelFixture('static'), { ...CPU, normalize: false })
    const [both, storm, fire] = [
      await encoder.encode(['storm fire'], { kind: 'passage' }),
      await encoder.encode(['storm'], { kind: 'passage' }),
      await encoder.encode(['fire'], { kind: 'passage' }),
    ]
    expect(encoder.dimensions).toBe(16)
    expect(
      maxDifference(
        both,
        storm.map((x, i) => (x + fire[i]!) / 2),
      ),
    ).toBeLessThan(1e-6)
  })
})

describe('int8', () => {
  it('stays close to fp32 and says how close', async () => {
    await using full = await Encoder.open(modelFixture('bert'), CPU)
    await using quantized = await Encoder.open(modelFixture('bert'), { ...CPU, precision: 'int8' })
    expect(quantized.info.precision).toBe('int8')
    expect(quantized.info.int8!.minCosine).toBeGreaterThan(0.99)
    expect(quantized.info.int8!.minCosine).toBeLessThan(1)
    const [a, b] = [await full.encode(TEXTS, { kind: 'passage' }), await quantized.encode(TEXTS, { kind: 'passage' })]
    for (let i = 0; i < TEXTS.length; i++) {
      const dot = a.subarray(i * 32, (i + 1) * 32).reduce((sum, x, j) => sum + x * b[i * 32 + j]!, 0)
      expect(dot).toBeGreaterThan(0.99)
    }
  })

  it('uses fp32 and says why where there is nothing to quantize', async () => {
    await using encoder = await Encoder.open(modelFixture('static'), { ...CPU, precision: 'int8' })
    expect(encoder.info.precision).toBe('fp32')
    expect(encoder.info.int8?.refused).toMatch(/transformer/)
  })

  it('uses fp32 and says why where int8 gives another model', async () => {
    const { ids, vectors } = expectedVectors('bert')
    const released: string[] = []
    const runner = (name: string, change: (x: number) => number): EmbeddingRunner => ({
      run: () => Promise.resolve({ vectors: Float32Array.from(vectors.flat(), change), width: 32 }),
      release: () => Promise.resolve(void released.push(name)),
    })
    const open = (precision: 'fp32' | 'int8') =>
      Promise.resolve(runner(precision, (x) => (precision === 'int8' && x > 0.2 ? 0 : x)))
    const { report } = await openQuantized(open, ids)
    expect(report.refused).toMatch(/differ too much from fp32 \(mean cosine 0\./)
    expect(released).toEqual(['int8'])
  })
})

describe('folders', () => {
  it('describes a model without loading it', async () => {
    expect(await inspectModel(modelFixture('qwen3-bidirectional'))).toMatchObject({
      name: 'qwen3-bidirectional',
      kind: 'embedding',
      architecture: 'qwen3',
      dimensions: 32,
      pooling: 'mean',
      poolingStated: true,
      attention: 'bidirectional',
      maxTokens: 128,
    })
    expect(await inspectModel(modelFixture('distilbert'))).toMatchObject({ dimensions: 12, architecture: 'distilbert' })
    const bert = await openWeights(modelFixture('bert'))
    expect((await inspectModel(modelFixture('bert'))).parameters).toBe(bert.bytes / 4)
  })

  it('loads a Hugging Face cache snapshot, all links, and a sharded model', async () => {
    const cache = join(folder, 'models--acme--tiny')
    await mkdir(join(cache, 'blobs'), { recursive: true })
    await mkdir(join(cache, 'snapshots', 'abc'), { recursive: true })
    const files = ['config.json', 'tokenizer.json', 'model.safetensors']
    for (const [i, file] of files.entries()) {
      await cp(join(modelFixture('bert'), file), join(cache, 'blobs', `${i}`))
      await symlink(`../../blobs/${i}`, join(cache, 'snapshots', 'abc', file))
    }
    await using linked = await Encoder.open(join(cache, 'snapshots', 'abc'), CPU)
    await using direct = await Encoder.open(modelFixture('bert'), CPU)
    expect(linked.info.name).toBe('tiny')
    expect(linked.info.poolingStated).toBe(false)
    expect(await linked.encode(['fire'], { kind: 'passage' })).toEqual(
      await direct.encode(['fire'], { kind: 'passage' }),
    )
    await using sharded = await Encoder.open(modelFixture('mpnet'), CPU)
    expect(Math.hypot(...(await sharded.encode(['fire'], { kind: 'passage' })))).toBeCloseTo(1, 6)
  })

  it('uses a ready-made graph where there is no architecture to build, pooling its tokens itself', async () => {
    const path = await copyOf('bert', 'ready-made')
    await rm(join(path, 'model.safetensors'))
    await mkdir(join(path, 'onnx'))
    const source = await openModelFolder(modelFixture('bert'))
    if (source.source.kind !== 'transformer') throw new Error('fixture is no transformer')
    const model = buildEmbeddingModel(source, source.source, { precision: 'fp32', narrowTables: false })
    await writeFile(join(path, 'onnx', 'model.onnx'), model.bytes)
    await cp(join(modelFixture('bert'), 'model.safetensors'), join(path, 'onnx', 'model.safetensors'))
    await using ready = await Encoder.open(path, CPU)
    await using built = await Encoder.open(modelFixture('bert'), CPU)
    expect(ready.info.dimensions).toBe(32)
    expect(
      maxDifference(await ready.encode(TEXTS, { kind: 'passage' }), await built.encode(TEXTS, { kind: 'passage' })),
    ).toBeLessThan(1e-6)
  })

  it('reports a device that cannot be used and goes on with the CPU', async () => {
    await using encoder = await Encoder.open(modelFixture('bert'), { device: 'coreml', threads: 1 })
    expect(encoder.info.device).toBe('cpu')
    expect(encoder.info.devices[0]).toMatchObject({ device: 'coreml', reason: /not part of this installation/ })
  })
})

describe('a folder that cannot be used', () => {
  const opening = async (path: string) =>
    Encoder.open(path, CPU).then(
      () => undefined,
      (error: unknown) => error,
    )

  it.each([
    ['is missing', async () => join(folder, 'nowhere'), MODEL_ERROR.notFound, /no such folder.*Choose/],
    [
      'has an unknown architecture',
      async () => {
        const path = await copyOf('bert', 'unknown')
        await editJson(join(path, 'config.json'), { model_type: 't5' })
        return path
      },
      MODEL_ERROR.unsupported,
      /"t5" is not supported.*bert.*qwen3/,
    ],
    [
      'has a config of another model',
      async () => {
        const path = await copyOf('bert', 'wrong-config')
        await editJson(join(path, 'config.json'), { intermediate_size: 64 })
        return path
      },
      MODEL_ERROR.invalid,
      /intermediate\.dense\.weight" has shape \[48, 32\] where config\.json implies \[64, 32\]/,
    ],
    [
      'has a config that contradicts itself',
      async () => {
        const path = await copyOf('bert', 'bad-config')
        await editJson(join(path, 'config.json'), { num_attention_heads: 5 })
        return path
      },
      MODEL_ERROR.invalid,
      /hidden_size \(32\) must be a multiple of num_attention_heads \(5\)/,
    ],
    [
      'lacks a layer',
      async () => {
        const path = await copyOf('bert', 'missing-layer')
        await editJson(join(path, 'config.json'), { num_hidden_layers: 3 })
        return path
      },
      MODEL_ERROR.invalid,
      /"encoder\.layer\.2\.attention.*is missing/,
    ],
    [
      'has the tokenizer of another model',
      async () => {
        const path = await copyOf('bert', 'wrong-tokenizer')
        await cp(join(modelFixture('qwen3'), 'tokenizer.json'), join(path, 'tokenizer.json'))
        return path
      },
      MODEL_ERROR.invalid,
      /the tokenizer has \d+ tokens but the model \d+/,
    ],
    [
      'has NaN weights',
      async () => {
        const path = await copyOf('bert', 'nan')
        await poison(path)
        return path
      },
      MODEL_ERROR.nan,
      /NaN.*earlier checkpoint/,
    ],
    [
      'is a cross-encoder',
      async () => modelFixture('cross-encoder-bert'),
      MODEL_ERROR.unsupported,
      /scores pairs.*reranking/,
    ],
    [
      'has truncated weights',
      async () => {
        const path = await copyOf('bert', 'truncated')
        const file = join(path, 'model.safetensors')
        await writeFile(file, (await readFile(file)).subarray(0, 50_000))
        return path
      },
      MODEL_ERROR.invalid,
      /the file has only 50000 bytes/,
    ],
    [
      'has a truncated shard',
      async () => {
        const path = await copyOf('mpnet', 'truncated-shard')
        const file = join(path, 'model-00002-of-00002.safetensors')
        await writeFile(file, (await readFile(file)).subarray(0, 5000))
        return path
      },
      MODEL_ERROR.invalid,
      /model-00002-of-00002\.safetensors.*the file has only 5000 bytes/,
    ],
    [
      'lacks a shard',
      async () => {
        const path = await copyOf('mpnet', 'missing-shard')
        await rm(join(path, 'model-00002-of-00002.safetensors'))
        return path
      },
      MODEL_ERROR.notFound,
      /model-00002-of-00002\.safetensors/,
    ],
    [
      'uses a module that is not implemented',
      async () => {
        const path = await copyOf('bert', 'odd-module')
        await writeFile(
          join(path, 'modules.json'),
          JSON.stringify([{ path: '', type: 'sentence_transformers.models.CNN' }]),
        )
        return path
      },
      MODEL_ERROR.unsupported,
      /CNN.*not supported/,
    ],
  ])('%s: says what and what to do', async (_, make, code, message) => {
    const error = await opening(await make())
    expect(error).toMatchObject({ code })
    expect((error as Error).message).toMatch(message)
  })

  async function poison(path: string): Promise<void> {
    const weights = await openWeights(path)
    const file = join(path, 'model.safetensors')
    const tensors = await Promise.all(
      [...weights.tensors.values()].map(async (entry) => {
        const data = await readTensorBytes(entry)
        if (entry.name === 'encoder.layer.1.output.dense.bias') data.fill(0xff)
        return { ...entry, data }
      }),
    )
    await writeSafetensors(`${file}.new`, tensors)
    await rename(`${file}.new`, file)
  }
})

describe('reranking', () => {
  it('scores pairs in order, independent of neighbours, and is not symmetric', async () => {
    await using encoder = await RerankEncoder.open(modelFixture('cross-encoder-bert'), { threads: 1 })
    const passages = ['the high school', 'move to higher ground when water is high', 'fire']
    const scores = await encoder.score('where is the shelter', passages)
    for (const [i, passage] of passages.entries()) {
      const [alone] = await encoder.score('where is the shelter', [passage])
      expect(alone).toBeCloseTo(scores[i]!, 4)
    }
    const [turned] = await encoder.score('fire', ['where is the shelter'])
    expect(Math.abs(turned! - scores[2]!)).toBeGreaterThan(1e-3)
  })

  it('refuses an embedding model', async () => {
    await expect(RerankEncoder.open(modelFixture('bert'))).rejects.toThrow(
      /not a cross-encoder.*ForSequenceClassification/,
    )
  })
})
