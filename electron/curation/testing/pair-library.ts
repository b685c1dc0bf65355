import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Judge } from '../../contracts/curation.ts'
import { INTENTS } from '../../contracts/intents.ts'
import {
  JudgeRepository,
  LibraryDatabase,
  PairRepository,
  ReviewLogRepository,
  TrainingTextRepository,
} from '../../storage/index.ts'
import { DecisionLog } from '../decision-log.ts'

/** A library file with pairs about wells and shelters, and what judges need. Close it, and its folder goes. */
export function pairLibrary(options: { pairs?: number; folder?: string; name?: string } = {}) {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'dmr-curation-'))
  const library = LibraryDatabase.open(join(folder, `${options.name ?? 'library'}.db`))
  const { db } = library
  const pairs = new PairRepository(db)
  const texts = new TrainingTextRepository(db)
  const judges = new JudgeRepository(db)
  const log = new ReviewLogRepository(db)
  const decisions = new DecisionLog({ db, log })

  db.transaction(() => {
    for (let n = 1; n <= (options.pairs ?? 0); n++) addPair(n)
  }).immediate()

  function textOf(n: number, what = 'Well'): number {
    return texts.add({
      text: `${what} ${n} is sampled every ${n + 1} days by the duty chief.`,
      documentHash: `document ${Math.ceil(n / 5)}`,
      title: `Plan ${Math.ceil(n / 5)}`,
      page: 1 + (n % 5),
      pageEnd: 1 + (n % 5),
      passageHash: `${what} passage ${n}`,
    })
  }

  function addPair(n: number): void {
    const id = textOf(n)
    pairs.add({
      intent: INTENTS[n % INTENTS.length]!,
      query: `How often is well ${n} sampled?`,
      positiveId: id,
      sourceId: id,
      generator: n % 3 === 0 ? 'openai' : 'cloze',
      model: n % 3 === 0 ? 'small-model' : '',
      promptHash: null,
      details: { method: 'test', attributes: { difficulty: n % 2 === 0 ? 'college' : 'PhD' } },
    })
  }

  return {
    ...{ folder, library, db, pairs, texts, judges, log, decisions, textOf },
    person: (name: string): Judge =>
      judges.add({ name, initials: name.slice(0, 2).toUpperCase(), color: 1, kind: 'person' }),
    close: (): void => {
      library.close()
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}
export type PairLibrary = ReturnType<typeof pairLibrary>
