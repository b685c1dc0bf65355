import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { KERNELS_ABI } from './addon-kernels.ts'
import type { AdamwOptions, AdamwState } from './adamw.ts'
import { type Kernels, loadKernels } from './index.ts'
import { addonForTests } from './testing/addon.ts'
import { normals, random } from './testing/random.ts'

const reference = await loadKernels({ only: 'typescript' })
const addonPath = addonForTests()
const subjects: [name: string, kernels: Kernels][] = [['WebAssembly', await loadKernels({ only: 'wasm' })]]
if (addonPath) {
  for (const isa of ['avx512', 'avx2', 'neon'] as const) {
    for (const threads of [1, 3]) {
      try {
        const kernels = await loadKernels({ only: 'addon', addonPath, threads, isa })
        subjects.push([`the addon with ${isa} and ${threads} threads`, kernels])
      } catch (error) {
        if (threads === 1) console.warn(`skipped: ${(error as Error).message}`)
      }
    }
  }
}

/** Larger than any chunk, block or share of a thread, and a multiple of none. */
const LONG = 2_200_001

/** Fails with the first few differences only: printing millions of elements takes minutes. */
function expectSameBits(actual: Float32Array | Uint16Array, expected: typeof actual): void {
  const differences: unknown[] = []
  for (let i = 0; i < expected.length && differences.length < 5; i++) {
    if (!Object.is(actual[i], expected[i])) differences.push({ i, actual: actual[i], expected: expected[i] })
  }
  expect(differences).toEqual([])
  expect(actual.length).toBe(expected.length)
}

describe.for(subjects)('%s', ([, kernels]) => {
  describe('int8 scan', () => {
    it.for([
      { rows: 1, dimensions: 1, k: 3 },
      { rows: 1000, dimensions: 384, k: 10 },
      { rows: 1013, dimensions: 100, k: 100 },
      { rows: 5000, dimensions: 17, k: 4096 },
      { rows: 70_003, dimensions: 64, k: 257 },
    ])('finds the rows and scores of the reference: $rows x $dimensions, k = $k', ({ rows, dimensions, k }) => {
      const next = random(rows)
      // A narrow range of codes gives many equal scores, so that the order of ties is tested too.
      const codes = (count: number, span: number) =>
        Int8Array.from({ length: count }, () => Math.floor(next() * (2 * span + 1)) - span)
      const vectors = codes(rows * dimensions, 2)
      const filter = Uint8Array.from({ length: Math.ceil(rows / 8) }, () => (next() < 0.5 ? 0 : next() * 256))
      const [subject, expected] = [kernels.createInt8Index(dimensions), reference.createInt8Index(dimensions)]
      for (const index of [subject, expected]) {
        const half = Math.floor(rows / 2) * dimensions
        index.append(vectors.subarray(0, half))
        index.append(vectors.subarray(half))
        if (rows > 1) index.remove(3)
      }
      const query = codes(dimensions, 127)
      expect(subject.length).toBe(rows > 1 ? rows - 1 : 1)
      expect(subject.scan(query, k)).toEqual(expected.scan(query, k))
      expect(subject.scan(query, k, filter)).toEqual(expected.scan(query, k, filter))
    })

    it('is exact at the extremes of the codes', () => {
      const index = kernels.createInt8Index(8192)
      index.append(new Int8Array(8192).fill(-128))
      index.append(new Int8Array(8192).fill(127))
      const { rows, scores } = index.scan(new Int8Array(8192).fill(-128), 2)
      expect([...rows]).toEqual([0, 1])
      expect([...scores]).toEqual([128 * 128 * 8192, -128 * 127 * 8192])
    })

    it('finds nothing in an empty index and nothing under an empty filter', () => {
      const index = kernels.createInt8Index(4)
      expect(index.scan(new Int8Array(4), 5).rows).toHaveLength(0)
      index.append(new Int8Array(4 * 9))
      expect(index.scan(new Int8Array(4), 5, new Uint8Array(2)).rows).toHaveLength(0)
      expect([...index.scan(new Int8Array(4), 5, Uint8Array.of(0, 0xff)).rows]).toEqual([8])
    })

    it('refuses what does not fit, with the numbers', () => {
      expect(() => kernels.createInt8Index(0)).toThrow('1 to 8192 dimensions, not 0')
      const index = kernels.createInt8Index(3)
      expect(() => index.append(new Int8Array(4))).toThrow('4 codes are not a whole number of rows of 3')
      index.append(new Int8Array(27))
      expect(() => index.scan(new Int8Array(2), 1)).toThrow('The query has 2 dimensions, the index 3')
      expect(() => index.scan(new Int8Array(3), 4097)).toThrow('1 to 4096 rows, not 4097')
      expect(() => index.scan(new Int8Array(3), 1, new Uint8Array(1))).toThrow('8 bits for 9 rows')
      expect(() => index.remove(9)).toThrow('Row 9 is not in the index')
    })
  })

  describe('AdamW', () => {
    const options = {
      learningRate: 2e-5,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0.01,
      gradScale: 0.37,
      noDecay: [
        [0, 5],
        [1000, 1000],
        [16_380, 65_541],
        [LONG - 1, LONG],
      ],
    } satisfies Omit<AdamwOptions, 'step'>

    it('gives the bits of the reference over several steps, on shared memory and at odd offsets', () => {
      const state = (shared: boolean): AdamwState => {
        const buffer = () =>
          new Float32Array(shared ? new SharedArrayBuffer(4 * LONG + 4) : new ArrayBuffer(4 * LONG + 4), 4)
        const next = normals(7)
        const param = buffer().map(next)
        // From denormal squares to large ones, and exact zeros.
        const grad = buffer().map((_, i) => (i % 11 === 0 ? 0 : next() * 10 ** ((i % 40) - 30)))
        return { param, grad, m: buffer(), v: buffer() }
      }
      const [subject, expected] = [state(true), state(false)]
      for (const step of [1, 2, 3]) {
        kernels.adamw(subject, { ...options, step })
        reference.adamw(expected, { ...options, step })
      }
      for (const name of ['param', 'm', 'v'] as const) expectSameBits(subject[name], expected[name])
    })

    it('refuses buffers of different lengths and ranges that overlap', () => {
      const of = (n: number) => new Float32Array(n)
      const state = { param: of(4), grad: of(4), m: of(4), v: of(4) }
      expect(() => kernels.adamw({ ...state, v: of(3) }, { ...options, noDecay: [], step: 1 })).toThrow(
        'v has 3 elements, param 4',
      )
      const overlapping: AdamwOptions = { ...options, step: 1, noDecay: [[0, 2], [1, 3]] } // prettier-ignore
      expect(() => kernels.adamw(state, overlapping)).toThrow('[1, 3)')
      expect(() => kernels.adamw(state, { ...options, noDecay: [], step: 0 })).toThrow('steps count from 1')
    })
  })

  it('adds up squares to the last bit of the reference', () => {
    const x = new Float32Array(LONG).map(normals(3))
    for (const length of [0, 1, 15, 65_536, 65_537, LONG]) {
      expect(kernels.sumOfSquares(x.subarray(0, length))).toBe(reference.sumOfSquares(x.subarray(0, length)))
    }
  })

  it('adds a scaled array as the reference does', () => {
    const x = new Float32Array(LONG).map(normals(4))
    const [y, expected] = [x.map((value) => value * 3), x.map((value) => value * 3)]
    kernels.addScaled(y, 1 / 3, x)
    reference.addScaled(expected, 1 / 3, x)
    expectSameBits(y, expected)
  })

  it('converts to bfloat16 and back as the reference does', () => {
    const source = new Float32Array(LONG).map(normals(5))
    source.set([0, -0, Infinity, -Infinity, NaN, 1e-40, 3.4e38, 1 + 2 ** -8, 1 + 3 * 2 ** -8])
    const [narrow, expected] = [new Uint16Array(LONG), new Uint16Array(LONG)]
    kernels.toBfloat16(source, narrow)
    reference.toBfloat16(source, expected)
    expectSameBits(narrow, expected)
    const [wide, widened] = [new Float32Array(LONG), new Float32Array(LONG)]
    kernels.fromBfloat16(narrow, wide)
    reference.fromBfloat16(expected, widened)
    expectSameBits(wide, widened)
  })
})

describe('the TypeScript reference', () => {
  it('steps as the published algorithm does in double precision', () => {
    const state = {
      param: Float32Array.of(1, 1),
      grad: Float32Array.of(0.5, 0.5),
      m: Float32Array.of(0.1, 0.1),
      v: Float32Array.of(0.2, 0.2),
    }
    reference.adamw(state, {
      learningRate: 0.1,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      weightDecay: 0.1,
      step: 2,
      gradScale: 2,
      noDecay: [[1, 2]],
    })
    const m = 0.9 * 0.1 + 0.1 * 1
    const v = 0.99 * 0.2 + 0.01 * 1
    const update = (0.1 * (m / (1 - 0.9 ** 2))) / (Math.sqrt(v / (1 - 0.99 ** 2)) + 1e-8)
    expect(state.param[0]).toBeCloseTo(1 - 0.1 * 0.1 - update, 6)
    expect(state.param[1]).toBeCloseTo(1 - update, 6)
    expect(state.m[0]).toBeCloseTo(m, 6)
    expect(state.v[0]).toBeCloseTo(v, 6)
  })

  it('rounds to bfloat16 to nearest even and keeps NaN', () => {
    const target = new Uint16Array(6)
    reference.toBfloat16(Float32Array.of(1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, -0, 3.4e38, NaN), target)
    expect([...target]).toEqual([0x3f80, 0x3f80, 0x3f82, 0x8000, 0x7f80, 0x7fc0])
  })

  it('adds up squares', () => {
    expect(reference.sumOfSquares(Float32Array.of(3, 4))).toBe(25)
  })
})

describe('loading', () => {
  it('says when an index is more than WebAssembly can address', async () => {
    const index = (await loadKernels({ only: 'wasm' })).createInt8Index(8192)
    expect(() => index.reserve(600_000)).toThrow('600000 rows of 8192 bytes are more than the 4095 MiB')
    index.append(new Int8Array(8192))
    expect(index.length).toBe(1)
  })

  it('takes WebAssembly where the addon is missing and says why', async () => {
    const kernels = await loadKernels({ addonPath: '/nowhere/kernels.node' })
    expect(kernels.backend).toBe('wasm-simd')
    expect(kernels.notes).toEqual(['the native addon is not built (optional: npm run build:native)'])
  })

  it('states the same interface number in C and in TypeScript', () => {
    const header = readFileSync(new URL('./src/kernels.h', import.meta.url), 'utf8')
    expect(/#define KERNELS_ABI (\d+)/.exec(header)?.[1]).toBe(String(KERNELS_ABI))
  })
})
