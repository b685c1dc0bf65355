// Training on a GPU against training on the CPU, through SwiftShader where there is no graphics card.
import { afterEach, describe, expect, it } from 'vitest'
import { decoderLora } from '../../ml/lora/index.ts'
import type { RetrievalObjective } from '../../ml/losses/index.ts'
import { adamWDefaults, type Moments, MOMENTS, plainKernel } from '../../ml/optim/index.ts'
import { openModelFolder } from '../../ml/session/model-folder.ts'
import { installedDevices } from '../../ml/session/ort-session.ts'
import { modelFixture } from '../../ml/testing/model-fixtures.ts'
import { useSwiftShader } from '../../ml/testing/swiftshader.ts'
import { seededRandom } from '../../platform/seeded-random.ts'
import { type ContrastiveBatch, firstPositives } from './contrastive-batch.ts'
import { ContrastiveStep } from './contrastive-step.ts'
import { languageModelHead, MaskedStep } from './masked-step.ts'
import { TrainableModel, type Tuning } from './trainable-model.ts'
import { CpuEngine, DeviceEngine, type EngineSettings, type TrainingEngine } from './training-engine.ts'

const available = installedDevices().includes('webgpu') && useSwiftShader()
const objective: RetrievalObjective = { temperature: 0.1, group: 2, negatives: 'in-batch' }
const [STEPS, QUERIES] = [10, 3]
const update = { learningRate: 1e-3, maxNorm: 0.5 }
const lora: Tuning = { ...decoderLora, rank: 2 }
/** A batch as one graph; or none of it, in several microbatches. */
const [WHOLE, CUT] = [1e6, 32]
/** Several groups of parameters, and some that are one by themselves. */
const GROUP_ELEMENTS = 3_000

const open: { release(): Promise<void> }[] = []
afterEach(async () => {
  for (const opened of open.splice(0).reverse()) await opened.release()
})

function batchOf(number: number): ContrastiveBatch {
  const random = seededRandom(number)
  const texts = (count: number) =>
    Array.from({ length: count }, (_, row) =>
      Array.from({ length: 16 - 5 * (row % 3) }, () => Math.floor(20 * random())),
    )
  const positives = firstPositives(QUERIES, objective)
  return { queries: texts(QUERIES), passages: texts(2 * QUERIES), positives, noiseSeed: number }
}

async function trainer(device: 'cpu' | 'webgpu', name: string, tuning: Tuning, microbatchTokens: number) {
  const folder = await openModelFolder(modelFixture(name))
  const isDecoder = folder.source.kind === 'transformer' && folder.source.config.family === 'decoder'
  const alsoTrains = isDecoder && tuning === 'full' ? { alsoTrains: languageModelHead(folder) } : {}
  const model = await TrainableModel.open(folder, { tuning, maxTokens: 16, seed: 1, ...alsoTrains })
  const parts = { adamW: adamWDefaults, threads: 1, kernels: plainKernel, momentsFile: '' }
  const settings: EngineSettings = { plan: 'monolithic', ...parts }
  const engine: TrainingEngine =
    device === 'cpu' ? new CpuEngine(model, settings) : new DeviceEngine(model, device, settings, GROUP_ELEMENTS)
  const step = new ContrastiveStep({ model, plan: engine.plan, objective, padId: 0, microbatchTokens })
  open.push(engine, step)
  return { model, engine, step }
}

describe.skipIf(!available)('an engine on WebGPU', () => {
  it.each<[string, string, Tuning, number]>([
    ['bert, a batch by GradCache', 'bert', 'full', CUT],
    ['adapters of qwen3 with dropout, a batch in one graph', 'qwen3', lora, WHOLE],
  ])(
    '%s: ten steps with the losses and gradients of the CPU',
    async (_, name, tuning, microbatchTokens) => {
      const cpu = await trainer('cpu', name, tuning, microbatchTokens)
      const gpu = await trainer('webgpu', name, tuning, microbatchTokens)
      for (let number = 1; number <= STEPS; number++) {
        const [wanted, found] = [await cpu.step.run(batchOf(number)), await gpu.step.run(batchOf(number))]
        expect(Math.abs(found.loss - wanted.loss) / wanted.loss).toBeLessThan(1e-3)
        expect(distance(await gpu.engine.gradients(), await cpu.engine.gradients())).toBeLessThan(1e-3)
        const [wantedNorm, norm] = [await cpu.engine.update(update), await gpu.engine.update(update)]
        expect(Math.abs(norm - wantedNorm) / wantedNorm).toBeLessThan(1e-3)
      }
      const [wanted, found] = [await cpu.engine.state(), await gpu.engine.state()]
      expect(distance(found.parameters, wanted.parameters)).toBeLessThan(1e-3)
      for (const moment of MOMENTS)
        expect(distance(all(found.moments, moment), all(wanted.moments, moment))).toBeLessThan(1e-3)
    },
    240_000,
  )

  it('masked next-token prediction has the loss and gradients of the CPU', async () => {
    const masking = { rate: 0.4, maskToken: 1, special: new Set([0]) }
    const found = []
    for (const device of ['cpu', 'webgpu'] as const) {
      const { engine } = await trainer(device, 'qwen3', 'full', WHOLE)
      const step = new MaskedStep({ memory: engine.memory, padId: 0, microbatchTokens: CUT, masking })
      open.push(step)
      const { loss } = await step.run(batchOf(1).passages, 1)
      found.push({ loss, gradients: await engine.gradients() })
    }
    const [cpu, gpu] = found
    expect(gpu!.loss).toBeCloseTo(cpu!.loss, 4)
    expect(distance(gpu!.gradients, cpu!.gradients)).toBeLessThan(1e-3)
  }, 240_000)
})

function all(moments: Moments, moment: 'm' | 'v'): Float32Array {
  return moments.read(moment, 0, moments.length)
}

/** Relative L2 distance. */
function distance(found: Float32Array, wanted: Float32Array): number {
  const square = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0)
  return Math.sqrt(square(found.map((value, i) => value - wanted[i]!)) / square(wanted))
}
