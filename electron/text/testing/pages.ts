/** Pages for tests, written as lines: what an extractor would pass on. */
import type { PageText, TextLine } from '../page.ts'

export interface TestLine {
  readonly text: string
  readonly fontSize?: number
  readonly bold?: boolean
  /** Points above the lower edge; 700 less 14 per line when absent. */
  readonly y?: number
}

/** A paragraph: one or more lines joined with a space. */
export type TestParagraph = string | TestLine | readonly (string | TestLine)[]

/** A letter page of body text in 11 points; paragraphs are separated by a blank line. */
export function testPage(number: number, paragraphs: readonly TestParagraph[], between = ' '): PageText {
  let text = ''
  const lines: TextLine[] = []
  for (const paragraph of paragraphs) {
    const parts = Array.isArray(paragraph)
      ? (paragraph as readonly (string | TestLine)[])
      : [paragraph as string | TestLine]
    if (text !== '') text += '\n\n'
    parts.forEach((part, i) => {
      const line: TestLine = typeof part === 'string' ? { text: part } : part
      if (i > 0) text += between
      const start = text.length
      text += line.text
      const fontSize = line.fontSize ?? 11
      const y = line.y ?? 700 - 14 * lines.length
      lines.push({
        start,
        end: text.length,
        x: 72,
        y,
        width: line.text.length * fontSize * 0.5,
        height: fontSize,
        fontSize,
        bold: line.bold ?? false,
      })
    })
  }
  return {
    number,
    width: 612,
    height: 792,
    rotation: 0,
    text,
    lines,
    source: 'pdf',
    quality: text === '' ? 'no-text' : 'text',
    dropped: [],
  }
}

/** `count` sentences of about 12 tokens about `topic`, all different. */
export function sentencesAbout(topic: string, count: number): string {
  return Array.from({ length: count }, (_, i) => `Rule ${i + 1} on ${topic} tells the crew what to check first.`).join(
    ' ',
  )
}
