// Training on a GPU against training on the CPU, through SwiftShader where there is no graphics card.
import { afterEach, describe, expect, it } from 'vitest'
import { decoderLora } from '../../ml/lora/index.ts'
import { AdamW, adamWDefaults, type Moment } from '../../ml/optim/index.ts'
import { openModelFolder } from '../../ml/session/model-folder.ts'
import { installedDevices } from '../../ml/session/ort-session.ts'
import { modelFixture } from '../../ml/testing/model-fixtures.ts'
import { useSwiftShader } from '../../ml/testing/swiftshader.ts'
import { seededRandom } from '../../platform/seeded-random.ts'
import { type ContrastiveBatch, firstPositives } from './contrastive-batch.ts'
import { ContrastiveStep } from './contrastive-step.ts'
import { DeviceContrastiveStep } from './device-step.ts'
import { MonolithicPlan } from './monolithic-plan.ts'
import { TrainableModel, type Tuning } from './trainable-model.ts'

// SwiftShader ends the process with SIGSEGV now and then when this many sessions are released, after the tests have passed.
const wanted = process.env['DMR_WEBGPU_TRAINING'] === '1'
if (!wanted) console.warn('skipped: training on WebGPU through SwiftShader; set DMR_WEBGPU_TRAINING=1')
const available = wanted && installedDevices().includes('webgpu') && useSwiftShader()
const objective = { temperature: 0.1, group: 2, negatives: 'in-batch' } as const
const [STEPS, QUERIES] = [3, 3]
const update = { learningRate: 1e-2, maxNorm: 0.5 }

const open: { release(): Promise<void> }[] = []
afterEach(async () => {
  for (const opened of open.splice(0)) await opened.release()
})

function batchOf(number: number): ContrastiveBatch {
  const random = seededRandom(number)
  const texts = (count: number) =>
    Array.from({ length: count }, () => Array.from({ length: 6 }, () => Math.floor(20 * random())))
  const positives = firstPositives(QUERIES, objective)
  return { queries: texts(QUERIES), passages: texts(2 * QUERIES), positives, noiseSeed: number }
}

async function openFixture(name: string, tuning: Tuning): Promise<TrainableModel> {
  return TrainableModel.open(await openModelFolder(modelFixture(name)), { tuning, maxTokens: 16, seed: 1 })
}

describe.skipIf(!available)('a step on WebGPU', () => {
  it.each<[string, Tuning]>([
    ['bert', 'full'],
    ['qwen3', { ...decoderLora, rank: 2 }],
  ])(
    'trains %s as the CPU does, with weights and moments on the device',
    async (name, tuning) => {
      const model = await openFixture(name, tuning)
      const optimizer = new AdamW(model.layout, model.parameters)
      const { gradients } = optimizer
      const plan = new MonolithicPlan(model, gradients)
      const onCpu = new ContrastiveStep({ model, plan, gradients, objective, padId: 0, microbatchTokens: 1e6 })
      const onDevice = new DeviceContrastiveStep({
        model: await openFixture(name, tuning),
        objective,
        settings: adamWDefaults,
        padId: 0,
      })
      open.push(plan, onCpu, onDevice)

      expect([...onDevice.locations]).toEqual(['cpu'])
      for (let number = 1; number <= STEPS; number++) {
        const { loss } = await onCpu.run(batchOf(number))
        const { gradientNorm } = optimizer.step(update)
        const found = await onDevice.run(batchOf(number), update)
        expect(found.loss).toBeCloseTo(loss, 4)
        expect(found.gradientNorm / gradientNorm).toBeCloseTo(1, 3)
        expect([...onDevice.locations]).toEqual(['gpu-buffer'])
      }

      const { step, parameter, m, v } = await onDevice.download()
      expect(step).toBe(STEPS)
      // AdamW divides by the root of v: where a gradient is all but zero, rounding decides its sign.
      expect(relativeDistance(parameter, model.parameters)).toBeLessThan(1e-3)
      const { moments } = optimizer
      for (const [moment, found] of Object.entries({ m, v }) as [Moment, Float32Array][])
        expect(relativeDistance(found, moments.read(moment, 0, moments.length))).toBeLessThan(1e-3)
    },
    120_000,
  )
})

function relativeDistance(found: Float32Array, wanted: Float32Array): number {
  const square = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0)
  return Math.sqrt(square(found.map((value, i) => value - wanted[i]!)) / square(wanted))
}
