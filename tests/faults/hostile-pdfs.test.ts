// PDFs that attack or break their reader: odd files of other programs' test suites, and our own sample files, mutated.
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { FILE_STATES } from '../../electron/contracts/library.ts'
import { ExtractionError, FAILURE_STATES } from '../../electron/ingestion/extraction/extraction-error.ts'
import { ExtractionPool } from '../../electron/ingestion/extraction/extraction-pool.ts'
import { NodeLauncher } from '../../electron/platform/node-launcher.ts'
import type { RandomSource } from '../../electron/platform/seeded-random.ts'
import { sharedData } from '../shared-data.ts'
import { dmr, startDmr } from '../support/dmr.ts'
import { faultsOf } from './support/library-contents.ts'
import { mutatePdf } from './support/mutate-pdf.ts'
import { many, randomFor, SEED } from './support/plan.ts'
import { canFindWorkers, peakBytes, workersOf } from './support/victims.ts'

/** What the application allows a worker, and what the kernel may count on top of it. */
const WORKER_CAP_BYTES = 640 * 2 ** 20
const CAP_SLACK = 1.25
const MUTANTS = many(24, 600)

const folder = mkdtempSync(join(tmpdir(), 'dmr-hostile-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface FileLine {
  readonly path: string
  readonly state: string
  readonly reason: string | null
}

const odd = sharedData('robustness')

describe.skipIf(!odd)("odd files of other programs' test suites", () => {
  it(
    'end in one state each, with a reason where one is due, in bounded memory',
    { timeout: many(120_000, 900_000) },
    async () => {
      const files = globSync('**/*.pdf', { cwd: odd! }).sort()
      const chosen = files.filter((_, index) => index % many(5, 1) === 0)
      const documents = join(folder, 'odd')
      mkdirSync(documents)
      chosen.forEach((file, index) => copyFileSync(join(odd!, file), join(documents, `${index}-${basename(file)}`)))
      const library = join(folder, 'odd.db')
      const run = startDmr(['index', documents, '--no-embed', '--library', library, '--json'])
      let peak = 0
      const watch = setInterval(() => {
        for (const pid of canFindWorkers ? workersOf(run.pid!, 'extract') : []) peak = Math.max(peak, peakBytes(pid))
      }, 50)
      const { code, stderr } = await run.outcome
      clearInterval(watch)
      expect([0, 3], stderr).toContain(code)
      expect(faultsOf(library)).toBe('')
      const { json } = await dmr('status', '--files', '--library', library, '--json')
      const lines = (json as { files: FileLine[] }).files
      expect(lines).toHaveLength(chosen.length)
      for (const { path, state, reason } of lines) {
        expect(FILE_STATES, path).toContain(state)
        // Nothing is still under way, and what a person should know is said.
        expect(['waiting', 'reading'], path).not.toContain(state)
        if (state !== 'indexed') expect(reason, `${path}: ${state}`).toMatch(/\S.{5,}/u)
      }
      // None of them kills or stalls a reader, on which each would have been tried twice.
      expect(lines.filter(({ reason }) => /ended .*twice|took longer|MiB of memory/u.test(reason ?? ''))).toEqual([])
      expect(peak).toBeLessThan(WORKER_CAP_BYTES * CAP_SLACK)
      const states = Object.entries(Object.groupBy(lines, ({ state }) => state)).map(
        ([state, all]) => `${state} ${all!.length}`,
      )
      console.log(
        `${lines.length} odd files: ${states.sort().join(', ')}; a worker held at most ${Math.round(peak / 2 ** 20)} MiB`,
      )
    },
  )
})

describe('sample files with mutations', () => {
  const samples = globSync('**/*.pdf', {
    cwd: fileURLToPath(new URL('../../resources/sample-library/pdfs', import.meta.url)),
  })

  it(`are read or refused with a reason, ${MUTANTS} of them`, { timeout: many(120_000, 1_200_000) }, async () => {
    const random = randomFor('mutated PDFs')
    await using pool = new ExtractionPool({
      launcher: new NodeLauncher(),
      size: availableParallelism(),
      pageCapMs: 60_000,
      timeCapMs: 120_000,
    })
    const counts: Record<string, number> = {}
    const one = async (number: number): Promise<void> => {
      const path = writeMutant(number, samples, random)
      let outcome = 'read'
      try {
        const document = await pool.extract(path)
        expect(document.pages.length).toBeGreaterThan(0)
        if (document.damage !== undefined) outcome = 'read in part'
      } catch (error) {
        // Anything else is a fault of ours, and the mutant is kept to look at.
        if (!(error instanceof ExtractionError)) throw new Error(`mutant ${number} (seed ${SEED})`, { cause: error })
        expect(Object.keys(FAILURE_STATES)).toContain(error.code)
        expect(error.message.length).toBeGreaterThan(10)
        outcome = error.code
      }
      counts[outcome] = (counts[outcome] ?? 0) + 1
    }
    await Promise.all(Array.from({ length: MUTANTS }, (_, number) => one(number)))
    console.log(`${MUTANTS} mutants (seed ${SEED}):`, counts)
    // A reader that dies, hangs or eats memory is contained, but none of these may make it so.
    for (const contained of ['CRASHED', 'TIME_LIMIT', 'MEMORY_LIMIT'])
      expect(counts[contained], contained).toBeUndefined()
  })
})

function writeMutant(number: number, samples: readonly string[], random: RandomSource): string {
  const sample = samples[Math.floor(random() * samples.length)]!
  const source = fileURLToPath(new URL(`../../resources/sample-library/pdfs/${sample}`, import.meta.url))
  const path = join(folder, `mutant-${number}.pdf`)
  writeFileSync(path, mutatePdf(readFileSync(source), random))
  return path
}
