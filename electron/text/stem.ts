/**
 * Word stems as the keyword index has them: Porter's algorithm on lower-case words without accents, which is what FTS5's
 * `porter unicode61 remove_diacritics 2` does. What the index matched is therefore what gets highlighted.
 */
import { stemmer } from 'stemmer'

const cache = new Map<string, string>()
const CACHE_SIZE = 50_000

/** The stem of one word.  */
export function stem(word: string): string {
  const known = cache.get(word)
  if (known !== undefined) return known
  const folded = fold(word)
  const result = folded.length < 3 ? folded : stemmer(folded)
  if (cache.size >= CACHE_SIZE) cache.clear()
  cache.set(word, result)
  return result
}

/** Lower case without combining marks. */
export function fold(word: string): string {
  const lower = word.toLowerCase()
  return /^[\x20-\x7e]*$/.test(lower) ? lower : lower.normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC')
}
