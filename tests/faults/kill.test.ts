// kill -9 of every process at random points of everything it does. `npm test` runs the short form, `npm run test:faults` the long one.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ocrEngines } from '../../electron/ingestion/ocr/ocr-engines.ts'
import { deciding } from './scenarios/deciding.ts'
import { indexing } from './scenarios/indexing.ts'
import { migrating } from './scenarios/migrating.ts'
import { promoting } from './scenarios/promoting.ts'
import { recognising } from './scenarios/recognising.ts'
import { training } from './scenarios/training.ts'
import { writing } from './scenarios/writing.ts'
import { many, randomFor, SEED, Tally } from './support/plan.ts'
import type { PreparedScenario, Scenario } from './support/scenario.ts'
import { canFindWorkers, type Victim } from './support/victims.ts'

const scenarios: Record<string, Scenario> = { indexing, recognising, writing, deciding, training, promoting, migrating }
const hasOcr = (await ocrEngines()).length > 0
const MOST_ATTEMPTS_A_KILL = 3

const folder = mkdtempSync(join(tmpdir(), 'dmr-faults-'))
let planned = 0
let survived = 0

afterAll(() => {
  console.log(`survived ${survived} kills (seed ${SEED}: DMR_FAULT_SEED=${SEED} repeats their points)`)
  rmSync(folder, { recursive: true, force: true })
})

for (const [name, scenario] of Object.entries(scenarios)) {
  describe.skipIf(scenario === recognising && !hasOcr)(`kill -9 while ${name}`, () => {
    let prepared: PreparedScenario | undefined
    afterAll(() => prepared?.close?.())

    for (const [victim, [short, long]] of Object.entries(scenario.kills) as [Victim, readonly [number, number]][]) {
      const kills = many(short, long)
      const canStrike = victim === 'host' || canFindWorkers
      if (!canStrike) console.warn(`skipped: ${victim} workers cannot be found without /proc`)
      else planned += kills
      it.skipIf(!canStrike)(
        `of the ${victim} process costs nothing`,
        async () => {
          prepared ??= await scenario.prepare(join(folder, name))
          const random = randomFor(`${name} ${victim}`)
          const tally = new Tally()
          for (let attempt = 0; tally.total < kills && attempt < kills * MOST_ATTEMPTS_A_KILL; attempt += 1) {
            const where = await prepared.kill(victim, random)
            if (where === undefined) tally.missed()
            else tally.struck(where)
          }
          await prepared.finish()
          console.log(`${name}, ${victim}: ${tally}`)
          survived += tally.total
          // Points at the very end of the work may be missed, but not most of them.
          expect(tally.total).toBeGreaterThanOrEqual(kills / 2)
        },
        many(120_000, 1_800_000),
      )
    }
  })
}

it('came to the number of kills that is promised', () => {
  if (hasOcr && canFindWorkers) expect(planned).toBeGreaterThanOrEqual(many(20, 200))
  expect(survived).toBeGreaterThanOrEqual(planned * 0.8)
})
