/** Title and date of a document, from its properties where they are sane, else from what it shows. */
import { findDates, pdfDate } from './calendar-dates.ts'
import { bodyStyle } from './headings.ts'
import type { PageText, TextLine } from './page.ts'

export interface DocumentSource {
  /** Name of the file without its folder. */
  readonly fileName: string
  /** Title and dates as the PDF's properties state them, if they do. */
  readonly title?: string | undefined
  readonly created?: string | undefined
  readonly modified?: string | undefined
  readonly pages: readonly PageText[]
  /** ISO 639-1 code, which tells how to read 5/6/2025. */
  readonly language?: string | undefined
}

const MAX_TITLE = 160
const SHORT_TITLE = 60
/** What writing programs put there on their own: "Document1", "untitled", "PowerPoint Presentation", a file name. */
const PLACEHOLDER =
  /^(?:untitled|no title|title|document|doc|dokument|documento|presentation|powerpoint presentation|slide|layout|page|book|print|scan|scanned document|image|template|microsoft (?:word|powerpoint|excel)|word document|new|draft|final|cover|blank|none|null|unknown|anonymous|x)\W*\d*\W*$/i
const PROGRAM_PREFIX = /^(?:microsoft\s+\w+|\w+pad|untitled|[\w ]+\.exe)\s+[-–]\s+/i
const FILE_ENDING =
  /\.(?:pdf|docx?|dotx?|rtf|odt|pptx?|potx?|xlsx?|indd|qxd|qxp|pmd|p65|fm|tex|dvi|ps|eps|ai|cdr|pub|html?|txt|wpd|tiff?|jpe?g|png)$/i
/** Characters of page 1 in which a date without a line of its own still dates the document. */
const DATE_REACH = 1_500
/** A document does not announce a date this long after its file was made; such a date is an event's. */
const DAYS_AFTER_CREATION = 45

/**
 * The title: from the properties unless they hold a file name or a placeholder; else the largest text on the first page
 * that has text; else the file's name, readable.
 */
export function documentTitle(source: DocumentSource): string {
  const stated = oneLine(source.title ?? '')
  if (isSaneTitle(stated)) return stated
  return printedTitle(source.pages) ?? readableFileName(source.fileName)
}

/**
 * The date the document gives itself: in its file name, else on its first page (a line of its own before running text),
 * else the day its file was made.
 * @returns `2025-05-21`, `2025-05` or undefined
 */
export function documentDate(source: DocumentSource): string | undefined {
  const dayFirst = source.language !== undefined && source.language !== 'en'
  const created = pdfDate(source.created) ?? pdfDate(source.modified)
  const possible = (iso: string): boolean => created === undefined || daysBetween(created, iso) <= DAYS_AFTER_CREATION
  const inName = findDates(source.fileName.replace(FILE_ENDING, ''), dayFirst).filter(({ iso }) => possible(iso))
  const full = inName.find(({ iso }) => iso.length === 10)
  if (full) return full.iso
  const printed = printedDate(source.pages, dayFirst, possible)
  return printed ?? inName[0]?.iso ?? created
}

/** "Evacuation_Plan-v2.pdf" -> "Evacuation Plan v2". */
export function readableFileName(fileName: string): string {
  const base = oneLine(fileName.replace(FILE_ENDING, ''))
  // Names with spaces keep their hyphens: "EBOLA - Update of 5 September".
  const joints = /\..*\./.test(base) ? /%20|[_+.]+|(?<!\d)-+|-+(?!\d)/g : /%20|[_+]+|(?<!\d)-+|-+(?!\d)/g
  const spaced = base.replace(base.includes(' ') ? /[_+]+/g : joints, ' ')
  return oneLine(spaced) || fileName
}

function isSaneTitle(title: string): boolean {
  if (title.length < 4 || title.length > MAX_TITLE || /[\uFFFD\p{Cc}\p{Co}]/u.test(title)) return false
  if (PLACEHOLDER.test(title) || PROGRAM_PREFIX.test(title) || FILE_ENDING.test(title)) return false
  // A path, an address, or a name made for a computer: no space, but underscores or digits.
  if (/^(?:https?:|file:|[a-z]:\\|\/\w+\/)/i.test(title)) return false
  if (!title.includes(' ') && !/^\p{Lu}[\p{L}’']+$/u.test(title)) return false
  const letters = title.match(/\p{L}/gu)?.length ?? 0
  return letters >= 4 && letters * 2 >= title.length
}

/**
 * The largest text of the first page with text, its lines joined while they keep that size. A short one takes the next
 * large lines along, because a series has one name: "Situation Report - 12".
 */
function printedTitle(pages: readonly PageText[]): string | undefined {
  const page = pages.find((candidate) => candidate.text.trim().length > 0)
  if (!page || page.lines.length === 0) return undefined
  const large = bodyStyle(pages.slice(0, 20)).fontSize * 1.15
  const textOf = (lines: readonly TextLine[]): string =>
    oneLine(lines.map((line) => page.text.slice(line.start, line.end)).join(' ')).replace(/:$/, '')
  const sizes = [...new Set(page.lines.map((line) => line.fontSize))].sort((a, b) => b - a)
  for (const size of sizes) {
    // On a page of few lines nothing is larger than the body; its first lines are the title then.
    if (size < large && page.lines.length > 6) return undefined
    const run = linesOfSize(page.lines, size)
    const title = textOf(run)
    if (!isSaneTitle(title) || !/\p{L}{4}/u.test(title) || meanWordLength(title) < 3) continue
    if (findDates(title)[0]?.start === 0) continue
    const next = page.lines[page.lines.indexOf(run.at(-1) as TextLine) + 1]
    const below =
      next && next.fontSize >= large
        ? textOf(linesOfSize(page.lines.slice(page.lines.indexOf(next)), next.fontSize))
        : ''
    const isSeries = /\d/.test(below) && title.length <= SHORT_TITLE && below.length <= SHORT_TITLE
    return isSeries && findDates(below).length === 0 ? `${title} - ${below}` : title
  }
  return undefined
}

function meanWordLength(text: string): number {
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? []
  return words.reduce((sum, word) => sum + word.length, 0) / Math.max(1, words.length)
}

/** The first run of neighbouring lines of nearly this size. */
function linesOfSize(lines: readonly TextLine[], size: number): TextLine[] {
  const first = lines.findIndex((line) => line.fontSize === size)
  const run: TextLine[] = []
  for (const line of lines.slice(first)) {
    if (Math.abs(line.fontSize - size) > size * 0.08) break
    run.push(line)
  }
  return run
}

function printedDate(
  pages: readonly PageText[],
  dayFirst: boolean,
  possible: (iso: string) => boolean,
): string | undefined {
  const page = pages.find((candidate) => candidate.text.trim().length > 0)
  if (!page) return undefined
  const dates = findDates(page.text.slice(0, 20_000), dayFirst).filter(({ iso }) => possible(iso))
  // A short line around the date: "Version 3.0, May 2025", "Data as reported by 21 January 2020".
  const alone = dates.find(({ start, end }) =>
    page.lines.some((line) => line.start <= start && end <= line.end && line.end - line.start <= end - start + 45),
  )
  return (alone ?? dates.find(({ start }) => start < DATE_REACH))?.iso
}

function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 86_400_000
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
