// Training pairs from an indexed library itself: headings and sentences as queries for their sections, hard negatives by keyword search.
import type { Database } from 'better-sqlite3'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LexicalRetriever } from '../../retrieval/index.ts'

interface Section {
  readonly id: number
  readonly document: number
  readonly title: string
  readonly headings: string
  readonly text: string
}

/** Passages that keyword search finds for a heading, best first, from which negatives are taken. */
const DEPTH = 30
const NEGATIVES = 12
/** Sections shorter than this say too little. */
const LEAST_WORDS = 15

/**
 * Writes pairs with scored negatives as JSON lines. The score of a text is its BM25 score for the query; a section that keyword search
 * does not find for its own heading scores as high as the best that was found, so that no negative is taken for better than it.
 *
 * @returns how many pairs there are
 */
export async function writeSamplePairs(db: Database, file: string): Promise<number> {
  const sections = db
    .prepare<[], Section>(
      `SELECT passage.id, document_id AS document, document.title, headings, text FROM passage
       JOIN document ON document.id = document_id ORDER BY passage.id`,
    )
    .all()
  const byId = new Map(sections.map((section) => [section.id, section]))
  const retriever = new LexicalRetriever(db)
  const lines: string[] = []
  const seen = new Set<string>()
  for (const { section, query, positive } of sections.flatMap(queriesOf)) {
    if (seen.has(query)) continue
    seen.add(query)
    const found = await retriever.retrieve({ text: query, plain: true, intent: 'QA', k: DEPTH })
    const others = found.filter(({ passageId }) => !isSameSection(byId.get(passageId), section))
    if (others.length === 0) continue
    const own = found.find(({ passageId }) => passageId === section.id)?.score ?? found[0]!.score
    const negatives = others.slice(0, NEGATIVES)
    lines.push(
      JSON.stringify({
        query,
        pos: [positive],
        neg: negatives.map(({ passageId }) => byId.get(passageId)!.text),
        pos_scores: [own],
        neg_scores: negatives.map(({ score }) => score),
      }),
    )
  }
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${lines.join('\n')}\n`)
  return lines.length
}

interface SectionQuery {
  readonly section: Section
  readonly query: string
  readonly positive: string
}

/** A section by its title and innermost heading, and the rest of it by one of its sentences (the inverse cloze task). */
function queriesOf(section: Section): readonly SectionQuery[] {
  const { title, headings, text } = section
  if (text.split(/\s+/).length < LEAST_WORDS) return []
  const last = (JSON.parse(headings) as readonly string[]).at(-1)
  const queries: SectionQuery[] = []
  if (last !== undefined && last !== title) queries.push({ section, query: `${title}: ${last}`, positive: text })
  const sentences = text.split(/(?<=[.!?])\s+/)
  // Sentence 1: the first often repeats the heading, and there is one in most sections.
  const taken = sentences[1]
  if (sentences.length >= 4 && taken && taken.split(/\s+/).length >= 6)
    queries.push({ section, query: taken, positive: sentences.filter((_, index) => index !== 1).join(' ') })
  return queries
}

/** Passages under the same heading answer it too. */
function isSameSection(other: Section | undefined, section: Section): boolean {
  return !other || (other.document === section.document && other.headings === section.headings)
}
