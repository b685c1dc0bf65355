/**
 * Semantic chunking as DisastIR does it: passages break where the meaning of neighbouring sentences differs most. The
 * caller embeds the sentences; the chunker takes the breaks as wishes beside the structure of the document.
 */
import type { TextPosition } from './blocks.ts'
import type { PageText } from './page.ts'
import { semanticBreakpoints, splitSentences } from './sentences.ts'

export interface DocumentSentence {
  /** 1-based page number. */
  readonly page: number
  /** Half-open range in the text of the page. */
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The sentences of a document in reading order, as they are to be embedded. */
export function documentSentences(pages: readonly PageText[]): DocumentSentence[] {
  return pages.flatMap((page) =>
    splitSentences(page.text).map(({ start, end }) => ({
      page: page.number,
      start,
      end,
      text: page.text.slice(start, end).replace(/\s+/g, ' '),
    })),
  )
}

/**
 * The `breaks` option of `chunkDocument`: where a sentence starts that is far from the one before it.
 * @param distances distance of sentence i to sentence i + 1; one less than there are sentences
 */
export function breaksBetween(
  sentences: readonly DocumentSentence[],
  distances: ArrayLike<number>,
  percentile = 95,
): TextPosition[] {
  if (distances.length !== Math.max(0, sentences.length - 1)) {
    throw new RangeError(
      `breaksBetween: ${sentences.length} sentences have ${Math.max(0, sentences.length - 1)} distances, got ${distances.length}`,
    )
  }
  return semanticBreakpoints(distances, percentile).flatMap((index) => {
    const next = sentences[index + 1]
    return next ? [{ page: next.page, offset: next.start }] : []
  })
}
