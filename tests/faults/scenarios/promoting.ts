import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { modelFixture } from '../../../electron/ml/testing/model-fixtures.ts'
import { startDmr } from '../../support/dmr.ts'
import { pageOfText, writePdf } from '../../support/pdf.ts'
import { contentsOf, faultsOf, readLibrary } from '../support/library-contents.ts'
import type { Scenario } from '../support/scenario.ts'
import { countWrites, dieAtWrite } from '../support/writes.ts'

const LAST_WRITES = 12

/** `dmr models use`: the index of another model is made beside the one in use, then search is switched to it. */
export const promoting: Scenario = {
  kills: { host: [3, 24] },
  prepare: async (folder) => {
    await writePdf(
      join(folder, 'documents', 'plan.pdf'),
      Array.from({ length: 12 }, (_, page) => pageOfText(page)),
    )
    const before = join(folder, 'before.db')
    const run = async (...args: string[]): Promise<unknown> => {
      const { code, stderr, json } = await startDmr([...args, '--library', before, '--device', 'cpu', '--json']).outcome
      expect(code, stderr).toBe(0)
      return json
    }
    await run('index', join(folder, 'documents'), '--no-embed')
    for (const name of ['bert', 'distilbert']) await run('models', 'import', modelFixture(name))
    await run('models', 'use', 'bert')

    const use = (library: string): string[] => ['models', 'use', 'distilbert', '--library', library, '--device', 'cpu']
    const whole = join(folder, 'whole.db')
    copyFileSync(before, whole)
    const { writes, outcome } = await countWrites(use(whole))
    expect(outcome.code, outcome.stderr).toBe(0)
    const expected = contentsOf(whole)
    expect(modelInUse(whole)).toBe('distilbert')

    const library = join(folder, 'killed.db')
    const startAfresh = (): void => {
      for (const end of ['', '-wal', '-shm', '-journal', '.lock']) rmSync(`${library}${end}`, { force: true })
      copyFileSync(before, library)
    }
    return {
      kill: async (_victim, random) => {
        startAfresh()
        // Half of the kills while vectors are stored, half around the switch.
        const span = random() < 0.5 ? writes : Math.min(LAST_WRITES, writes)
        const struck = await dieAtWrite(use(library), writes - Math.floor(random() * span))
        expect(faultsOf(library)).toBe('')
        const model = modelInUse(library)
        expect(['bert', 'distilbert']).toContain(model)
        expect(passagesWithout(library, model), `vectors missing in the index of ${model}, which is in use`).toBe(0)
        const { code, stderr } = await startDmr(use(library)).outcome
        expect(code, stderr).toBe(0)
        expect(contentsOf(library)).toEqual(expected)
        expect(modelInUse(library)).toBe('distilbert')
        return struck ? `with ${model} in use` : undefined
      },
      finish: () => Promise.resolve(),
    }
  },
}

function modelInUse(path: string): string {
  return readLibrary(path, (db) => {
    const setting = db.prepare<[], string>("SELECT value FROM setting WHERE key = 'search.index'").pluck().get()
    return (JSON.parse(setting ?? '{}') as { modelId?: string }).modelId ?? 'no model'
  })
}

/** How many passages the index of a model lacks. */
function passagesWithout(path: string, model: string): number {
  return readLibrary(path, (db) => {
    const id = db.prepare<[string], number>('SELECT id FROM vector_index WHERE model_id = ?').pluck().get(model)!
    return db
      .prepare<[], number>(`SELECT count(*) FROM passage WHERE id NOT IN (SELECT rowid FROM vectors_${id}_rowids)`)
      .pluck()
      .get()!
  })
}
