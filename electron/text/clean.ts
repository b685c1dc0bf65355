/**
 * Line-level cleaning by named profiles. The search index keeps all text: only page numbers and running headers go, because
 * they would cut sentences in two and match every page. The training profile adds the rules of DisastIR's public cleaner,
 * which also delete safety text ("Go to high ground") and therefore never touch the index. Every dropped line is returned.
 */
import type { DroppedLine, PageText } from './page.ts'
import { isPageNumber, runningHeaders, type PrintedLineBox, type PrintedPage } from './running-headers.ts'

export type DropReason = DroppedLine['reason']

/** What a profile drops. All thresholds are part of the profile, so that it can be shown and stored with a data set. */
export interface CleanProfile {
  readonly name: string
  /** Lone page numbers in the outer tenth of the page. */
  readonly pageNumbers: boolean
  /** Lines that return at the same place of several pages; the first stays unless its words stand elsewhere. */
  readonly runningHeaders: boolean
  /** Lines whose words are shorter than this on average (letters and digits); 0 keeps all. */
  readonly minMeanWordLength: number
  readonly oneWordLines: boolean
  /** Everything from the last line "References" on. */
  readonly referencesTail: boolean
}

export const CLEAN_PROFILES = {
  index: {
    name: 'index',
    pageNumbers: true,
    runningHeaders: true,
    minMeanWordLength: 0,
    oneWordLines: false,
    referencesTail: false,
  },
  training: {
    name: 'training',
    pageNumbers: true,
    runningHeaders: true,
    minMeanWordLength: 4,
    oneWordLines: true,
    referencesTail: true,
  },
} as const satisfies Record<string, CleanProfile>

export type CleanProfileName = keyof typeof CLEAN_PROFILES

/**
 * Which lines a profile drops. For the extractor, which drops before it joins lines, so that a header never stands
 * between the halves of a sentence.
 * @returns per page, per line: the reason, or undefined for a line that stays
 */
export function dropReasons(pages: readonly PrintedPage[], profile: CleanProfile): (DropReason | undefined)[][] {
  const reasons = pages.map((page) => new Array<DropReason | undefined>(page.lines.length).fill(undefined))
  if (profile.pageNumbers) {
    pages.forEach((page, p) => {
      page.lines.forEach((line, l) => {
        if (isPageNumber(line, page)) setReason(reasons, p, l, 'page-number')
      })
    })
  }
  if (profile.runningHeaders) {
    for (const { page, line } of runningHeaders(pages)) setReason(reasons, page, line, 'running-header')
  }
  if (profile.minMeanWordLength > 0 || profile.oneWordLines) {
    pages.forEach((page, p) => {
      page.lines.forEach((line, l) => {
        const words = line.text.match(/[\p{L}\p{N}]+/gu) ?? []
        if (profile.oneWordLines && words.length <= 1) setReason(reasons, p, l, 'one-word')
        else if (meanLength(words) < profile.minMeanWordLength) setReason(reasons, p, l, 'short-words')
      })
    })
  }
  if (profile.referencesTail) dropReferences(pages, reasons)
  return reasons
}

/**
 * Applies a profile to pages whose lines are joined already. Texts and line ranges are rebuilt; what was dropped is added
 * to `dropped` of the page. Pages without line boxes stay as they are.
 */
export function cleanDocument(
  pages: readonly PageText[],
  profile: CleanProfile,
): { readonly pages: PageText[]; readonly dropped: DroppedLine[] } {
  const printed = pages.map((page) => ({
    number: page.number,
    width: page.width,
    height: page.height,
    rotation: page.rotation,
    lines: page.lines.map((line) => ({ ...line, text: page.text.slice(line.start, line.end) })),
  }))
  const reasons = dropReasons(printed, profile)
  const dropped: DroppedLine[] = []
  const cleaned = pages.map((page, index) => {
    const own = reasons[index] ?? []
    if (own.every((reason) => reason === undefined)) return page
    const gone = own.flatMap((reason, l): DroppedLine[] =>
      reason ? [{ page: page.number, text: printed[index]?.lines[l]?.text ?? '', reason }] : [],
    )
    dropped.push(...gone)
    return { ...page, ...withoutLines(page, own), dropped: [...page.dropped, ...gone] }
  })
  return { pages: cleaned, dropped }
}

function setReason(reasons: (DropReason | undefined)[][], page: number, line: number, reason: DropReason): void {
  const own = reasons[page]
  if (own) own[line] ??= reason
}

function meanLength(words: readonly string[]): number {
  if (words.length === 0) return 0
  let letters = 0
  for (const word of words) letters += word.length
  return letters / words.length
}

/** The last "References" line counts, because a table of contents has one too. */
function dropReferences(pages: readonly PrintedPage[], reasons: (DropReason | undefined)[][]): void {
  const isTitle = (line: PrintedLineBox): boolean => /^references$/i.test(line.text.trim())
  const page = pages.findLastIndex((candidate) => candidate.lines.some(isTitle))
  if (page < 0) return
  const line = pages[page]?.lines.findLastIndex(isTitle) ?? 0
  for (let p = page; p < pages.length; p++) {
    const own = reasons[p] ?? []
    for (let l = p === page ? line : 0; l < own.length; l++) own[l] ??= 'references'
  }
}

/** Cuts lines out of a page's text; of the separators around a cut the stronger stays (blank line, line feed, space). */
function withoutLines(page: PageText, reasons: readonly (DropReason | undefined)[]): Pick<PageText, 'text' | 'lines'> {
  let text = ''
  let separator = ''
  let at = 0
  const lines: PageText['lines'][number][] = []
  page.lines.forEach((line, index) => {
    const between = page.text.slice(at, Math.max(at, line.start))
    if (between.trim() !== '') {
      text += between.trimEnd()
      separator = between.slice(between.trimEnd().length)
    } else if (between.length > separator.length) separator = between
    at = Math.max(at, line.end)
    if (reasons[index]) return
    if (text !== '') text += separator
    separator = ''
    const start = text.length
    text += page.text.slice(line.start, line.end)
    lines.push({ ...line, start, end: text.length })
  })
  const tail = page.text.slice(at).trimEnd()
  return { text: tail.trim() === '' ? text : text + tail, lines }
}
