import { diffWordsWithSpace } from 'diff'

/** A stretch of a query that was changed, as the marks `ins` and `del` show it. */
export interface ChangedPart {
  readonly kind: 'same' | 'added' | 'removed'
  readonly text: string
}

/** What an edit did to a query, word by word. Nothing but the unchanged text where the two are alike. */
export function queryChanges(before: string, after: string): ChangedPart[] {
  return diffWordsWithSpace(before, after).map(({ added, removed, value }) => ({
    kind: added ? 'added' : removed ? 'removed' : 'same',
    text: value,
  }))
}
