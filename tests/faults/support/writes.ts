import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startDmr, type Outcome } from '../../support/dmr.ts'

const PRELOAD = `--import ${fileURLToPath(new URL('die-at-write.mjs', import.meta.url))}`

/** Runs `dmr` to its end. @returns how many times it wrote to SQLite: statements that change something, and scripts. */
export async function countWrites(args: readonly string[]): Promise<{ writes: number; outcome: Outcome }> {
  const folder = mkdtempSync(join(tmpdir(), 'dmr-writes-'))
  try {
    const file = join(folder, 'count')
    const outcome = await startDmr(args, { NODE_OPTIONS: PRELOAD, DMR_COUNT_WRITES: file }).outcome
    return { writes: Number(readFileSync(file, 'utf8')), outcome }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs `dmr`, ended by SIGKILL just before its write number `write`. @returns whether it came to that. */
export async function dieAtWrite(args: readonly string[], write: number): Promise<boolean> {
  const { code } = await startDmr(args, { NODE_OPTIONS: PRELOAD, DMR_DIE_AT_WRITE: String(write) }).outcome
  return code === null
}
