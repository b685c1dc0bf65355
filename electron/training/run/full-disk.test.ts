// A disk that fills up while a run keeps checkpoints and moments on it.
import { spawnSync } from 'node:child_process'
import { fstatSync, readdirSync, readlinkSync } from 'node:fs'
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

type Plan = 'monolithic' | 'layer-wise'
/** Checkpoints are kept every second step. */
const FILLED_AFTER = 3
const DISK_FULL = {
  code: TRAINING_ERROR.disk,
  message: expect.stringMatching(
    /the disk is full\. The last checkpoint is intact: free some space and resume/,
  ) as string,
}

function options(folder: string, plan: Plan, losses: Loss[], control = new RunControl()): RunOptions {
  const emit = (event: TrainingEvent): void => {
    if (event.kind === 'step' && event.stage === 0) losses.push({ step: event.step, loss: event.loss })
  }
  const recipe = tinyRecipe('bert', { plan })
  return { recipe, folder, data, measure: ndcg10, kernels: new TypescriptKernels(), control, emit }
}

interface Loss {
  readonly step: number
  readonly loss: number
}

it('a disk that fills up stops the run with what to do, and it goes on from the checkpoint before', async (context) => {
  using disk = SmallDisk.mount(join(root, 'disk'), '16m')
  if (!disk) return context.skip('a small disk cannot be mounted here')
  const whole: Loss[] = []
  await runTraining(options(join(root, 'whole'), 'monolithic', whole))

  const folder = join(disk.path, 'run')
  const losses: Loss[] = []
  const filling = new FillingControl(disk.path, losses)
  await expect(runTraining(options(folder, 'monolithic', losses, filling))).rejects.toMatchObject(DISK_FULL)
  expect(losses.at(-1)!.step).toBe(FILLED_AFTER + 1)

  losses.length = 0
  await rm(join(disk.path, 'filler'))
  await runTraining(options(folder, 'monolithic', losses))
  expect(losses[0]!.step).toBeGreaterThan(1)
  expect(losses).toEqual(whole.slice(losses[0]!.step - 1))
}, 60_000)

it('a disk that fills up in the middle of an update costs the steps since the checkpoint, and no run begins without room', async (context) => {
  using disk = SmallDisk.mount(join(root, 'moments-disk'), '16m')
  if (!disk) return context.skip('a small disk cannot be mounted here')
  const whole: Loss[] = []
  await runTraining(options(join(root, 'whole-layer-wise'), 'layer-wise', whole))

  const folder = join(disk.path, 'run')
  const losses: Loss[] = []
  // Room once written stays the file's, except where a file system puts every write elsewhere: taking it away is as that would be.
  const filling = new FillingControl(disk.path, losses, forgetMoments)
  await expect(runTraining(options(folder, 'layer-wise', losses, filling))).rejects.toMatchObject(DISK_FULL)
  expect(losses.at(-1)!.step).toBe(FILLED_AFTER)
  await expect(runTraining(options(folder, 'layer-wise', losses))).rejects.toMatchObject(DISK_FULL)
  expect(losses).toHaveLength(FILLED_AFTER)

  losses.length = 0
  await rm(join(disk.path, 'filler'))
  await runTraining(options(folder, 'layer-wise', losses))
  expect(losses[0]!.step).toBe(FILLED_AFTER)
  expect(losses).toEqual(whole.slice(FILLED_AFTER - 1))
}, 60_000)

/** Fills the disk up before the step after {@link FILLED_AFTER} begins. */
class FillingControl extends RunControl {
  readonly #disk: string
  readonly #losses: readonly Loss[]
  readonly #before: () => void
  #filled = false

  constructor(disk: string, losses: readonly Loss[], before = () => {}) {
    super()
    this.#disk = disk
    this.#losses = losses
    this.#before = before
  }

  override readonly checkpointHere = async (): Promise<void> => {
    if (this.#filled || this.#losses.at(-1)?.step !== FILLED_AFTER) return
    this.#filled = true
    this.#before()
    const { bavail, bsize } = await statfs(this.#disk)
    await writeFile(join(this.#disk, 'filler'), Buffer.alloc((bavail - 2) * bsize))
  }
}

/** Gives the disk space of the moments back, as if they had never been written. */
function forgetMoments(): void {
  const opened = readdirSync('/proc/self/fd').filter((fd) => linkOf(fd).endsWith('/moments (deleted)'))
  expect(opened).toHaveLength(1)
  const length = String(fstatSync(Number(opened[0])).size)
  const file = `/proc/${process.pid}/fd/${opened[0]}`
  expect(spawnSync('fallocate', ['--punch-hole', '--offset', '0', '--length', length, file]).status).toBe(0)
}

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return '' // the one that listed the folder
  }
}
