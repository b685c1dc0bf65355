import { words } from '../../text/query-lexer.ts'
import { stem } from '../../text/stem.ts'
import { STOP_WORDS } from '../../text/stop-words.ts'
import type { SparseRow } from './sparse-matrix.ts'

/** Rarer terms tell one text apart and say nothing about what texts have in common. */
const FEWEST_TEXTS = 2
const MOST_TERMS = 40_000

/** Content words of a text as stems, repeats included. */
export function textTerms(text: string): string[] {
  return words(text).flatMap((word) => {
    const lower = word.toLowerCase()
    return lower.length < 2 || STOP_WORDS.en.has(lower) ? [] : [stem(lower)]
  })
}

/** The terms of a collection and their inverse document frequencies. */
export class TermWeights {
  readonly #terms: ReadonlyMap<string, number>
  readonly #idf: Float32Array

  private constructor(terms: ReadonlyMap<string, number>, idf: Float32Array) {
    this.#terms = terms
    this.#idf = idf
  }

  /** Counts over texts given as their terms. Of too many terms the most frequent are kept. */
  static of(texts: Iterable<readonly string[]>): TermWeights {
    const frequency = new Map<string, number>()
    let count = 0
    for (const terms of texts) {
      count++
      for (const term of new Set(terms)) frequency.set(term, (frequency.get(term) ?? 0) + 1)
    }
    const kept = [...frequency]
      .filter(([, texts]) => texts >= FEWEST_TEXTS)
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .slice(0, MOST_TERMS)
    return new TermWeights(
      new Map(kept.map(([term], column) => [term, column])),
      Float32Array.from(kept, ([, texts]) => Math.log((count + 1) / texts)),
    )
  }

  get size(): number {
    return this.#terms.size
  }

  /** TF-IDF, (1 + ln tf) ln(N / df), of unit length; empty where no term is known. */
  row(terms: readonly string[]): SparseRow {
    const counts = new Map<number, number>()
    for (const term of terms) {
      const column = this.#terms.get(term)
      if (column !== undefined) counts.set(column, (counts.get(column) ?? 0) + 1)
    }
    const indices = Int32Array.from(counts.keys())
    const values = Float32Array.from(counts, ([column, count]) => (1 + Math.log(count)) * this.#idf[column]!)
    const length = Math.hypot(...values)
    return { indices, values: length > 0 ? values.map((value) => value / length) : values }
  }
}
