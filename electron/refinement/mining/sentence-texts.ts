import { stem } from '../../text/stem.ts'
import { words } from '../../text/query-lexer.ts'
import { STOP_WORDS } from '../../text/stop-words.ts'
import { splitSentences } from '../../text/sentences.ts'

const FEWEST_WORDS = 4

/**
 * The sentence of a passage that is nearest to a query by shared content words (cosine of their sets). Pairs of the
 * sentence intents train on sentences: whole passages as negatives would teach a model to tell them apart by length.
 * @returns undefined for a passage without a sentence of four words.
 */
export function nearestSentence(passage: string, query: string): string | undefined {
  const wanted = contentStems(query)
  let best: { text: string; score: number } | undefined
  for (const { start, end } of splitSentences(passage)) {
    const text = passage.slice(start, end).replace(/\s+/gu, ' ').trim()
    if (text.split(' ').length < FEWEST_WORDS) continue
    const own = contentStems(text)
    let shared = 0
    for (const word of own) if (wanted.has(word)) shared++
    const score = shared / Math.sqrt(Math.max(1, own.size) * Math.max(1, wanted.size))
    if (!best || score > best.score) best = { text, score }
  }
  return best?.text
}

/** Same words in the same order; case, punctuation and white space do not count. */
export function saysTheSame(a: string, b: string): boolean {
  const spelled = (text: string): string => words(text).join(' ').toLowerCase()
  return spelled(a) === spelled(b)
}

function contentStems(text: string): Set<string> {
  return new Set(
    words(text).flatMap((word) => (STOP_WORDS.en.has(word.toLowerCase()) ? [] : [stem(word.toLowerCase())])),
  )
}
