// A process that a test kills: mines two pairs a pass with keywords and prints a line after each. Argument: the library.
import { lexicalBatch, LexicalRetriever } from '../../retrieval/index.ts'
import { LibraryDatabase } from '../../storage/index.ts'
import { MineJob, type MineParams } from '../mining/mine-job.ts'
import { refinementTables } from './small-library.ts'

export const PAIRS_PER_PASS = 2
export const PARAMS: MineParams = { filterId: null, rule: { kind: 'percentage', alphas: [0.3, 0.95] } }
const PAUSE_MS = 100

export function slowJob(library: LibraryDatabase, pauseMs: number): MineJob {
  const { db } = library
  const keywords = lexicalBatch(db, new LexicalRetriever(db))
  const retrievers = {
    ids: () => ['lexical'],
    open: () =>
      Promise.resolve({
        ...keywords,
        rank: async (...[queries, options]: Parameters<typeof keywords.rank>) => {
          await new Promise((resolve) => setTimeout(resolve, pauseMs))
          return keywords.rank(queries, options)
        },
      }),
  }
  return new MineJob({ ...refinementTables(db), retrievers, pairsPerPass: PAIRS_PER_PASS })
}

if (import.meta.main) {
  const library = LibraryDatabase.open(process.argv[2]!)
  await slowJob(library, PAUSE_MS).run({
    jobId: 1,
    params: PARAMS,
    signal: new AbortController().signal,
    report: ({ stages }) => {
      if (String(stages[0]?.name) === 'Mine hard negatives') process.stdout.write(`${stages[0]!.done}\n`)
    },
    log: () => {},
  })
}
