import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LibraryDatabase } from '../../storage/index.ts'
import { BuiltInGenerator } from '../synthesis/built-in/built-in-generator.ts'
import { SynthesizeJob } from '../synthesis/synthesize-job.ts'
import { PAIRS_PER_PASS, PARAMS, slowJob } from '../testing/mine-slowly.ts'
import { fillSmallLibrary, refinementTables } from '../testing/small-library.ts'

const program = fileURLToPath(new URL('../testing/mine-slowly.ts', import.meta.url))

let folder: string
let path: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-mine-'))
  path = join(folder, 'library.db')
  const library = LibraryDatabase.open(path)
  fillSmallLibrary(library.db)
  const job = new SynthesizeJob({ ...refinementTables(library.db), openGenerator: () => new BuiltInGenerator() })
  await job.run({ ...silent, params: { generator: 'cloze' } })
  library.close()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const silent = { jobId: 1, signal: new AbortController().signal, report: () => {}, log: () => {} }

async function mineTo(libraryPath: string) {
  const library = LibraryDatabase.open(libraryPath)
  try {
    const lines: string[] = []
    const passes: number[] = []
    const { miningId, summary, unscored, rule } = await slowJob(library, 0).run({
      ...silent,
      params: PARAMS,
      log: (_, text) => void lines.push(String(text)),
      report: ({ stages }) => {
        if (String(stages[0]?.name) === 'Mine hard negatives') passes.push(stages[0]!.done)
      },
    })
    const negatives = library.db
      .prepare(
        `SELECT pair_id, training_text.text, rank, score, levels, suspect FROM negative
         JOIN training_text ON training_text.id = text_id WHERE mining_id = ? ORDER BY pair_id, rank`,
      )
      .raw()
      .all(miningId)
    const runs = library.db.prepare('SELECT count(*) FROM mining_run').pluck().get()
    return { result: { summary, unscored, rule, negatives, runs }, lines, passes }
  } finally {
    library.close()
  }
}

/** Starts mining in a process of its own and kills it after so many passes. */
async function mineAndKill(passes: number): Promise<void> {
  const child = spawn(process.execPath, [program, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  let seen = 0
  for await (const _ of createInterface(child.stdout)) if (++seen === passes) break
  child.kill('SIGKILL')
  const [code, signal] = (await exit) as [number | null, string | null]
  expect([code, signal]).toEqual([null, 'SIGKILL'])
}

describe('a mining run that is killed', () => {
  it('goes on at the block where it was and ends with the result of an undisturbed one', async () => {
    cpSync(path, join(folder, 'undisturbed.db'))
    await mineAndKill(3)
    const after = await mineTo(path)
    const undisturbed = await mineTo(join(folder, 'undisturbed.db'))
    expect(after.passes[0]).toBeGreaterThanOrEqual(3 * PAIRS_PER_PASS)
    expect(after.lines[0]).toMatch(/^Goes on after \d+ pairs/)
    expect(after.passes.length).toBeLessThan(undisturbed.passes.length)
    expect(after.result).toEqual(undisturbed.result)
  }, 60_000)

  it('starts anew when the library changed in between, and says so', async () => {
    await mineAndKill(2)
    const library = LibraryDatabase.open(path)
    library.db.exec("DELETE FROM document WHERE title = 'Smoke'")
    library.close()
    const { passes, lines, result } = await mineTo(path)
    expect(passes[0]).toBe(PAIRS_PER_PASS)
    expect(lines[0]).toMatch(/library or the model changed/)
    expect(result.unscored).toBeGreaterThan(0)
    expect(result.runs).toBe(1)
  }, 60_000)
})
