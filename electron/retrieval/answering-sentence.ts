import type { SearchHit } from '../contracts/search.ts'
import { splitSentences, type TextRange } from '../text/sentences.ts'

/** Which of several texts is nearest to a query in meaning, list by list: the index of the best one in each. */
export type NearestTexts = (lists: readonly (readonly string[])[]) => Promise<readonly number[]>

/** Hits below these are seen after scrolling, and marked when the list is asked for anew. */
const HITS_MARKED = 10

/** Marks in each snippet that the meaning leg found the sentence that comes nearest to answering. */
export async function markAnsweringSentences(hits: readonly SearchHit[], nearest: NearestTexts): Promise<SearchHit[]> {
  const candidates = hits.slice(0, HITS_MARKED).flatMap((hit) => {
    const sentences = hit.legs.dense ? answersIn(hit) : []
    return sentences.length > 1 ? [{ hit, sentences }] : []
  })
  const best = await nearest(
    candidates.map(({ hit, sentences }) => sentences.map(({ start, end }) => hit.snippet.text.slice(start, end))),
  )
  const marked = new Map(
    candidates.map(({ hit, sentences }, i) => {
      const { start, end } = sentences[best[i]!]!
      return [hit, { ...hit, snippet: { ...hit.snippet, meaning: [[start, end]] } }] as [SearchHit, SearchHit]
    }),
  )
  return hits.map((hit) => marked.get(hit) ?? hit)
}

/** It ends like a sentence, cut off or not; headings, captions and cells of a table do not, and "Table E-4." is too short. */
const SENTENCE = /(?:\S+\s+){3,}\S*[.!?…:;]["”’)\]]?$/u

/** The sentences of a snippet, line by line: what stands on a line of its own belongs to no other. */
function answersIn({ snippet: { text } }: SearchHit): TextRange[] {
  const sentences: TextRange[] = []
  let start = 0
  for (const line of text.split('\n')) {
    sentences.push(...splitSentences(text, start, start + line.length))
    start += line.length + 1
  }
  return sentences.filter((range) => SENTENCE.test(text.slice(range.start, range.end)))
}
