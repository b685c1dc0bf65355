/** What a benchmark round measures of the processes it runs. */
import { readFile } from 'node:fs/promises'

export interface Round {
  readonly pages: number
  readonly seconds: number
  /** Processor time of all worker processes, in seconds; undefined where the system does not tell. */
  readonly cpuSeconds: number | undefined
  /** Highest resident memory of any worker, MiB. */
  readonly peakMiB: number | undefined
}

const TICKS_PER_SECOND = 100

/** Sums processor time and takes the highest memory of processes; they must still be alive (Linux only). */
export async function usageOf(pids: readonly number[]): Promise<Pick<Round, 'cpuSeconds' | 'peakMiB'>> {
  if (process.platform !== 'linux' || pids.length === 0) return { cpuSeconds: undefined, peakMiB: undefined }
  let ticks = 0
  let peak = 0
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
    const status = await readFile(`/proc/${pid}/status`, 'latin1')
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
  }
  return { cpuSeconds: ticks / TICKS_PER_SECOND, peakMiB: peak }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}
