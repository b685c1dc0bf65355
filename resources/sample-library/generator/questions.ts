// Resolves each written question to the pages that hold its evidence phrase.
import type { RenderedDocument } from './render.ts'

/** A question as written in `source/questions.jsonl`: files without pages. */
export interface WrittenQuestion {
  readonly id: string
  readonly intent: string
  readonly query: string
  readonly files: readonly string[]
  /** A phrase that stands on the answer page, word for word; absent where any page of the files answers (QAdoc). */
  readonly evidence?: string
}

export interface ResolvedQuestion {
  readonly id: string
  readonly intent: string
  readonly query: string
  readonly answers: readonly { readonly file: string; readonly pages: readonly number[]; readonly anyPage?: true }[]
  readonly anyPage?: true
  readonly evidence?: string
}

/** Letters and digits only: line breaks, hyphens and typographic signs do not count when a phrase is looked up. */
export function foldText(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}

/** @throws Error when the phrase is on no page, or on more than one page, of a named file */
export function resolveQuestion(
  question: WrittenQuestion,
  files: ReadonlyMap<string, RenderedDocument>,
): ResolvedQuestion {
  const { evidence, id, intent, query } = question
  if (evidence === undefined) {
    return {
      id,
      intent,
      query,
      answers: question.files.map((file) => ({ file, pages: [], anyPage: true })),
      anyPage: true,
    }
  }
  const answers = question.files.map((file) => {
    const document = files.get(file)
    if (!document) throw new Error(`${id}: no sample file '${file}'`)
    const pages = document.pages.flatMap((page, i) => (foldText(page).includes(foldText(evidence)) ? [i + 1] : []))
    if (pages.length !== 1)
      throw new Error(`${id}: '${evidence}' stands on pages [${pages.join(', ')}] of ${file}, expected one`)
    return { file, pages }
  })
  return { id, intent, query, answers, evidence }
}
