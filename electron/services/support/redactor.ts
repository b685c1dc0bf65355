/**
 * Known texts whose first word is the same. They are looked up by the lengths that occur, not tried one by one: a library has
 * a hundred thousand file names, many of which begin alike.
 */
interface Group {
  /** By text, folded to lower case. */
  readonly kinds: Map<string, string>
  /** Lengths, and where the first word stands in the text; longest first once `isSorted`. */
  readonly shapes: { readonly length: number; readonly offset: number }[]
  isSorted: boolean
}

const WORD = /[\p{L}\p{N}]+/gu
const ENDS_IN_WORD = /[\p{L}\p{N}]$/u
const STARTS_WITH_WORD = /^[\p{L}\p{N}]/u
/** Shorter ones are ordinary words; where they name something they stand in a path or in quotation marks. */
const SHORTEST = 3

/**
 * What nobody can list beforehand, by its form. Whatever follows the start of a path up to a delimiter goes with it: file names
 * have spaces, and a sentence too short is better than a name too many.
 */
const FORMS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['address', /\b(?!app:|node:)[a-z][a-z0-9+.-]*:\/\/[^\s"'<>)]+/giu],
  ['e-mail', /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu],
  ['path', /(?<![\p{L}\p{N}<>.)/\\])(?:[A-Za-z]:[\\/]|\\\\|~?\/)(?:[^\s"<>|,;:()]|[ ](?!\())+/gu],
  ['quoted', /"(?:[^"\\\n]|\\.)+"|“[^”\n]+”|‘[^’\n]+’|(?<![\p{L}\p{N}])'[^'\n]*\s[^'\n]*'/gu],
  [
    'file',
    /[^\s\\/"'<>():,]+\.(?:pdf|docx?|xlsx?|pptx?|odt|rtf|csv|tsv|jsonl?|txt|md|html?|db|zip|safetensors|gguf|onnx|png|jpe?g|tiff?)\b/giu,
  ],
  [
    'number of a computer',
    /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])|(?<![\p{L}\p{N}:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}/giu,
  ],
  ['key or hash', /(?<![\p{L}\p{N}])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{20,}={0,2}/gu],
]

/**
 * Replaces what is private by placeholders such as `<file 2>`: the same text always by the same one, so that a report can still be
 * followed. First what is known by name, then what has the form of something private.
 */
export class Redactor {
  readonly #known = new Map<string, Group>()
  /** Number of a text among those of its kind that were met. */
  readonly #numbers = new Map<string, Map<string, number>>()
  readonly #counts = new Map<string, number>()

  /** @param kind as it stands in the placeholder */
  add(kind: string, text: string): void {
    const folded = fold(text.trim())
    const first = WORD.exec(folded)
    WORD.lastIndex = 0
    if (!first || folded.length < SHORTEST) return
    const group: Group = this.#known.get(first[0]) ?? { kinds: new Map(), shapes: [], isSorted: true }
    this.#known.set(first[0], group)
    if (group.kinds.has(folded)) return
    group.kinds.set(folded, kind)
    const shape = { length: folded.length, offset: first.index }
    if (group.shapes.some(({ length, offset }) => length === shape.length && offset === shape.offset)) return
    group.shapes.push(shape)
    group.isSorted = false
  }

  redact(text: string): string {
    let result = this.#replaceKnown(text)
    for (const [kind, pattern] of FORMS) result = result.replace(pattern, (match) => this.#placeholder(kind, match))
    return result
  }

  /** What was replaced so far, most frequent first. */
  get counts(): { kind: string; count: number }[] {
    return [...this.#counts].map(([kind, count]) => ({ kind, count })).sort((a, b) => b.count - a.count)
  }

  #replaceKnown(text: string): string {
    const folded = fold(text)
    let result = ''
    let copied = 0
    for (const { 0: word, index } of folded.matchAll(WORD)) {
      if (index < copied) continue
      const known = this.#longestAt(folded, word, index, copied)
      if (!known) continue
      result += text.slice(copied, known.start) + this.#placeholder(known.kind, known.text)
      copied = known.start + known.text.length
    }
    return result + text.slice(copied)
  }

  /** The longest known text that has this word first and starts at `from` or later. */
  #longestAt(
    folded: string,
    word: string,
    index: number,
    from: number,
  ): { kind: string; text: string; start: number } | undefined {
    const group = this.#known.get(word)
    if (!group) return undefined
    if (!group.isSorted) group.shapes.sort((a, b) => b.length - a.length)
    group.isSorted = true
    for (const { length, offset } of group.shapes) {
      const start = index - offset
      if (start < from) continue
      const text = folded.slice(start, start + length)
      const kind = group.kinds.get(text)
      if (kind !== undefined && isWhole(folded, start, text)) return { kind, text, start }
    }
    return undefined
  }

  #placeholder(kind: string, text: string): string {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1)
    const numbers = this.#numbers.get(kind) ?? new Map<string, number>()
    this.#numbers.set(kind, numbers)
    const key = fold(text)
    if (!numbers.has(key)) numbers.set(key, numbers.size + 1)
    return `<${kind} ${numbers.get(key)}>`
  }
}

/** Not a part of a longer word. */
function isWhole(text: string, start: number, match: string): boolean {
  const before = text.slice(Math.max(0, start - 1), start)
  const after = text.slice(start + match.length, start + match.length + 1)
  return (
    !(STARTS_WITH_WORD.test(match) && ENDS_IN_WORD.test(before)) &&
    !(ENDS_IN_WORD.test(match) && STARTS_WITH_WORD.test(after))
  )
}

/** Lower case where that keeps every position; a few letters (İ) become two. */
function fold(text: string): string {
  const lower = text.toLowerCase()
  return lower.length === text.length ? lower : text
}
