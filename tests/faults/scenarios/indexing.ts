import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { dmr } from '../../support/dmr.ts'
import { pageOfText, writePdf } from '../../support/pdf.ts'
import { contentsOf, faultsOf, phaseOf } from '../support/library-contents.ts'
import type { Scenario } from '../support/scenario.ts'
import { killDuring, measureLives } from '../support/victims.ts'

const FILES = 30
const PAGES = 8

/** Scanning, reading, storing, the keyword index, near copies and vectors: `dmr index` from an empty library on. */
export const indexing: Scenario = {
  kills: { host: [6, 90], extract: [2, 25], compute: [2, 20] },
  prepare: async (folder) => {
    const documents = join(folder, 'documents')
    await writeDocuments(documents)
    const index = (library: string): string[] => ['index', documents, '--library', library, '--device', 'cpu']
    const whole = join(folder, 'whole.db')
    const { outcome, lifeOf } = await measureLives(index(whole), ['extract', 'compute'])
    expect(outcome.code, outcome.stderr).toBe(0)
    const expected = contentsOf(whole)
    const library = join(folder, 'killed.db')
    const startAfresh = (): void => {
      for (const end of ['', '-wal', '-shm', '-journal', '.lock']) rmSync(`${library}${end}`, { force: true })
    }
    return {
      kill: async (victim, random) => {
        const { struck } = await killDuring(index(library), victim, lifeOf(victim) * random())
        const phase = phaseOf(library)
        expect(faultsOf(library)).toBe('')
        if (!struck || victim !== 'host') {
          // The library is complete: a worker that was killed is replaced, and the host comes to its end.
          expect(contentsOf(library)).toEqual(expected)
          startAfresh()
        }
        return struck ? (victim === 'host' ? phase : 'at work') : undefined
      },
      finish: async () => {
        const { code, stderr } = await dmr(...index(library))
        expect(code, stderr).toBe(0)
        expect(faultsOf(library)).toBe('')
        expect(contentsOf(library)).toEqual(expected)
        startAfresh()
      },
    }
  },
}

/** Every tenth file is a copy of the one before it, and every tenth one nearly so. */
async function writeDocuments(folder: string): Promise<void> {
  for (let file = 0; file < FILES; file += 1) {
    const seed = file % 10 === 9 ? file - 1 : file
    const pages = Array.from({ length: PAGES }, (_, page) => pageOfText(seed * 100 + page))
    if (file % 10 === 8) pages[0] = `${pages[0]} Revised.`
    await writePdf(join(folder, `${file}.pdf`), pages, { title: `Plan ${seed}` })
  }
}
