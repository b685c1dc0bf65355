// Whole training steps against PyTorch, and every way of computing them against each other.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { openSafetensors, readTensor, type WeightSet } from '../../ml/checkpoint/safetensors.ts'
import { decoderLora } from '../../ml/lora/index.ts'
import type { RetrievalObjective } from '../../ml/losses/index.ts'
import { AdamW, adamWDefaults } from '../../ml/optim/index.ts'
import { openModelFolder } from '../../ml/session/model-folder.ts'
import { modelFixture } from '../../ml/testing/model-fixtures.ts'
import { type ContrastiveBatch, firstPositives } from './contrastive-batch.ts'
import { ContrastiveStep } from './contrastive-step.ts'
import type { EncoderPlan } from './encoder-plan.ts'
import { LayerWisePlan } from './layer-wise-plan.ts'
import { MonolithicPlan } from './monolithic-plan.ts'
import { TrainableModel } from './trainable-model.ts'

interface Fixture {
  readonly queries: number[][]
  readonly passages: number[][]
  readonly loss: number
  readonly group: number
  readonly temperature: number
  readonly steps: number
  readonly learningRate: number
  readonly weightDecay: number
  readonly maxNorm: number
  readonly rank: number
  readonly alpha: number
}

type Way = 'fused' | 'gradcache' | 'layer-wise'

const open: { release(): Promise<void> }[] = []
afterEach(async () => {
  for (const opened of open.splice(0)) await opened.release()
})

const fixturePath = (file: string) => fileURLToPath(new URL(`../testing/fixtures/${file}`, import.meta.url))

async function prepare(name: string, way: Way, microbatchTokens = 40) {
  const fixture = JSON.parse(readFileSync(fixturePath(`${name}.json`), 'utf8')) as Fixture
  const expected = await openSafetensors(fixturePath(`${name}.safetensors`))
  const lora = { ...decoderLora, rank: fixture.rank, alpha: fixture.alpha, dropout: 0 }
  const model = await TrainableModel.open(await openModelFolder(modelFixture(name)), {
    tuning: name === 'bert' ? 'full' : lora,
    maxTokens: 64,
    seed: 1,
  })
  for (const { name: tensor } of model.layout.slots) {
    const start = expected.tensors.get(`start:${tensor}`)
    if (start) model.layout.view(model.parameters, tensor).set(await readTensor(start))
  }
  const { weightDecay, group, temperature, queries, passages } = fixture
  const optimizer = new AdamW(model.layout, model.parameters, { ...adamWDefaults, weightDecay })
  const { gradients } = optimizer
  const plan: EncoderPlan =
    way === 'layer-wise' ? new LayerWisePlan(model, gradients) : new MonolithicPlan(model, gradients)
  const objective: RetrievalObjective = { temperature, group, negatives: 'in-batch' }
  const tokens = way === 'fused' ? 1e6 : microbatchTokens
  const step = new ContrastiveStep({ model, plan, objective, padId: 0, microbatchTokens: tokens })
  open.push(plan, step)
  const batch: ContrastiveBatch = {
    queries,
    passages,
    positives: firstPositives(queries.length, objective),
    noiseSeed: 1,
  }
  return { fixture, expected, model, optimizer, step, batch }
}

/** Relative L2 distance of every tensor to the fixture's. Softmax ignores a shift of all keys: the gradient of their bias is 0. */
async function distances(expected: WeightSet, prefix: string, model: TrainableModel, buffer: Float32Array) {
  const found: [string, number][] = []
  for (const { name } of model.layout.slots) {
    if (name.endsWith('key.bias')) continue
    const wanted = await readTensor(expected.tensors.get(`${prefix}:${name}`)!)
    found.push([name, relativeDistance(model.layout.view(buffer, name), wanted)])
  }
  return found
}

function relativeDistance(a: Float32Array, b: Float32Array): number {
  let [difference, size] = [0, 0]
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2
    size += b[i]! ** 2
  }
  return Math.sqrt(difference / size)
}

describe.each(['bert', 'qwen3-bidirectional'])('%s', (name) => {
  it.each<Way>(['fused', 'gradcache', 'layer-wise'])(
    "%s: the loss and every gradient are PyTorch's within 1e-4",
    async (way) => {
      const { fixture, expected, model, optimizer, step, batch } = await prepare(name, way)
      const { loss, candidates } = await step.run(batch)
      expect(loss).toBeCloseTo(fixture.loss, 4)
      expect(candidates).toBe(fixture.passages.length)
      const all = await distances(expected, 'gradient', model, optimizer.gradients)
      expect(all.length).toBeGreaterThan(20)
      for (const [tensor, distance] of all) expect(distance, tensor).toBeLessThan(1e-4)
    },
  )

  it('ten AdamW steps give the weights PyTorch gives', async () => {
    const { fixture, expected, model, optimizer, step, batch } = await prepare(name, 'fused')
    for (let i = 0; i < fixture.steps; i++) {
      await step.run(batch)
      optimizer.step({ learningRate: fixture.learningRate, maxNorm: fixture.maxNorm })
    }
    const all = await distances(expected, 'after', model, model.parameters)
    for (const [tensor, distance] of all) expect(distance, tensor).toBeLessThan(1e-4)
  })

  it.each<Way>(['gradcache', 'layer-wise'])('%s gives the gradients of the full batch', async (way) => {
    const full = await prepare(name, 'fused')
    const cut = await prepare(name, way, 20)
    const a = await full.step.run(full.batch)
    const b = await cut.step.run(cut.batch)
    expect(b.loss).toBeCloseTo(a.loss, 5)
    expect(b.hardestNegativeSimilarity).toBeCloseTo(a.hardestNegativeSimilarity, 5)
    expect(relativeDistance(cut.optimizer.gradients, full.optimizer.gradients)).toBeLessThan(1e-5)
  })
})
