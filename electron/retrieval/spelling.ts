import type { Database, Statement } from 'better-sqlite3'
import { editDistance } from '../text/edit-distance.ts'
import { fold, stem } from '../text/stem.ts'
import { stopWordsFor } from '../text/stop-words.ts'

/** Words with a digit are names of forms and roads, and shorter words are like too many others. */
const WORD = /\p{L}{4,}/gu
const LONG_WORD = 8
/** Stems that are looked at as whole words; reading them costs a passage or more each. */
const STEMS_READ = 40
const PASSAGES_READ = 8

interface Stem {
  readonly term: string
  readonly passages: number
}

/**
 * Spelling by the library's own words: what no passage has is replaced by the most frequent word like it. The index knows
 * stems only, so that whole words are read from passages that have them.
 */
export class Spelling {
  readonly #passagesWith: Statement<[string], number>
  readonly #stems: Statement<[string, string], Stem>
  readonly #texts: Statement<[string, number], string>

  constructor(db: Database) {
    // Views of the keyword index, gone with the connection: also on a library that is opened for reading only.
    db.exec(`
      CREATE VIRTUAL TABLE IF NOT EXISTS temp.passage_stem USING fts5vocab('main', 'passage_fts', 'row');
      CREATE VIRTUAL TABLE IF NOT EXISTS temp.passage_stem_place USING fts5vocab('main', 'passage_fts', 'instance');`)
    this.#passagesWith = db.prepare<[string], number>('SELECT doc FROM temp.passage_stem WHERE term = ?').pluck()
    this.#stems = db.prepare('SELECT term, doc AS passages FROM temp.passage_stem WHERE term >= ? AND term < ?')
    this.#texts = db
      .prepare<[string, number], string>(
        `SELECT text || ' ' || context FROM passage
         WHERE id IN (SELECT DISTINCT doc FROM temp.passage_stem_place WHERE term = ? LIMIT ?)`,
      )
      .pluck()
  }

  /** @returns the query with its unknown words replaced, or null when each is known or like none */
  correct(query: string): string | null {
    const words = query.match(WORD) ?? []
    const ignored = stopWordsFor(words)
    let corrected = false
    const text = query.replace(WORD, (word, at: number) => {
      // Parts of "RES3E" or "co-op", and the beginning that a * leaves open, are not whole words.
      const isPart = /[\p{L}\p{N}]/u.test(query.charAt(at - 1)) || /[\p{L}\p{N}*]/u.test(query.charAt(at + word.length))
      if (isPart || ignored.has(word.toLowerCase()) || this.#passagesWith.get(stem(word)) !== undefined) return word
      const better = this.#nearest(word)
      if (better === undefined) return word
      corrected = true
      return /^\p{Lu}/u.test(word) ? better.charAt(0).toUpperCase() + better.slice(1) : better
    })
    return corrected ? text : null
  }

  #nearest(word: string): string | undefined {
    const folded = fold(word)
    const most = folded.length >= LONG_WORD ? 2 : 1
    let best: { readonly word: string; readonly cost: number; readonly passages: number } | undefined
    for (const { term, passages } of this.#stemsLike(folded, most)) {
      for (const whole of this.#wordsOf(term)) {
        const distance = editDistance(folded, fold(whole), most)
        if (distance > most) continue
        // Among words equally far without their accents, the one whose accents fit.
        const cost = distance + editDistance(word.toLowerCase(), whole, most)
        if (!best || cost < best.cost || (cost === best.cost && passages > best.passages))
          best = { word: whole, cost, passages }
      }
    }
    return best?.word
  }

  /** Stems with one of the word's first two letters that its beginning is like, the nearest and most frequent first. */
  #stemsLike(word: string, most: number): Stem[] {
    const initials = [...new Set([...word].slice(0, 2))]
    const like: (Stem & { distance: number })[] = []
    for (const initial of initials) {
      const after = String.fromCodePoint((initial.codePointAt(0) ?? 0) + 1)
      for (const { term, passages } of this.#stems.iterate(initial, after)) {
        if (term.length < 3 || term.length > word.length + most) continue
        const lengths = [term.length - 1, term.length, term.length + 1]
        const distance = Math.min(...lengths.map((length) => editDistance(word.slice(0, length), term, most)))
        if (distance <= most) like.push({ term, passages, distance })
      }
    }
    return like.sort((a, b) => a.distance - b.distance || b.passages - a.passages).slice(0, STEMS_READ)
  }

  /** The words of some passages that have this stem. */
  #wordsOf(term: string): Set<string> {
    const words = this.#texts.all(term, PASSAGES_READ).flatMap((text) => text.match(/\p{L}+/gu) ?? [])
    return new Set(words.filter((word) => stem(word) === term).map((word) => word.toLowerCase()))
  }
}
