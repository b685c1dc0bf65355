import { readFile } from 'node:fs/promises'

/** Page size of every platform on which /proc is read here; Linux reports `statm` in pages. */
const PAGE_BYTES = 4_096

/**
 * Memory a process holds, heap and buffers together, in bytes.
 * @returns undefined where the system does not tell (other than Linux) or the process is gone.
 */
export async function residentBytes(pid: number): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined
  try {
    const [, resident] = (await readFile(`/proc/${pid}/statm`, 'latin1')).split(' ')
    return Number(resident) * PAGE_BYTES
  } catch {
    return undefined
  }
}
