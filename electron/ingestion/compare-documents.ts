import type { Difference } from '../contracts/library.ts'
import { diffWords } from '../text/diff.ts'

interface ComparablePage {
  readonly number: number
  readonly text: string
}

interface Paragraph {
  readonly page: number
  readonly text: string
}

/** A paragraph is "the same one, changed" when at least this share of its words is kept. */
const SAME_PARAGRAPH = 0.5
const LOOK_AHEAD = 12

/** Where two near copies differ, paragraph by paragraph, with the words removed and added. Equal paragraphs are left out. */
export function compareDocuments(a: readonly ComparablePage[], b: readonly ComparablePage[]): Difference[] {
  const left = paragraphs(a)
  const right = paragraphs(b)
  const differences: Difference[] = []
  let i = 0
  let j = 0
  while (i < left.length || j < right.length) {
    const own = left[i]
    const other = right[j]
    if (own && other && own.text === other.text) {
      i += 1
      j += 1
      continue
    }
    if (own && other && overlap(own.text, other.text) >= SAME_PARAGRAPH) {
      differences.push({ pageA: own.page, pageB: other.page, heading: null, parts: diffWords(own.text, other.text) })
      i += 1
      j += 1
      continue
    }
    const removed = own !== undefined && !foundAhead(own, right, j)
    if (removed || !other) {
      if (own)
        differences.push({
          pageA: own.page,
          pageB: other?.page ?? own.page,
          heading: null,
          parts: [{ kind: 'removed', text: own.text }],
        })
      i += 1
    } else {
      differences.push({
        pageA: own?.page ?? other.page,
        pageB: other.page,
        heading: null,
        parts: [{ kind: 'added', text: other.text }],
      })
      j += 1
    }
  }
  return differences
}

function paragraphs(pages: readonly ComparablePage[]): Paragraph[] {
  return pages.flatMap((page) =>
    page.text
      .split(/\n\s*\n/u)
      .map((text) => ({ page: page.number, text: text.replace(/\s+/gu, ' ').trim() }))
      .filter(({ text }) => text !== ''),
  )
}

function foundAhead(paragraph: Paragraph, candidates: readonly Paragraph[], from: number): boolean {
  return candidates
    .slice(from, from + LOOK_AHEAD)
    .some((candidate) => candidate.text === paragraph.text || overlap(candidate.text, paragraph.text) >= SAME_PARAGRAPH)
}

/** Share of the longer text's different words that both have. */
function overlap(a: string, b: string): number {
  const wordsA = new Set(a.toLowerCase().split(' '))
  const wordsB = new Set(b.toLowerCase().split(' '))
  let shared = 0
  for (const word of wordsA) if (wordsB.has(word)) shared += 1
  return shared / Math.max(wordsA.size, wordsB.size)
}
