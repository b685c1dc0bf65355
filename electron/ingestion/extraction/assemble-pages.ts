/** Joins the runs of a document's pages to text: lines to paragraphs, words cut at line ends to words. */
import { CLEAN_PROFILES, dropReasons, type DropReason } from '../../text/clean.ts'
import { countWordForms, joinLines, type WordForms } from '../../text/dehyphenate.ts'
import type { DroppedLine, PageText, TextLine } from '../../text/page.ts'
import { separations } from './paragraphs.ts'
import type { PageRun, RawPage } from './pdf-extractor.ts'

/**
 * All pages together, because the words of the whole document decide whether a line-end hyphen stays, and because only
 * the other pages show that a line is a running header. Headers go before lines are joined, so that none stands between
 * the halves of a sentence.
 */
export function assemblePages(pages: readonly RawPage[]): PageText[] {
  const forms = countWordForms(allTexts(pages))
  const printed = pages.map(({ number, width, height, rotation, runs }) => ({
    number,
    width,
    height,
    rotation,
    lines: runs,
  }))
  const reasons = dropReasons(printed, CLEAN_PROFILES.index)
  return pages.map((page, index) =>
    page.quality === 'garbage' ? withoutText(page) : assemblePage(page, reasons[index] ?? [], forms),
  )
}

function* allTexts(pages: readonly RawPage[]): Iterable<string> {
  for (const page of pages) for (const run of page.runs) yield run.text
}

/** Kept where a person can look at it, out of the index: its characters do not mean what the page shows. */
function withoutText({ runs, ...page }: RawPage): PageText {
  const dropped = runs.map(({ text }) => ({ page: page.number, text, reason: 'control-characters' as const }))
  return { ...page, source: 'none', text: '', lines: [], dropped }
}

function assemblePage(
  { runs, ...page }: RawPage,
  reasons: readonly (DropReason | undefined)[],
  forms: WordForms,
): PageText {
  const kept = runs.filter((_, index) => !reasons[index])
  const dropped = runs.flatMap((run, index): DroppedLine[] => {
    const reason = reasons[index]
    return reason ? [{ page: page.number, text: run.text, reason }] : []
  })
  return { ...page, ...joinRuns(kept, forms), dropped }
}

const SEPARATORS = { join: ' ', cell: ' ', row: '\n', paragraph: '\n\n' } as const

function joinRuns(runs: readonly PageRun[], forms: WordForms): { text: string; lines: TextLine[] } {
  const separation = separations(runs)
  const lines: TextLine[] = []
  let text = ''
  for (let from = 0; from < runs.length;) {
    let to = from + 1
    while (separation[to] === 'join') to++
    const group = runs.slice(from, to)
    if (text !== '') text += SEPARATORS[separation[from] ?? 'paragraph']
    const joined = joinLines(
      group.map((run) => run.text),
      forms,
    )
    joined.ranges.forEach(({ start, end }, index) => {
      const { x, y, width, height, fontSize, bold } = group[index] as PageRun
      if (end === start) return
      lines.push({ start: text.length + start, end: text.length + end, x, y, width, height, fontSize, bold })
    })
    text += joined.text
    from = to
  }
  return { text, lines }
}
