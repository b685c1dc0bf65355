// Every architecture against an independent PyTorch forward pass, in one padded batch.
import { describe, expect, it } from 'vitest'
import { expectedScores, expectedVectors, maxDifference, modelFixture } from '../testing/model-fixtures.ts'
import { usesSegments } from '../models/embedding-graph.ts'
import { padBatch } from './batches.ts'
import { buildEmbeddingModel, buildRerankModel, type BuildOptions } from './build-model.ts'
import { openBuiltModel, type EmbeddingRunner } from './embedding-runner.ts'
import { openModelFolder } from './model-folder.ts'
import { createSession, float32Output, int64Tensor, type SessionSettings } from './ort-session.ts'
import { rowCosines } from './vectors.ts'

const EMBEDDING = [
  'bert',
  'bert-f16',
  'distilbert',
  'llama',
  'modernbert',
  'mpnet',
  'qwen2',
  'qwen3',
  'qwen3-bidirectional',
  'static',
  'xlm-roberta',
]

async function open(
  name: string,
  options: Partial<BuildOptions> = {},
  settings: Partial<SessionSettings> = {},
): Promise<EmbeddingRunner> {
  const folder = await openModelFolder(modelFixture(name))
  if (folder.source.kind === 'onnx') throw new Error('fixture has no weights')
  const model = buildEmbeddingModel(folder, folder.source, { precision: 'fp32', narrowTables: true, ...options })
  return openBuiltModel(model, { device: 'cpu', threads: 1, ...settings }, 0)
}

describe.each(EMBEDDING)('%s', (name) => {
  const { ids, vectors } = expectedVectors(name)
  const flat = vectors.flat()
  const longest = Math.max(...ids.map((row) => row.length))

  it('gives the reference vectors in one padded batch', async () => {
    await using runner = disposable(await open(name))
    const result = await runner.run(ids, longest)
    expect(result.width).toBe(vectors[0]!.length)
    expect(Math.min(...rowCosines(result.vectors, Float32Array.from(flat), result.width))).toBeGreaterThan(0.99999)
    expect(maxDifference(result.vectors, flat)).toBeLessThan(2e-5)
  })

  it('does not depend on padding, neighbours, or how tables are converted', async () => {
    await using runner = disposable(await open(name, { narrowTables: false }))
    const batch = (await runner.run(ids, longest + 5)).vectors
    expect(maxDifference(batch, flat)).toBeLessThan(2e-5)
    const reversed = (await runner.run([...ids].reverse(), longest)).vectors
    const width = vectors[0]!.length
    for (const [i, row] of ids.entries()) {
      const alone = (await runner.run([row], row.length)).vectors
      expect(maxDifference(alone, batch.subarray(i * width, (i + 1) * width))).toBeLessThan(1e-5)
      const at = ids.length - 1 - i
      expect(maxDifference(alone, reversed.subarray(at * width, (at + 1) * width))).toBeLessThan(1e-5)
    }
  })
})

it.each(['bert-f16', 'qwen3'])(
  '%s gives the same vectors when its half-precision weights stay mapped',
  async (name) => {
    const { ids, vectors } = expectedVectors(name)
    await using runner = disposable(await open(name, {}, { keepWeightsMapped: true }))
    expect(maxDifference((await runner.run(ids, 12)).vectors, vectors.flat())).toBeLessThan(2e-5)
  },
)

describe('the attention mask of decoders', () => {
  it('is a choice: causal and bidirectional differ, and each equals its reference', async () => {
    const { ids, vectors } = expectedVectors('qwen3-bidirectional')
    await using causal = disposable(await open('qwen3-bidirectional', { attention: 'causal' }))
    await using both = disposable(await open('qwen3-bidirectional', { attention: 'bidirectional' }))
    expect(maxDifference((await both.run(ids, 12)).vectors, vectors.flat())).toBeLessThan(2e-5)
    expect(maxDifference((await causal.run(ids, 12)).vectors, vectors.flat())).toBeGreaterThan(0.05)
  })

  it('hides later tokens exactly when causal', async () => {
    const [first, second] = [
      [7, 8, 9, 10, 11],
      [7, 8, 9, 99, 98],
    ]
    const firstToken = { pooling: 'cls', attention: 'causal' } as const
    await using causal = disposable(await open('qwen3', firstToken))
    const a = (await causal.run([first, second], 5)).vectors
    expect(maxDifference(a.subarray(0, 32), a.subarray(32))).toBe(0)
    await using both = disposable(await open('qwen3', { ...firstToken, attention: 'bidirectional' }))
    const b = (await both.run([first, second], 5)).vectors
    expect(maxDifference(b.subarray(0, 32), b.subarray(32))).toBeGreaterThan(0.01)
  })
})

describe.each(['cross-encoder-bert', 'cross-encoder-xlm-roberta'])('%s', (name) => {
  it('gives the reference scores', async () => {
    const { ids, types, scores } = expectedScores(name)
    const folder = await openModelFolder(modelFixture(name))
    const model = buildRerankModel(folder, { precision: 'fp32', narrowTables: true })
    const session = await createSession(model.bytes, {
      device: 'cpu',
      threads: 1,
      externalFolder: model.externalFolder,
    })
    const dims = [ids.length, 14]
    const padded = padBatch(ids, 14, 0)
    const results = await session.run({
      input_ids: int64Tensor(padded.ids, dims),
      attention_mask: int64Tensor(padded.mask, dims),
      ...(usesSegments(model.config) ? { token_type_ids: int64Tensor(padBatch(types, 14, 0).ids, dims) } : {}),
    })
    expect(maxDifference(float32Output(results, 'score').data, scores)).toBeLessThan(2e-5)
    await session.release()
  })
})

function disposable(runner: EmbeddingRunner): EmbeddingRunner & AsyncDisposable {
  return { ...runner, [Symbol.asyncDispose]: () => runner.release() }
}
