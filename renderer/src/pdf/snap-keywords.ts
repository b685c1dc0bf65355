import type { ShownBox } from './page-boxes.ts'

/** A printed word and where it stands. */
export interface PlacedWord {
  readonly text: string
  readonly box: ShownBox
}

/** How much of a stored box's width the word may lie beside it. */
const REACH = 0.6
/** A box wider than the word by this factor stands for a phrase. */
const PHRASE = 1.4
/** So many equal letters at the beginning say that a word is a form of a term. */
const SAME_START = 4

/**
 * Moves marks from where they were computed to be (stored lines know where they begin and end, but not how wide each letter
 * is) onto the printed words: the nearest form of a term, or the words under it, as for a phrase. A mark without a word under
 * it, as on a scan, stays where it is.
 */
export function snapToWords(
  boxes: readonly ShownBox[],
  words: readonly PlacedWord[],
  terms: readonly string[],
): ShownBox[] {
  const wanted = terms.flatMap((term) => term.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])
  return boxes.flatMap((box) => {
    const line = words.filter((word) => sameLine(word.box, box))
    const forms = line
      .filter((word) => isForm(word.text, wanted) && reach(word.box, box) <= box.width * REACH)
      .toSorted((a, b) => centreDistance(a.box, box) - centreDistance(b.box, box))
    const covered = line.filter((word) => overlap(word.box, box) > word.box.width * 0.5)
    const [form] = forms
    if (form !== undefined && (covered.length <= 1 || box.width < form.box.width * PHRASE)) return [form.box]
    return covered.length > 0 ? covered.map((word) => word.box) : [box]
  })
}

function sameLine(a: ShownBox, b: ShownBox): boolean {
  const shared = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top)
  return shared > Math.min(a.height, b.height) * 0.5
}

function isForm(text: string, wanted: readonly string[]): boolean {
  const word = text.toLowerCase()
  return wanted.some((term) => {
    const length = Math.min(SAME_START, term.length, word.length)
    return length > 1 && word.slice(0, length) === term.slice(0, length)
  })
}

function overlap(a: ShownBox, b: ShownBox): number {
  return Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left)
}

function reach(word: ShownBox, box: ShownBox): number {
  return Math.max(0, -overlap(word, box))
}

function centreDistance(a: ShownBox, b: ShownBox): number {
  return Math.abs(a.left + a.width / 2 - (b.left + b.width / 2))
}
