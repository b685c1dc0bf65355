import { fold } from '../../../text/stem.ts'
import { STOP_WORDS } from '../../../text/stop-words.ts'

const LONGEST = 4

/**
 * Rapid automatic keyword extraction (Rose et al. 2010): runs of words between stop words and punctuation, scored by the
 * sum over their words of degree / frequency, so that words of longer runs count for more.
 * @returns phrases as written, best first; equal scores in the order of the text.
 */
export function keyPhrases(text: string, count: number): string[] {
  const runs = text
    .split(/[^\p{L}\p{N}\p{M}' -]+|\n/u)
    .flatMap((part) => contentRuns(part.trim().split(/\s+/u).filter(Boolean)))
    .filter((run) => run.length <= LONGEST && run.some((word) => /\p{L}{3}/u.test(word)))
  const frequency = new Map<string, number>()
  const degree = new Map<string, number>()
  for (const run of runs) {
    for (const word of run.map(fold)) {
      frequency.set(word, (frequency.get(word) ?? 0) + 1)
      degree.set(word, (degree.get(word) ?? 0) + run.length)
    }
  }
  const scored = new Map<string, { phrase: string; score: number }>()
  for (const run of runs) {
    const score = run.map(fold).reduce((sum, word) => sum + (degree.get(word) ?? 0) / (frequency.get(word) ?? 1), 0)
    const phrase = run.join(' ')
    if (!scored.has(fold(phrase))) scored.set(fold(phrase), { phrase, score })
  }
  return [...scored.values()]
    .sort((a, b) => b.score - a.score)
    .slice(0, count)
    .map(({ phrase }) => phrase)
}

function contentRuns(words: readonly string[]): string[][] {
  const runs: string[][] = [[]]
  for (const word of words) {
    if (STOP_WORDS.en.has(fold(word)) || /^[\d,.-]+$/u.test(word)) runs.push([])
    else runs.at(-1)?.push(word)
  }
  return runs.filter((run) => run.length > 0)
}
