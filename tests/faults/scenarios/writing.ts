import { copyFileSync, cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { ggufFromLlama2c } from '../../../electron/refinement/testing/gguf-writer.ts'
import { sharedData } from '../../shared-data.ts'
import { startDmr } from '../../support/dmr.ts'
import { faultsOf, readLibrary } from '../support/library-contents.ts'
import type { Scenario } from '../support/scenario.ts'
import { killDuring, measureLives } from '../support/victims.ts'
import { countWrites, dieAtWrite } from '../support/writes.ts'

const SAMPLE = fileURLToPath(new URL('../../../resources/sample-library/pdfs/sops/eoc-handbook.pdf', import.meta.url))
/** The model reads 512 tokens of its tiny vocabulary, which no prompt fits; it is run beyond what it was trained on. */
const CONTEXT = 8_192

const runtime = process.env['DMR_LLAMA_FOLDER']
if (runtime === undefined)
  console.warn('skipped: kills of the local model, since DMR_LLAMA_FOLDER names no folder with node-llama-cpp')
const weights = runtime === undefined ? undefined : sharedData('models/stories260K')

/** Writing queries: by rules in the services, and with a language model in a process of its own where its runtime is. */
export const writing: Scenario = {
  kills: { host: [2, 24], ...(weights === undefined ? {} : { generate: [1, 12] }) },
  prepare: async (folder) => {
    cpSync(SAMPLE, join(folder, 'documents', 'handbook.pdf'))
    const before = join(folder, 'before.db')
    const { code, stderr } = await startDmr(['index', join(folder, 'documents'), '--no-embed', '--library', before])
      .outcome
    expect(code, stderr).toBe(0)

    const modelFile = join(folder, 'stories.gguf')
    if (weights !== undefined) writeFileSync(modelFile, ggufFromLlama2c(weights, { contextTokens: CONTEXT }))
    const byRules = (library: string): string[] => ['synthesize', '--intent', 'QA', '--library', library]
    const byModel = (library: string): string[] => [
      ...[...byRules(library), '--limit', '2', '--generator', 'gguf'],
      ...['--model-file', modelFile, '--llama-folder', runtime!],
    ]

    const whole = join(folder, 'whole.db')
    copyFileSync(before, whole)
    const { writes, outcome } = await countWrites(byRules(whole))
    expect(outcome.code, outcome.stderr).toBe(0)
    const expected = pairsOf(whole)
    expect(expected.length).toBeGreaterThan(10)
    const undisturbed =
      weights === undefined ? undefined : await runUndisturbed(byModel, join(folder, 'model.db'), before)

    const library = join(folder, 'killed.db')
    const startAfresh = (): void => {
      for (const end of ['', '-wal', '-shm', '-journal', '.lock']) rmSync(`${library}${end}`, { force: true })
      copyFileSync(before, library)
    }
    return {
      kill: async (victim, random) => {
        startAfresh()
        if (victim === 'host') {
          const struck = await dieAtWrite(byRules(library), 1 + Math.floor(random() * writes))
          expect(faultsOf(library)).toBe('')
          const kept = pairsOf(library)
          expect(expected).toEqual(expect.arrayContaining(kept))
          const again = await startDmr(byRules(library)).outcome
          expect(again.code, again.stderr).toBe(0)
          expect(pairsOf(library)).toEqual(expected)
          return struck ? `with ${kept.length === 0 ? 'no' : 'some'} pairs written` : undefined
        }
        const { struck, outcome } = await killDuring(byModel(library), victim, undisturbed!.life * random())
        expect(faultsOf(library)).toBe('')
        // The passage under way is refused and told; the next one has a new process. Nothing else is lost.
        expect([0, 3], outcome.stderr).toContain(outcome.code)
        const again = await startDmr(byModel(library)).outcome
        expect(again.code, again.stderr).toBe(undisturbed!.code)
        expect(pairsOf(library)).toEqual(undisturbed!.pairs)
        return struck ? 'at work' : undefined
      },
      finish: () => Promise.resolve(),
    }
  },
}

/** What the model writes when nothing is killed, and how long its process lives, ms. */
async function runUndisturbed(byModel: (library: string) => string[], library: string, before: string) {
  copyFileSync(before, library)
  const { outcome, lifeOf } = await measureLives(byModel(library), ['generate'])
  const pairs = pairsOf(library)
  expect(pairs.length, outcome.stderr).toBeGreaterThan(0)
  return { code: outcome.code, life: lifeOf('generate'), pairs }
}

/** Queries with the text that answers them, in an order of their own. */
function pairsOf(path: string): string[] {
  return readLibrary(path, (db) =>
    db
      .prepare<[], string>(
        `SELECT query || ' <- ' || training_text.text || ' by ' || generator FROM pair
         JOIN training_text ON training_text.id = positive_id ORDER BY 1`,
      )
      .pluck()
      .all(),
  )
}
