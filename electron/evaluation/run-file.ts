// Rankings that another program made: a TREC run scored into an evaluation like any other.
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { Intent } from '../contracts/intents.ts'
import type { BenchmarkFacts } from './benchmark-dataset.ts'
import { scoreRun } from './benchmark-score.ts'
import { alignRun } from './qrels-and-run.ts'
import { qrelsLines, readQrels, readRun } from './trec-files.ts'

export interface RunFileParams {
  readonly qrels: string
  readonly run: string
  /** What the queries are; a TREC file does not say. */
  readonly intent: Intent
  readonly unjudged: 'zero-fill' | 'ignore'
}

/** @throws EvaluationInputError for a file that cannot be read, RangeError when the two do not belong together. */
export async function evaluateRunFile({ qrels: qrelsPath, run: runPath, intent, unjudged }: RunFileParams) {
  const started = performance.now()
  const qrels = await readQrels(qrelsPath)
  const run = alignRun(qrels, await readRun(runPath))
  const facts: BenchmarkFacts = {
    ...{ name: basename(qrelsPath), path: qrelsPath, kind: 'run', split: null, notes: [] },
    hash: createHash('sha256')
      .update([...qrelsLines(qrels)].join(''))
      .digest('hex'),
    // Neither file has the queries' words.
    queries: [...qrels.keys()].map((id) => ({ id, text: id, intent })),
  }
  const scored = scoreRun(facts, run, qrels, { unjudged, titleOf: (docId) => docId })
  return { benchmark: facts, report: { ...scored, notes: facts.notes, seconds: (performance.now() - started) / 1_000 } }
}
