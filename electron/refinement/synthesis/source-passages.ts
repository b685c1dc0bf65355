import type { Database } from 'better-sqlite3'
import { dropReasons, type CleanProfile } from '../../text/clean.ts'
import type { DocumentRepository, PassageRecord, StoredPage } from '../../storage/index.ts'
import { countTokens } from '../../text/tokens.ts'
import type { SourcePassage } from './generator.ts'

/** METHOD 2: shorter passages say too little to be asked about. */
export const FEWEST_TOKENS = 10
const FEWEST_ABSTRACT_TOKENS = 30
const ABSTRACT_HEADING = /\b(?:abstract|summary|overview|purpose|introduction|at a glance|resumen|résumé)\b/i
/** A passage of which a cleaning profile leaves less is not worth training on. */
const LEAST_SHARE_LEFT = 0.5

export interface PassageOptions {
  /** Leaves out passages that are mostly lines this profile drops. */
  readonly profile?: CleanProfile
}

/**
 * The passages to write pairs from, document by document: main copies only, no text twice, at least 10 tokens.
 * Each document is read in one go, so that a library may change between two of them.
 */
export function* sourcePassages(
  db: Database,
  documents: DocumentRepository,
  options: PassageOptions = {},
): Generator<SourcePassage> {
  const ids = db.prepare<[], number>('SELECT id FROM document WHERE is_main = 1 ORDER BY id').pluck().all()
  const seen = new Set<string>()
  for (const id of ids) {
    const document = documents.byId(id)
    if (!document) continue
    const passages = documents.passages(id)
    const abstractId = abstractOf(passages)?.id
    const share = options.profile ? shareLeft(documents.pages(id), options.profile) : () => 1
    for (const passage of passages) {
      const tokens = countTokens(passage.text)
      if (tokens < FEWEST_TOKENS || seen.has(passage.textHash) || share(passage) < LEAST_SHARE_LEFT) continue
      seen.add(passage.textHash)
      yield {
        documentHash: document.contentHash,
        title: document.title,
        language: document.language,
        page: passage.pageStart,
        pageEnd: passage.pageEnd,
        headings: passage.headings,
        text: passage.text,
        textHash: passage.textHash,
        tokens,
        isAbstract: passage.id === abstractId,
      }
    }
  }
}

/** The passage that sums a document up: under a heading that says so, else the first of some length. */
function abstractOf(passages: readonly PassageRecord[]): PassageRecord | undefined {
  const long = passages.filter(({ text }) => countTokens(text) >= FEWEST_ABSTRACT_TOKENS)
  return long.find(({ headings }) => ABSTRACT_HEADING.test(headings.at(-1) ?? '')) ?? long[0]
}

/** How much of a passage the profile leaves, 0 to 1, by characters. */
function shareLeft(pages: readonly StoredPage[], profile: CleanProfile): (passage: PassageRecord) => number {
  const printed = pages.map((page) => ({
    ...page,
    lines: page.lines.map((line) => ({ ...line, text: page.text.slice(line.start, line.end) })),
  }))
  const reasons = dropReasons(printed, profile)
  const byNumber = new Map(pages.map((page, index) => [page.number, index]))
  return ({ pageStart, pageEnd, charStart, charEnd }) => {
    let all = 0
    let dropped = 0
    for (let number = pageStart; number <= pageEnd; number++) {
      const index = byNumber.get(number)
      if (index === undefined) continue
      const from = number === pageStart ? charStart : 0
      const to = number === pageEnd ? charEnd : Infinity
      pages[index]!.lines.forEach((line, l) => {
        const length = Math.min(line.end, to) - Math.max(line.start, from)
        if (length <= 0) return
        all += length
        if (reasons[index]![l] !== undefined) dropped += length
      })
    }
    return all === 0 ? 1 : 1 - dropped / all
  }
}
