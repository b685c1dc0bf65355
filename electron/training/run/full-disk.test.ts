// A disk that fills up while a run keeps checkpoints on it.
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { SmallDisk } from '../../../tests/support/small-disk.ts'
import { TypescriptKernels } from '../../../native/typescript-kernels.ts'
import { ndcg10, tinyRecipe, writeTinyData } from '../testing/tiny-run.ts'
import { TRAINING_ERROR } from '../training-error.ts'
import type { TrainingEvent } from './events.ts'
import { RunControl } from './run-control.ts'
import { runTraining, type RunOptions } from './training-run.ts'

let root = ''
let data = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dmr-full-disk-'))
  data = await writeTinyData(join(root, 'data'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

function options(folder: string, emit: (event: TrainingEvent) => void = () => {}): RunOptions {
  const kernels = new TypescriptKernels()
  return { recipe: tinyRecipe('bert'), folder, data, measure: ndcg10, kernels, control: new RunControl(), emit }
}

it('a disk that fills up stops the run with what to do, and it goes on from the checkpoint before', async (context) => {
  using disk = SmallDisk.mount(join(root, 'disk'), '16m')
  if (!disk) return context.skip('a small disk cannot be mounted here')
  const losses: { step: number; loss: number }[] = []
  const record = (event: TrainingEvent): void => {
    if (event.kind === 'step' && event.stage === 0) losses.push({ step: event.step, loss: event.loss })
  }
  await runTraining(options(join(root, 'whole'), record))
  const whole = losses.splice(0)

  const folder = join(disk.path, 'run')
  let filled = Promise.resolve()
  const filling = options(folder, (event) => {
    record(event)
    // Checkpoints are kept every second step.
    if (event.kind === 'step' && event.step === 3) filled = fill(disk.path)
  })
  const waiting: RunOptions = { ...filling, control: new WaitingControl(() => filled) }
  await expect(runTraining(waiting)).rejects.toMatchObject({
    code: TRAINING_ERROR.disk,
    message: expect.stringMatching(
      /the disk is full\. The last checkpoint is intact: free some space and resume/,
    ) as string,
  })
  expect(losses.at(-1)!.step).toBeGreaterThanOrEqual(4)

  losses.length = 0
  await rm(join(disk.path, 'filler'))
  await runTraining(options(folder, record))
  expect(losses[0]!.step).toBeGreaterThan(1)
  expect(losses).toEqual(whole.slice(losses[0]!.step - 1))
}, 60_000)

/** Lets no step begin before the disk is full. */
class WaitingControl extends RunControl {
  readonly #until: () => Promise<void>

  constructor(until: () => Promise<void>) {
    super()
    this.#until = until
  }

  override readonly checkpointHere = (): Promise<void> => this.#until()
}

async function fill(path: string): Promise<void> {
  const { bavail, bsize } = await statfs(path)
  await writeFile(join(path, 'filler'), Buffer.alloc((bavail - 2) * bsize))
}
