import { readFileSync } from 'node:fs'
import type { WorkerEntry } from '../../../electron/platform/worker-launcher.ts'
import { startDmr, type Outcome } from '../../support/dmr.ts'

/** A process of the application: the one that holds the services, or one of its workers. */
export type Victim = 'host' | WorkerEntry

/** Workers are found through /proc, which only Linux has. */
export const canFindWorkers = process.platform === 'linux'

const LOOK_EVERY_MS = 4

/** How the workers of each kind are labelled by those who launch them. */
const LABELS: Partial<Record<WorkerEntry, RegExp>> = {
  extract: /^dmr extract$/u,
  ocr: /^dmr ocr$/u,
  compute: /^dmr (embedding|search model)$/u,
  generate: /^dmr language model$/u,
  train: /^dmr train /u,
}

/** Process ids of the running workers of a host, of one kind. */
export function workersOf(host: number, entry: WorkerEntry): number[] {
  const children = read(`/proc/${host}/task/${host}/children`).split(' ').filter(Boolean).map(Number)
  return children.filter((pid) => {
    const label = /(?:^|\0)DMR_WORKER_LABEL=([^\0]*)/u.exec(read(`/proc/${pid}/environ`))?.[1]
    return label !== undefined && LABELS[entry]?.test(label) === true
  })
}

/** '' for a process that has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

export interface Struck {
  /** Whether the victim was there when its moment came. */
  readonly struck: boolean
  readonly outcome: Outcome
}

/** Kills the victim `delayMs` after it was first seen (a host: after it was started) with SIGKILL, and waits for the host. */
export async function killDuring(
  args: readonly string[],
  victim: Victim,
  delayMs: number,
  env: NodeJS.ProcessEnv = {},
): Promise<Struck> {
  const host = startDmr(args, env)
  let struck = false
  let timer: NodeJS.Timeout | undefined
  const strikeAfter = (kill: () => boolean): void => {
    timer = setTimeout(() => (struck = kill()), delayMs)
  }
  const stopLooking =
    victim === 'host' ? () => {} : whenSeen(host.pid!, victim, (pid) => strikeAfter(() => killIfThere(pid)))
  if (victim === 'host') strikeAfter(() => host.exitCode === null && host.kill('SIGKILL'))
  const outcome = await host.outcome
  clearTimeout(timer)
  stopLooking()
  return { struck: victim === 'host' ? outcome.code === null : struck, outcome }
}

/** Calls `onSeen` once with a worker's id. @returns what ends the looking. */
export function whenSeen(host: number, entry: WorkerEntry, onSeen: (pid: number) => void): () => void {
  const timer = setInterval(() => {
    const [pid] = workersOf(host, entry)
    if (pid === undefined) return
    clearInterval(timer)
    onSeen(pid)
  }, LOOK_EVERY_MS)
  return () => clearInterval(timer)
}

export function killIfThere(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

/** Runs `dmr` undisturbed and measures how long it and its workers live, ms. */
export async function measureLives(
  args: readonly string[],
  entries: readonly WorkerEntry[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ outcome: Outcome; lifeOf(victim: Victim): number }> {
  const started = performance.now()
  const host = startDmr(args, env)
  const seen = new Map<WorkerEntry, { first: number; last: number }>()
  const timer = setInterval(() => {
    for (const entry of entries) {
      if (workersOf(host.pid!, entry).length === 0) continue
      const now = performance.now()
      seen.set(entry, { first: seen.get(entry)?.first ?? now, last: now })
    }
  }, LOOK_EVERY_MS)
  const outcome = await host.outcome
  clearInterval(timer)
  const hostLife = performance.now() - started
  const lifeOf = (victim: Victim): number => {
    if (victim === 'host') return hostLife
    const times = seen.get(victim)
    return times ? times.last - times.first : 0
  }
  return { outcome, lifeOf }
}

/** The most memory a process held so far, 0 for one that has ended. Linux only. */
export function peakBytes(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB/mu.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1_024
}
