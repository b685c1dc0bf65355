// A WordPiece vocabulary of our own, learned from word counts by merging the most frequent pair of pieces (as Hugging Face's trainer does).

/** Special tokens in BERT's order; the id of padding is 0. */
export const SPECIAL_TOKENS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const

export interface WordPieceOptions {
  /** Tokens in all, the special ones included. */
  readonly size: number
  /** Pairs of pieces seen less often than this are not merged. */
  readonly minCount: number
  /** Words seen less often take no part. */
  readonly minWordCount: number
}

interface Word {
  pieces: number[]
  readonly count: number
}

/** Lower-cased words and single punctuation marks, as BERT's pre-tokenizer cuts them. */
export function wordsOf(text: string): readonly string[] {
  const plain = text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
  return plain.match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? []
}

/** Counts the words of texts into `counts`. */
export function countWords(text: string, counts: Map<string, number>): void {
  for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1)
}

/**
 * Learns a vocabulary: special tokens, single characters (the first of a word plain, the others with `##`), then merged pieces, most
 * frequent first. Deterministic: ties go to the pair that comes first in the vocabulary.
 */
export function trainWordPiece(
  counts: ReadonlyMap<string, number>,
  { size, minCount, minWordCount }: WordPieceOptions,
): readonly string[] {
  const vocabulary: string[] = [...SPECIAL_TOKENS]
  const ids = new Map<string, number>(vocabulary.map((token, id) => [token, id]))
  const idOf = (piece: string): number => {
    const known = ids.get(piece)
    if (known !== undefined) return known
    ids.set(piece, vocabulary.length)
    return vocabulary.push(piece) - 1
  }
  const frequent = [...counts].filter(([, count]) => count >= minWordCount).sort(([a], [b]) => (a < b ? -1 : 1))
  for (const character of alphabet(frequent)) idOf(character)
  const words = frequent
    .map(([word, count]): Word => ({ pieces: charactersOf(word).map((piece) => ids.get(piece) ?? -1), count }))
    .filter(({ pieces }) => pieces.length > 1 && !pieces.includes(-1))
  const pairs = new PairCounts(words)
  while (vocabulary.length < size) {
    const best = pairs.best()
    if (!best || best.count < minCount) break
    const merged = vocabulary[best.left]! + vocabulary[best.right]!.slice(2)
    pairs.merge(best.left, best.right, idOf(merged))
  }
  return vocabulary
}

/** Characters that are common enough to be worth a row; a word with another one is unknown. */
function alphabet(words: readonly (readonly [string, number])[]): readonly string[] {
  const seen = new Map<string, number>()
  for (const [word, count] of words)
    for (const piece of charactersOf(word)) seen.set(piece, (seen.get(piece) ?? 0) + count)
  for (let code = 0x21; code < 0x7f; code++) {
    const character = String.fromCharCode(code).toLowerCase()
    seen.set(character, Infinity)
    if (/[a-z0-9]/.test(character)) seen.set(`##${character}`, Infinity)
  }
  return [...seen]
    .filter(([, count]) => count >= 50)
    .map(([piece]) => piece)
    .sort()
}

function charactersOf(word: string): readonly string[] {
  return [...word].map((character, index) => (index === 0 ? character : `##${character}`))
}

/** Counts of neighbouring pieces, kept up to date while pieces are merged. */
class PairCounts {
  readonly #words: readonly Word[]
  readonly #counts = new Map<number, number>()
  readonly #where = new Map<number, Set<number>>()
  /** A binary heap of [count, pair]; entries whose count is out of date are dropped when they come up. */
  readonly #heap: (readonly [count: number, pair: number])[] = []

  constructor(words: readonly Word[]) {
    this.#words = words
    for (const [index, word] of words.entries()) this.#add(word, index, 1)
    for (const [pair, count] of this.#counts) this.#push(count, pair)
  }

  best(): { readonly left: number; readonly right: number; readonly count: number } | undefined {
    for (let top = this.#pop(); top; top = this.#pop()) {
      const [count, pair] = top
      const now = this.#counts.get(pair) ?? 0
      if (now === count && now > 0) return { left: Math.floor(pair / SPREAD), right: pair % SPREAD, count }
      if (now > 0 && now < count) this.#push(now, pair)
    }
    return undefined
  }

  merge(left: number, right: number, merged: number): void {
    const changed = new Set<number>()
    for (const index of this.#where.get(left * SPREAD + right) ?? []) {
      const word = this.#words[index]!
      this.#add(word, index, -1)
      word.pieces = mergePieces(word.pieces, left, right, merged)
      for (const pair of this.#add(word, index, 1)) changed.add(pair)
    }
    this.#where.delete(left * SPREAD + right)
    for (const pair of changed) this.#push(this.#counts.get(pair) ?? 0, pair)
  }

  #add({ pieces, count }: Word, index: number, sign: 1 | -1): readonly number[] {
    const pairs: number[] = []
    for (let i = 0; i + 1 < pieces.length; i++) {
      const pair = pieces[i]! * SPREAD + pieces[i + 1]!
      pairs.push(pair)
      this.#counts.set(pair, (this.#counts.get(pair) ?? 0) + sign * count)
      if (sign > 0) {
        const where = this.#where.get(pair)
        if (where) where.add(index)
        else this.#where.set(pair, new Set([index]))
      }
    }
    return pairs
  }

  #push(count: number, pair: number): void {
    const heap = this.#heap
    let at = heap.push([count, pair]) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(heap[at]!, heap[parent]!)) break
      ;[heap[at], heap[parent]] = [heap[parent]!, heap[at]!]
      at = parent
    }
  }

  #pop(): readonly [number, number] | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (heap.length === 0 || last === undefined) return top
    heap[0] = last
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2]
      let first = at
      if (left < heap.length && before(heap[left]!, heap[first]!)) first = left
      if (right < heap.length && before(heap[right]!, heap[first]!)) first = right
      if (first === at) return top
      ;[heap[at], heap[first]] = [heap[first]!, heap[at]!]
      at = first
    }
  }
}

/** Two piece ids in one key; vocabularies are smaller than this. */
const SPREAD = 1 << 20

function before([a, pairA]: readonly [number, number], [b, pairB]: readonly [number, number]): boolean {
  return a !== b ? a > b : pairA < pairB
}

function mergePieces(pieces: readonly number[], left: number, right: number, merged: number): number[] {
  const out: number[] = []
  for (let i = 0; i < pieces.length; i++) {
    if (pieces[i] === left && pieces[i + 1] === right) {
      out.push(merged)
      i++
    } else out.push(pieces[i]!)
  }
  return out
}
