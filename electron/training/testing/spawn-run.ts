// Runs in processes of their own, which tests may kill.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { TrainingDevice } from '../../contracts/training.ts'
import type { Recipe } from '../recipe.ts'
import type { TrainingEvent } from '../run/events.ts'

const child = fileURLToPath(new URL('./run-child.ts', import.meta.url))

export interface SpawnedRun {
  readonly folder: string
  readonly data: string
  /** What the recipe has other than `tinyRecipe`. */
  readonly changes: Partial<Recipe>
  readonly device?: TrainingDevice
  /** Kills it with SIGKILL when this many steps were reported. */
  readonly killAfter?: number | undefined
  readonly env?: Readonly<Record<string, string>>
}

export interface Outcome {
  /** Loss bits by stage and step. */
  readonly losses: ReadonlyMap<string, number>
  readonly notes: readonly string[]
  /** Device of each stage. */
  readonly devices: readonly string[]
  readonly ended: boolean
  readonly stderr: string
}

export function spawnRun({ folder, data, changes, device = 'cpu', killAfter, env }: SpawnedRun): Promise<Outcome> {
  const process_ = spawn(process.execPath, [child, folder, data, JSON.stringify(changes), device], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  const losses = new Map<string, number>()
  const [notes, devices]: [string[], string[]] = [[], []]
  let [rest, stderr] = ['', '']
  process_.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve) => {
    process_.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop()!
      for (const line of lines) {
        const event = JSON.parse(line) as TrainingEvent
        if (event.kind === 'step') losses.set(`${event.stage}.${event.step}`, event.loss)
        if (event.kind === 'note') notes.push(event.text)
        if (event.kind === 'stage') devices.push(event.device)
        if (losses.size === killAfter) process_.kill('SIGKILL')
      }
    })
    process_.on('close', (code) => resolve({ losses, notes, devices, ended: code === 0, stderr }))
  })
}
