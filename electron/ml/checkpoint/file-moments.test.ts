import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadKernels } from '../../../native/index.ts'
import { SmallDisk } from '../../../tests/support/small-disk.ts'
import { seededRandom } from '../../platform/seeded-random.ts'
import { AdamW, adamWDefaults, MOMENTS, type Moments, ParameterLayout, plainKernel } from '../optim/index.ts'
import { FileMoments } from './file-moments.ts'
import { readMoments, writeMoments } from './optimizer-state.ts'

const folder = mkdtempSync(join(tmpdir(), 'dmr-moments-'))
const path = join(folder, 'moments')
afterAll(() => rmSync(folder, { recursive: true }))

/** Biases, which do not decay, at both edges and inside of stretches. */
const layout = new ParameterLayout([
  ['first.bias', [3]],
  ['first.weight', [5, 7]],
  ['second.bias', [7]],
  ['third.bias', [2]],
  ['third.weight', [4, 4]],
  ['fourth.bias', [1]],
])
const STRETCHES = [1, 5, 16, layout.length - 1, layout.length, 1000]

const kernels = [
  plainKernel,
  await loadKernels({ only: 'typescript' }),
  await loadKernels({ only: 'wasm' }),
  await loadKernels(),
]

/** Trains with made-up gradients. */
function take(optimizer: AdamW, from: number, to: number): void {
  for (let number = from; number <= to; number++) {
    const random = seededRandom(number)
    for (let i = 0; i < layout.length; i++) optimizer.gradients[i] = random() - 0.5
    optimizer.step({ learningRate: 0.01 * number, maxNorm: 1 })
  }
}

function start(kernel = plainKernel, moments?: Moments): AdamW {
  return new AdamW(
    layout,
    Float32Array.from({ length: layout.length }, (_, i) => Math.sin(i)),
    adamWDefaults,
    kernel,
    moments,
  )
}

const all = (moments: Moments) => MOMENTS.map((moment) => moments.read(moment, 0, moments.length))

describe('moments in a file', () => {
  it.each(STRETCHES)(
    'train the same weights as moments in memory to the last bit, %i elements at a time',
    (stretch) => {
      for (const kernel of kernels) {
        using moments = new FileMoments(path, layout.length, stretch)
        const [inFile, inMemory] = [start(kernel, moments), start(kernel)]
        take(inFile, 1, 6)
        take(inMemory, 1, 6)
        expect(inFile.parameters).toEqual(inMemory.parameters)
        expect(all(moments)).toEqual(all(inMemory.moments))
      }
    },
  )

  it('go through a checkpoint into a new file, and into memory', async () => {
    using moments = new FileMoments(path, layout.length, 16)
    const optimizer = start(plainKernel, moments)
    take(optimizer, 1, 4)
    const paths = { m: join(folder, 'm.safetensors'), v: join(folder, 'v.safetensors') }
    await writeMoments(paths, layout, moments, 6)
    const parameters = optimizer.parameters.slice()
    take(optimizer, 5, 8)

    using again = new FileMoments(path, layout.length, 7)
    for (const resumed of [start(plainKernel, again), start()]) {
      resumed.parameters.set(parameters)
      await readMoments(paths, layout, resumed.moments)
      resumed.resumeAfter(4)
      take(resumed, 5, 8)
      expect(resumed.parameters).toEqual(optimizer.parameters)
    }
  })

  it('begin with zeros whatever was under the name, and leave no file behind', () => {
    using before = new FileMoments(path, layout.length)
    take(start(plainKernel, before), 1, 1)
    using moments = new FileMoments(path, layout.length)
    expect(
      all(moments)
        .flatMap((values) => [...values])
        .every((value) => value === 0),
    ).toBe(true)
    expect(existsSync(path)).toBe(false)
  })

  it('say before the first step that the disk is too small for them', (context) => {
    using disk = SmallDisk.mount(join(folder, 'disk'), '1m')
    if (!disk) return context.skip('a small disk cannot be mounted here')
    const create = (length: number) => new FileMoments(join(disk.path, 'moments'), length, 4096)
    expect(() => create(200_000)).toThrow(/ENOSPC/)
    expect(readdirSync(disk.path)).toEqual([])
    using fits = create(100_000) // what the failed file took is free again
    expect(fits.length).toBe(100_000)
  })
})
