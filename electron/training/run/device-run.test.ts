// Whole runs on a graphics card, through SwiftShader where there is none; and what a run does without.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installedDevices } from '../../ml/session/ort-session.ts'
import { useSwiftShader } from '../../ml/testing/swiftshader.ts'
import { type Outcome, spawnRun, type SpawnedRun } from '../testing/spawn-run.ts'
import { tinyRecipe, writeTinyData } from '../testing/tiny-run.ts'

const isInstalled = installedDevices().includes('webgpu')
const available = isInstalled && useSwiftShader()
const STEPS = 4

let root = ''
let data = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dmr-device-'))
  data = await writeTinyData(join(root, 'data'), 12)
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** One stage of a few steps of a model with one layer: every operator takes its time without a graphics card. */
const [stage] = tinyRecipe('bert').stages
const changes: SpawnedRun['changes'] = {
  model: { architecture: 'bert', layers: 1, hidden: 8, heads: 2, feedForward: 16, vocabulary: 100 },
  stages: [{ ...stage!, batch: 3, maxSteps: STEPS }],
  dev: { share: 0, queries: 1, every: 100 },
}

function run(name: string, options: Partial<SpawnedRun>): Promise<Outcome> {
  return spawnRun({ folder: join(root, name), data, changes, ...options })
}

describe.skipIf(!available)('a run on WebGPU', () => {
  it('has the losses of the CPU, and has them again when it is killed and resumed', async () => {
    const cpu = await run('cpu', { device: 'cpu' })
    expect(cpu.losses.size).toBe(STEPS)
    const first = await run('webgpu', { device: 'webgpu', killAfter: 3 })
    expect(first).toMatchObject({ ended: false, devices: ['webgpu'] })
    // Stays where it was: a trial would have chosen the processor, SwiftShader being a hundred times slower.
    const second = await run('webgpu', { device: 'auto' })
    expect(second).toMatchObject({ ended: true, stderr: '', devices: ['webgpu'] })
    expect([...second.losses.keys()]).toEqual(['0.3', '0.4'])
    for (const [step, loss] of [...first.losses, ...second.losses])
      expect(Math.abs(loss - cpu.losses.get(step)!) / loss, step).toBeLessThan(1e-3)
    expect(second.losses.get('0.3')).toBeCloseTo(first.losses.get('0.3')!, 5)
  }, 240_000)

  it('trains on the faster device when it may choose, as if it had not tried', async () => {
    const cpu = await run('not-asked', { device: 'cpu' })
    const auto = await run('auto', { device: 'auto' })
    expect(auto).toMatchObject({ ended: true, devices: ['cpu'] })
    expect(auto.notes.join()).toMatch(/Training on the processor: .* as fast as the graphics card/)
    expect([...auto.losses]).toEqual([...cpu.losses])
  }, 240_000)
})

describe.skipIf(!isInstalled)('without a graphics card', () => {
  const env = { VK_ICD_FILENAMES: '/nowhere/icd.json' }

  it('a run trains on the processor and says why', async () => {
    const { devices, notes, ended } = await run('without', { device: 'auto', env })
    expect({ devices, ended }).toEqual({ devices: ['cpu'], ended: true })
    expect(notes.join()).toMatch(/graphics card is not used: .*adapter.*\. Training on the processor/)
  }, 60_000)

  it('a run that was to use it says what to do', async () => {
    const { ended, stderr } = await run('named', { device: 'webgpu', env })
    expect(ended).toBe(false)
    expect(stderr).toMatch(/The graphics card cannot train this model \(.*adapter.*\).*device "cpu"/)
  }, 60_000)

  it('a driver that ended the process is not tried again', async () => {
    await mkdir(join(root, 'tried'))
    await writeFile(join(root, 'tried', 'trying-graphics-card'), '')
    const { devices, notes } = await run('tried', { device: 'auto', env })
    expect(devices).toEqual(['cpu'])
    expect(notes.join()).toContain('ended the process when it was tried last')
  }, 60_000)
})
