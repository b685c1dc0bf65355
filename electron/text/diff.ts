/** Word-level difference of two texts that are nearly the same. */
import { diffArrays } from 'diff'

export interface DiffPart {
  readonly kind: 'same' | 'removed' | 'added'
  readonly text: string
}

/** Beyond so many changed words two texts are not near copies, and the search for the shortest difference gets slow. */
const MAX_CHANGES = 2_000

/**
 * What changes `before` into `after`: the parts that are `same` or `removed` make up the first text, those that are `same`
 * or `added` the second, character by character. A text that shares too little is removed and added whole.
 */
export function diffWords(before: string, after: string): DiffPart[] {
  const changes = diffArrays(pieces(before), pieces(after), { maxEditLength: MAX_CHANGES })
  if (!changes) {
    return [
      { kind: 'removed', text: before },
      { kind: 'added', text: after },
    ]
  }
  return changes.map(({ value, added, removed }) => ({
    kind: added ? 'added' : removed ? 'removed' : 'same',
    text: value.join(''),
  }))
}

/** Words with the white space behind them, and single marks of punctuation, so that a changed comma is one small change. */
function pieces(text: string): string[] {
  return text.match(/[\p{L}\p{N}\p{M}]+(?:['’.,-][\p{L}\p{N}\p{M}]+)*\s*|[^\p{L}\p{N}\p{M}\s]\s*|\s+/gu) ?? []
}
