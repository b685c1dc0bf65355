import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { TypescriptKernels } from '../../../native/typescript-kernels.ts'
import { checkGraph, GraphBuilder } from '../ir/index.ts'
import { openGraph } from '../testing/run-graph.ts'
import {
  AdamW,
  adamWDefaults,
  type AdamWSettings,
  adamWScalars,
  adamWScalarValues,
  adamWUpdate,
  clipFactor,
  MemoryMoments,
  MOMENTS,
  ParameterLayout,
  plainKernel,
} from './index.ts'

type Named = Readonly<Record<string, readonly number[]>>

/** From testing/make-training-fixtures.py: torch.optim.AdamW after clip_grad_norm_, ten steps. */
const golden = JSON.parse(readFileSync(new URL('../testing/fixtures/adamw.json', import.meta.url), 'utf8')) as {
  readonly shapes: Named
  readonly start: Named
  readonly settings: AdamWSettings & { readonly maxNorm: number }
  readonly steps: readonly {
    readonly learningRate: number
    readonly gradients: Named
    readonly norm: number
    readonly weights: Named
  }[]
}
const layout = new ParameterLayout(Object.entries(golden.shapes))

function flat(values: Named): Float32Array {
  return Float32Array.from(layout.slots.flatMap((slot) => values[slot.name]!))
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length)
  for (let i = 0; i < expected.length; i++) expect(actual[i]).toBeCloseTo(expected[i]!, 5)
}

describe.each([
  ['the plain kernel', plainKernel],
  ['the reference of the native kernels', new TypescriptKernels()],
])('AdamW with %s', (_, kernel) => {
  it('takes the ten steps that PyTorch takes, with clipping and without decay of biases', () => {
    const optimizer = new AdamW(layout, flat(golden.start), golden.settings, kernel)
    for (const { learningRate, gradients, norm, weights } of golden.steps) {
      optimizer.gradients.set(flat(gradients))
      const report = optimizer.step({ learningRate, maxNorm: golden.settings.maxNorm })
      expect(report.gradientNorm).toBeCloseTo(norm, 4)
      expect(report.clipped).toBe(norm > golden.settings.maxNorm)
      expectClose(optimizer.parameters, flat(weights))
    }
    expect(
      golden.steps.some(({ norm }) => norm > golden.settings.maxNorm) &&
        golden.steps.some(({ norm }) => norm < golden.settings.maxNorm),
    ).toBe(true)
  })

  it('goes on from a restored state bit for bit', () => {
    const whole = new AdamW(layout, flat(golden.start), golden.settings, kernel)
    const first = new AdamW(layout, flat(golden.start), golden.settings, kernel)
    const take = (optimizer: AdamW, steps: typeof golden.steps) => {
      for (const { learningRate, gradients } of steps) {
        optimizer.gradients.set(flat(gradients))
        optimizer.step({ learningRate })
      }
    }
    take(whole, golden.steps)
    take(first, golden.steps.slice(0, 4))
    const second = new AdamW(layout, first.parameters.slice(), golden.settings, kernel)
    for (const moment of MOMENTS) second.moments.write(moment, 0, first.moments.read(moment, 0, layout.length))
    second.resumeAfter(first.steps)
    take(second, golden.steps.slice(4))
    expect(second.parameters).toEqual(whole.parameters)
  })
})

describe('AdamW', () => {
  it('takes the mean of accumulated gradients', () => {
    const { learningRate, gradients } = golden.steps[0]!
    const once = new AdamW(layout, flat(golden.start))
    const twice = new AdamW(layout, flat(golden.start))
    once.gradients.set(flat(gradients))
    twice.gradients.set(flat(gradients).map((value) => 2 * value))
    const [a, b] = [
      once.step({ learningRate, maxNorm: 0.1 }),
      twice.step({ learningRate, maxNorm: 0.1, accumulated: 2 }),
    ]
    expect(b.gradientNorm).toBeCloseTo(a.gradientNorm, 12)
    expect(twice.parameters).toEqual(once.parameters)
    expect(once.gradients.every((value) => value === 0)).toBe(true)
  })

  it('refuses a gradient that is not finite and leaves the weights as they were', () => {
    const optimizer = new AdamW(layout, flat(golden.start))
    optimizer.gradients[3] = NaN
    expect(() => optimizer.step({ learningRate: 0.1 })).toThrow('the gradient of step 1 is not finite')
    expect(optimizer.parameters).toEqual(flat(golden.start))
    expect(optimizer.steps).toBe(0)
  })

  it('keeps its buffers in shared memory when the weights are', () => {
    const shared = new Float32Array(new SharedArrayBuffer(layout.length * 4))
    const optimizer = new AdamW(layout, shared)
    const moments = MOMENTS.map((moment) => optimizer.moments.read(moment, 0, layout.length))
    for (const buffer of [optimizer.gradients, ...moments]) {
      expect(buffer.buffer).toBeInstanceOf(SharedArrayBuffer)
    }
  })

  it('refuses buffers of another model', () => {
    expect(() => new AdamW(layout, new Float32Array(3))).toThrow('3 weights for a layout of 16')
    const moments = new MemoryMoments(2)
    expect(() => new AdamW(layout, flat(golden.start), adamWDefaults, plainKernel, moments)).toThrow(
      '2 moments for a layout of 16',
    )
  })

  it('clips as PyTorch: never up', () => {
    expect(clipFactor(0.5, 1)).toBe(1)
    expect(clipFactor(0, 1)).toBe(1)
    expect(clipFactor(4, 1)).toBeCloseTo(0.25, 6)
    expect(clipFactor(4, Infinity)).toBe(1)
  })
})

it('adamWUpdate in a graph takes the steps that PyTorch takes', async () => {
  const g = new GraphBuilder()
  const scalars = adamWScalars(g)
  for (const { name, shape, decays } of layout.slots) {
    const input = (prefix: string) => g.input(`${prefix}:${name}`, 'float32', shape)
    const before = { parameter: input('parameter'), m: input('m'), v: input('v') }
    const after = g.scope(name, () => adamWUpdate(g, before, input('gradient'), scalars, golden.settings, decays))
    for (const [key, value] of Object.entries(after)) g.output(`next ${key}:${name}`, value)
  }
  const graph = g.build()
  checkGraph(graph)
  const runner = await openGraph(graph)
  let state: Record<string, readonly number[]> = {}
  for (const { name, length } of layout.slots) {
    Object.assign(state, {
      [`parameter:${name}`]: golden.start[name]!,
      [`m:${name}`]: Array<number>(length).fill(0),
      [`v:${name}`]: Array<number>(length).fill(0),
    })
  }
  for (const [index, { learningRate, gradients, norm, weights }] of golden.steps.entries()) {
    const scalarFeeds = adamWScalarValues(
      golden.settings,
      index + 1,
      learningRate,
      clipFactor(norm, golden.settings.maxNorm),
    )
    const result = await runner.run({
      ...state,
      ...Object.fromEntries(Object.entries(scalarFeeds).map(([name, value]) => [name, [value]])),
      ...Object.fromEntries(Object.entries(gradients).map(([name, values]) => [`gradient:${name}`, values])),
    })
    state = Object.fromEntries(
      Object.entries(result).map(([name, tensor]) => [name.replace('next ', ''), tensor.values]),
    )
    for (const [name, values] of Object.entries(weights)) expectClose(state[`parameter:${name}`]!, values)
  }
  await runner.release()
})
