import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Judge } from '../../contracts/curation.ts'
import { INTENTS } from '../../contracts/intents.ts'
import {
  DatasetRepository,
  DisagreementRepository,
  GenerationRepository,
  JudgeRepository,
  LibraryDatabase,
  MiningRunRepository,
  PairRepository,
  PairVoteRepository,
  ReviewLogRepository,
  ReviewPackageRepository,
  ReviewQueueRepository,
  TrainingTextRepository,
} from '../../storage/index.ts'
import { DecisionLog } from '../decision-log.ts'
import { Judging } from '../judging.ts'
import { ReviewItems } from '../review-items.ts'
import { ReviewQueue } from '../review-queue.ts'
import { TextPlaces } from '../text-places.ts'

/** A library file with pairs about wells and shelters, and what judges need. Close it, and its folder goes. */
export function pairLibrary(options: { pairs?: number; folder?: string; name?: string } = {}) {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'dmr-curation-'))
  const library = LibraryDatabase.open(join(folder, `${options.name ?? 'library'}.db`))
  const { db } = library
  const pairs = new PairRepository(db)
  const texts = new TrainingTextRepository(db)
  const judges = new JudgeRepository(db)
  const log = new ReviewLogRepository(db)
  const votes = new PairVoteRepository(db)
  const mining = new MiningRunRepository(db)
  const datasets = new DatasetRepository(db)
  const generations = new GenerationRepository(db)
  const packages = new ReviewPackageRepository(db)
  const disagreements = new DisagreementRepository(db)
  const queueTable = new ReviewQueueRepository(db)
  const decisions = new DecisionLog({ db, log })
  const places = new TextPlaces(db)
  const items = new ReviewItems({ pairs, texts, votes, datasets, generations, judges, log, queue: queueTable, places })
  const queue = new ReviewQueue({ queue: queueTable, log, items })
  const judging = new Judging({ judges, log, queue: queueTable, items, decisions })

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

  /** A filter run that keeps every second pair, with the votes of two retrievers. */
  function filterPairs(): number {
    const all = pairs.list()
    for (const retriever of ['lexical', 'lsa'])
      votes.save(
        retriever,
        'v1',
        all.map(({ id, source }) => ({
          pairId: id,
          ranking: [
            ['another document', 1, 'another passage', 9],
            [source.documentHash, source.page, source.passageHash, 7],
          ],
        })),
      )
    return votes.addRun(
      { rule: 'agree', topN: 1, retrievers: [{ id: 'lexical', version: 'v1' }], report: {} },
      all.map(({ id }) => ({ pairId: id, kept: id % 2 === 0, outcome: id % 2 === 0 ? 'kept' : 'no-agreement' })),
    )
  }

  /** A mining run with three negatives per pair; of every third pair the first is suspected. */
  function minePairs(filterId: number | null = null): number {
    const rule = { kind: 'percentage', alphas: [0.65, 0.85] }
    const miningId = mining.start({ filterId, retriever: 'lexical', version: 'v1', rule, options: {} })
    db.transaction(() =>
      mining.add(
        miningId,
        pairs.list().map(({ id }) => ({
          pairId: id,
          positiveScore: 10,
          negatives: [1, 2, 3].map((rank) => ({
            textId: textOf(id * 10 + rank, 'Tank'),
            rank,
            score: 10 - rank,
            levels: rank === 1 && id % 3 === 0 ? 0 : 0b11,
            suspect: rank === 1 && id % 3 === 0,
          })),
        })),
      ),
    ).immediate()
    mining.complete(miningId, { queries: 0 })
    return miningId
  }

  return {
    ...{ folder, library, db, pairs, texts, judges, log, decisions, textOf, votes, mining, datasets, generations },
    ...{ packages, disagreements, queueTable, items, queue, judging, filterPairs, minePairs },
    person: (name: string): Judge =>
      judges.add({ name, initials: name.slice(0, 2).toUpperCase(), color: 1, kind: 'person' }),
    close: (): void => {
      library.close()
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}
export type PairLibrary = ReturnType<typeof pairLibrary>
