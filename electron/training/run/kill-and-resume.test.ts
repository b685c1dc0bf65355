// kill -9 at any step, resume, and nothing can be told from the uninterrupted run.
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Outcome, spawnRun } from '../testing/spawn-run.ts'
import { writeTinyData } from '../testing/tiny-run.ts'

let root = ''
let data = ''

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dmr-kill-'))
  data = await writeTinyData(join(root, 'data'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

type Plan = 'monolithic' | 'layer-wise'

/** Trains in a process of its own. @param killAfter kills it with SIGKILL when this many steps were reported */
function train(plan: Plan, name: string, killAfter?: number): Promise<Outcome> {
  return spawnRun({ folder: folderOf(plan, name), data, changes: { plan }, killAfter })
}

const folderOf = (plan: Plan, name: string): string => join(root, plan, name)

async function weightsOf(plan: Plan, name: string): Promise<string> {
  const bytes = await readFile(join(folderOf(plan, name), 'model', 'model.safetensors'))
  return createHash('sha256').update(bytes).digest('hex')
}

// The layer-wise plan keeps the moments in a file that it changes in every step.
describe.each([
  { plan: 'monolithic', kills: [1, 4, 7, 10, 13] },
  { plan: 'layer-wise', kills: [3, 5, 8, 11] },
] as const)('a killed run of the $plan plan', ({ plan, kills }) => {
  let whole: Outcome
  beforeAll(async () => {
    whole = await train(plan, 'whole')
  }, 60_000)

  it('the uninterrupted run ends and lowers its loss', () => {
    expect(whole.ended).toBe(true)
    expect(whole.losses.size).toBeGreaterThan(12)
    const losses = [...whole.losses.values()]
    expect(losses.at(-1)!).toBeLessThan(losses[0]!)
  })

  it.each(kills)(
    'killed at step %i and resumed gives the same losses and the same weights',
    async (killAfter) => {
      const name = `killed-${killAfter}`
      const first = await train(plan, name, killAfter)
      expect(first.ended).toBe(false)
      const second = await train(plan, name)
      expect(second.ended).toBe(true)
      // It went on from a checkpoint: not everything was done twice.
      if (killAfter > 4) expect(second.losses.size).toBeLessThan(whole.losses.size)
      for (const [step, loss] of [...first.losses, ...second.losses]) expect(loss, step).toBe(whole.losses.get(step))
      expect(new Set([...first.losses.keys(), ...second.losses.keys()])).toEqual(new Set(whole.losses.keys()))
      expect(await weightsOf(plan, name)).toBe(await weightsOf(plan, 'whole'))
    },
    60_000,
  )
})
