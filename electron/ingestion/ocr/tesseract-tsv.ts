/** Reads Tesseract's TSV output into lines. */

export interface RecognisedLine {
  readonly text: string
  /** Mean of its words, 0 to 100. */
  readonly confidence: number
  /** Number of words. */
  readonly words: number
  /** Pixels from the upper left corner. */
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
  /** Lines of one paragraph share it. */
  readonly paragraph: string
}

const WORD_LEVEL = '5'
/** Specks and rules of a scan come out as words of next to no confidence. */
const MIN_CONFIDENCE = 20

/** Columns: level page block paragraph line word left top width height confidence text. */
export function parseTesseractTsv(tsv: string): RecognisedLine[] {
  const lines = new Map<string, Word[]>()
  for (const row of tsv.split('\n')) {
    const [level, , block, paragraph, line, , left, top, width, height, confidence, ...rest] = row.split('\t')
    // A word may hold a tab only if it is not a word.
    const text = rest.join(' ').trim()
    if (level !== WORD_LEVEL || text === '' || Number(confidence) < MIN_CONFIDENCE) continue
    const key = `${block}.${paragraph}.${line}`
    const word = {
      text,
      confidence: Number(confidence),
      left: Number(left),
      top: Number(top),
      right: Number(left) + Number(width),
      bottom: Number(top) + Number(height),
    }
    const words = lines.get(key)
    if (words) words.push(word)
    else lines.set(key, [word])
  }
  return [...lines].map(([key, words]) => lineOf(words, key.slice(0, key.lastIndexOf('.'))))
}

interface Word {
  readonly text: string
  readonly confidence: number
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

function lineOf(words: readonly Word[], paragraph: string): RecognisedLine {
  const left = Math.min(...words.map((word) => word.left))
  const top = Math.min(...words.map((word) => word.top))
  return {
    text: words.map((word) => word.text).join(' '),
    confidence: words.reduce((sum, word) => sum + word.confidence, 0) / words.length,
    words: words.length,
    left,
    top,
    width: Math.max(...words.map((word) => word.right)) - left,
    height: Math.max(...words.map((word) => word.bottom)) - top,
    paragraph,
  }
}
