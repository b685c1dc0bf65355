/** Finds what is printed around the text of a page rather than in it: page numbers, running headers and footers. */

/** A printed line before lines are joined to paragraphs; the box as in `TextLine`. */
export interface PrintedLineBox {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface PrintedPage {
  readonly number: number
  readonly width: number
  readonly height: number
  readonly rotation: number
  readonly lines: readonly PrintedLineBox[]
}

export interface LineRef {
  /** Indexes into the pages and the lines of the page. */
  readonly page: number
  readonly line: number
}

/** Outer share of the page in which a lone number is its page number (DisastIR's rule). */
const PAGE_NUMBER_BAND = 0.1
/** A header of two lines reaches a little further in. */
const HEADER_BAND = 0.12
/** On how many pages a line must return, and on what share of the pages between its first and last. */
const MIN_PAGES = 3
const MIN_DENSITY = 0.4
/** How far a returning line may move, as a share of the page height. */
const SAME_PLACE = 0.015
/** Lines this close, as a share of the page height, stand on one row. */
const SAME_ROW = 0.006
const MAX_HEADER_CHARACTERS = 200

/** "7", "- 7 -", "Page 7 of 12", "7 | Page", "2-14", "A-3", "iv", "SM-40", "Página 7", "7/12". */
const PAGE_NUMBER =
  /^[[(|\s–-]*(?:(?:p\s?a\s?g\s?e|p[áa]gina|seite|pg?\.?)\s*[|:]?\s*)?(?:(?:[A-Z]{1,3}|\d{1,3})[-–.])?(?:\d{1,4}|[ivxl]{1,7})(?:\s*(?:\/|of|de|sur|von)\s*\d{1,4})?\s*(?:\|?\s*p\s?a\s?g\s?e)?[\])|\s–-]*$/iu
const DATE_LIKE = /^(?:19|20)\d\d$/

/** A lone page number in the outer tenth of the page, and not one cell of a row of numbers. */
export function isPageNumber(line: PrintedLineBox, page: PrintedPage): boolean {
  if (line.text.length > 24 || !PAGE_NUMBER.test(line.text) || DATE_LIKE.test(line.text.trim())) return false
  // Roman digits are only what printers use: one case, no other word.
  if (!/\d/.test(line.text) && !/(?:^|[^a-z])(?:[ivxl]+|[IVXL]+)(?:[^a-z]|$)/.test(line.text)) return false
  const height = heightInView(line, page)
  if (height > PAGE_NUMBER_BAND && height < 1 - PAGE_NUMBER_BAND) return false
  let numbersInRow = 0
  for (const other of page.lines) {
    if (Math.abs(heightInView(other, page) - height) < SAME_ROW && /^[\d.,%\s-]+$/.test(other.text)) numbersInRow++
  }
  return numbersInRow <= 1
}

/**
 * Lines that return at the same place in the outer bands of several pages: with the same words, or with a number that
 * counts the pages ("Chapter 2 - 14"). A number that counts anything else ("Step 3") makes different lines. The first of
 * each kind is left out of the result, so that its words stay searchable, unless another line of the document has them.
 */
export function runningHeaders(pages: readonly PrintedPage[]): LineRef[] {
  const exact = new Map<string, Occurrence[]>()
  const counted = new Map<string, Occurrence[]>()
  pages.forEach((page, p) => {
    page.lines.forEach((line, l) => {
      if (line.text.length > MAX_HEADER_CHARACTERS) return
      const height = heightInView(line, page)
      if (height > HEADER_BAND && height < 1 - HEADER_BAND) return
      const words = wordsOf(line.text)
      if (words === '') return
      const occurrence = { page: p, line: l, height, number: page.number, words }
      push(exact, words, occurrence)
      if (/\d/.test(words)) push(counted, words.replace(/\d+/g, '#'), occurrence)
    })
  })
  // All lines of a returning group per page; those of `first` stay in the text.
  const returning = new Map<number, Set<number>>()
  const first = new Set<string>()
  const note = (group: readonly Occurrence[]): void => {
    for (const place of placesOf(group)) {
      for (const { page, line } of place) returning.set(page, (returning.get(page) ?? new Set()).add(line))
      const [head] = place
      if (head && !isSaidElsewhere(head, pages)) first.add(`${head.page}:${head.line}`)
    }
  }
  for (const group of exact.values()) if (group.length >= MIN_PAGES) note(group)
  for (const group of counted.values()) if (group.length >= MIN_PAGES && countsPages(group)) note(group)
  const found: LineRef[] = []
  for (const [page, lines] of returning) {
    for (const line of outermost(pages[page], lines)) if (!first.has(`${page}:${line}`)) found.push({ page, line })
  }
  return found
}

/**
 * Of the returning lines of a page those with nothing but such lines and page numbers between them and the edge: a form
 * repeats the labels of its first field on every page too, but below its title.
 */
function outermost(page: PrintedPage | undefined, returning: ReadonlySet<number>): number[] {
  if (!page) return []
  const heights = page.lines.map((line) => heightInView(line, page))
  let top = 1
  let bottom = 0
  page.lines.forEach((line, l) => {
    if (returning.has(l) || isPageNumber(line, page)) return
    top = Math.min(top, heights[l] ?? 0)
    bottom = Math.max(bottom, heights[l] ?? 1)
  })
  return [...returning].filter((l) => {
    const height = heights[l] ?? 0.5
    return height < top + SAME_ROW || height > bottom - SAME_ROW
  })
}

interface Occurrence extends LineRef {
  readonly height: number
  readonly number: number
  readonly words: string
}

/** Splits a group by place and keeps the places that hold it on enough pages. */
function placesOf(group: readonly Occurrence[]): Occurrence[][] {
  const places: Occurrence[][] = []
  for (const occurrence of group) {
    const place = places.find((known) => Math.abs((known[0]?.height ?? 0) - occurrence.height) <= SAME_PLACE)
    if (place) place.push(occurrence)
    else places.push([occurrence])
  }
  return places.filter((place) => {
    const onPages = new Set(place.map((occurrence) => occurrence.page)).size
    const span = (place.at(-1)?.page ?? 0) - (place[0]?.page ?? 0) + 1
    return onPages >= MIN_PAGES && onPages >= span * MIN_DENSITY
  })
}

/** Do all words of a header stand, in order, in a line between the bands? */
function isSaidElsewhere(header: Occurrence, pages: readonly PrintedPage[]): boolean {
  const letters = header.words
    .replace(/[\d_]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  if (letters === '') return true
  return pages.some((page) =>
    page.lines.some((line) => {
      const height = heightInView(line, page)
      return height > HEADER_BAND && height < 1 - HEADER_BAND && wordsOf(line.text).includes(letters)
    }),
  )
}

/** Every number of the lines is the same on all pages or steps with the page. */
function countsPages(group: readonly Occurrence[]): boolean {
  let steps = 0
  let other = 0
  for (let i = 1; i < group.length; i++) {
    const before = group[i - 1] as Occurrence
    const after = group[i] as Occurrence
    const numbers = after.words.match(/\d+/g) ?? []
    const fits = (before.words.match(/\d+/g) ?? []).every((number, n) => {
      const difference = Number(numbers[n]) - Number(number)
      return difference === 0 || difference === after.number - before.number
    })
    if (fits) steps++
    else other++
  }
  // A count starts again with a chapter.
  return steps >= 2 && other <= steps / 4
}

/** Distance of the middle of a line from the top of the page as it is seen, as a share of its height: 0 to 1. */
function heightInView(line: PrintedLineBox, page: PrintedPage): number {
  const x = (line.x + line.width / 2) / page.width
  const y = (line.y + line.height / 2) / page.height
  if (page.rotation === 90) return x
  if (page.rotation === 180) return y
  if (page.rotation === 270) return 1 - x
  return 1 - y
}

function wordsOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[_\s]+/g, ' ')
    .trim()
}

function push(groups: Map<string, Occurrence[]>, key: string, occurrence: Occurrence): void {
  const group = groups.get(key)
  if (group) group.push(occurrence)
  else groups.set(key, [occurrence])
}
