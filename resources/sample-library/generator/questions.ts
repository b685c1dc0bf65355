// Resolves each written question to the pages that hold its evidence phrases.
import type { RenderedDocument } from './render.ts'

/** A question as written in `source/questions.jsonl`: answer files without page numbers. */
export interface WrittenQuestion {
  readonly id: string
  readonly intent: string
  readonly query: string
  /** Phrases that stand on the answer pages, word for word; none where any page of the file answers (QAdoc). */
  readonly answers: readonly { readonly file: string; readonly evidence?: readonly string[] }[]
}

export interface Answer {
  /** Path relative to `pdfs/`. */
  readonly file: string
  /** Pages from 1, in the order of `evidence`; empty where `anyPage` is set. */
  readonly pages: readonly number[]
  readonly anyPage?: true
  /** One phrase per page. */
  readonly evidence?: readonly string[]
}

export interface ResolvedQuestion {
  readonly id: string
  readonly intent: string
  readonly query: string
  readonly answers: readonly Answer[]
  readonly anyPage?: true
}

/** Letters and digits only: line breaks, hyphens and typographic signs do not count when a phrase is looked up. */
export function foldText(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}

/** @throws Error when a phrase is on no page, or on more than one page, of its file */
export function resolveQuestion(
  question: WrittenQuestion,
  files: ReadonlyMap<string, RenderedDocument>,
): ResolvedQuestion {
  const { id, intent, query } = question
  const answers = question.answers.map(({ file, evidence }): Answer => {
    const document = files.get(file)
    if (!document) throw new Error(`${id}: no sample file '${file}'`)
    if (evidence === undefined) return { file, pages: [], anyPage: true }
    return { file, pages: evidence.map((phrase) => pageOf(phrase, document, `${id}, ${file}`)), evidence }
  })
  return { id, intent, query, answers, ...(answers.some((answer) => answer.anyPage) ? { anyPage: true as const } : {}) }
}

function pageOf(phrase: string, document: RenderedDocument, where: string): number {
  const wanted = foldText(phrase)
  const pages = document.pages.flatMap((page, i) => (foldText(page).includes(wanted) ? [i + 1] : []))
  if (pages.length !== 1 || pages[0] === undefined) {
    throw new Error(
      `${where}: '${phrase}' stands on pages [${pages.join(', ')}], expected exactly one; choose another phrase`,
    )
  }
  return pages[0]
}
