// The two inputs of every measure, as they lie in memory.
import { IdSpellings } from './id-spelling.ts'

/** Relevance judgements: query id -> document id -> grade. Grades may be fractions; below zero means "pooled, not judged". */
export type Qrels = ReadonlyMap<string, ReadonlyMap<string, number>>

/** Judgements query by query, for writing: a {@link Qrels}, or one that is read as it is written. */
export type JudgedQueries = Iterable<readonly [queryId: string, grades: ReadonlyMap<string, number>]>

export interface ScoredDocument {
  readonly docId: string
  /** Higher is better. Always finite. */
  readonly score: number
}

/** A retrieval run: query id -> retrieved documents, in any order (measures rank them by score). */
export type Run = ReadonlyMap<string, readonly ScoredDocument[]>

/** Which ids of a run and its judgements do not meet, so that a wrong pairing of files is seen and not scored as zero. */
export interface IdMismatch {
  readonly queriesWithoutJudgements: readonly string[]
  readonly queriesMissingFromRun: readonly string[]
  /** Judged documents that no corpus entry has; empty when no corpus was given. */
  readonly judgedDocumentsNotInCorpus: readonly string[]
  readonly retrievedDocumentsNotInCorpus: readonly string[]
}

/** Lists the ids that occur on one side only. `corpusIds` is optional: a TREC pair comes without its corpus. */
export function findIdMismatch(qrels: Qrels, run: Run, corpusIds?: ReadonlySet<string>): IdMismatch {
  const notInCorpus = (ids: Iterable<string>) => (corpusIds ? [...new Set(ids)].filter((id) => !corpusIds.has(id)) : [])
  return {
    queriesWithoutJudgements: [...run.keys()].filter((id) => !qrels.has(id)),
    queriesMissingFromRun: [...qrels.keys()].filter((id) => !run.has(id)),
    judgedDocumentsNotInCorpus: notInCorpus([...qrels.values()].flatMap((grades) => [...grades.keys()])),
    retrievedDocumentsNotInCorpus: notInCorpus([...run.values()].flatMap((docs) => docs.map((doc) => doc.docId))),
  }
}

/**
 * Gives the ids of a run the spelling of its judgements, where the two differ by underscores for spaces.
 * @throws RangeError when an id of the run fits two judged ids, or two query ids of the run fit one judged query.
 */
export function alignRun(qrels: Qrels, run: Run): Run {
  const queryIds = new IdSpellings(qrels)
  const aligned = new Map<string, readonly ScoredDocument[]>()
  for (const [runQuery, documents] of run) {
    const queryId = queryIds.resolve(runQuery) ?? runQuery
    if (aligned.has(queryId)) {
      throw new RangeError(`query "${queryId}" occurs in the run under two spellings; keep one of them`)
    }
    const docIds = new IdSpellings(qrels.get(queryId) ?? new Map<string, number>())
    aligned.set(
      queryId,
      documents.map((doc) => {
        const docId = docIds.resolve(doc.docId) ?? doc.docId
        return docId === doc.docId ? doc : { docId, score: doc.score }
      }),
    )
  }
  return aligned
}

/**
 * Gives the document ids of judgements the spelling of the corpus. Ids that the corpus lacks stay as they are.
 * @throws RangeError when a judged id fits two corpus ids.
 */
export function alignQrels(qrels: Qrels, corpusIds: ReadonlySet<string>): Qrels {
  const docIds = new IdSpellings(corpusIds)
  return new Map(
    [...qrels].map(([queryId, grades]) => [
      queryId,
      new Map([...grades].map(([docId, grade]) => [docIds.resolve(docId) ?? docId, grade])),
    ]),
  )
}
