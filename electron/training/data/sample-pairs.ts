// Training pairs from an indexed library itself: queries by rule, hard negatives by keyword search.
import type { Database } from 'better-sqlite3'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Intent } from '../../contracts/intents.ts'
import { BuiltInGenerator, sourcePassages } from '../../refinement/index.ts'
import { LexicalRetriever } from '../../retrieval/index.ts'
import { DocumentRepository } from '../../storage/index.ts'

/** Intents whose answers are passages of the library, each a data set of its own. */
const SAMPLE_INTENTS = ['QA', 'FactCheck'] as const satisfies readonly Intent[]
/** More than most passages of the sample library give. */
const PAIRS_PER_PASSAGE = 16
const SEED = 1
/** Passages that keyword search finds for a query, best first, from which negatives are taken. */
const DEPTH = 30
const NEGATIVES = 12

/**
 * Writes pairs with scored negatives as JSON lines: questions, headings and sentences that ask for their section (`file`), and claims
 * that their section supports or refutes (`FactCheck.jsonl` beside it). The score of a text is its BM25 score for the query; a section
 * that keyword search does not find scores as high as the best that was found, so that no negative is taken for better than it.
 *
 * @param file `QA.jsonl` in a folder of its own
 * @param perPassage at most this many of an intent
 * @returns how many pairs there are
 */
export async function writeSamplePairs(db: Database, file: string, perPassage = PAIRS_PER_PASSAGE): Promise<number> {
  await mkdir(dirname(file), { recursive: true })
  let count = 0
  // The file that is asked for comes last: it says that all are there.
  for (const intent of SAMPLE_INTENTS.toReversed()) {
    const lines = await linesOf(db, intent, perPassage)
    const path = intent === 'QA' ? file : join(dirname(file), `${intent}.jsonl`)
    await writeFile(path, `${lines.join('\n')}\n`)
    count += lines.length
  }
  return count
}

async function linesOf(db: Database, intent: Intent, perPassage: number): Promise<string[]> {
  const generator = new BuiltInGenerator()
  const retriever = new LexicalRetriever(db)
  const textOf = db.prepare<[number], { text: string; hash: string }>(
    'SELECT text, text_hash AS hash FROM passage WHERE id = ?',
  )
  const options = { seed: SEED, perPassage, signal: new AbortController().signal }
  const lines: string[] = []
  const seen = new Set<string>()
  // Several workers read the library, so documents have another order every time; the pairs must not.
  const sections = [...sourcePassages(db, new DocumentRepository(db))]
  sections.sort((a, b) => (a.documentHash < b.documentHash ? -1 : a.documentHash > b.documentHash ? 1 : 0))
  for (const section of sections) {
    for (const { query } of await generator.generate(section, intent, options)) {
      if (seen.has(query)) continue
      seen.add(query)
      const hits = await retriever.retrieve({ text: query, plain: true, intent, k: DEPTH })
      const found = hits.map(({ passageId, score }) => ({ ...textOf.get(passageId)!, score }))
      const others = found.filter(({ hash }) => hash !== section.textHash).slice(0, NEGATIVES)
      if (others.length === 0) continue
      const own = found.find(({ hash }) => hash === section.textHash)?.score ?? found[0]!.score
      lines.push(
        JSON.stringify({
          query,
          // The whole section, also where the query is one of its sentences: sections with holes would compete with one another.
          pos: [section.text],
          neg: others.map(({ text }) => text),
          pos_scores: [own],
          neg_scores: others.map(({ score }) => score),
        }),
      )
    }
  }
  return lines
}
