import type { ReviewItem } from '../../../../electron/contracts/curation.ts'
import { strings } from '../../strings/index.ts'

/** What machines made of a pair, in one line: "Kept by the filter, language model: grade 2". */
export function machineWords({ provenance, machines }: ReviewItem): string {
  const words = strings.review.provenance
  const parts = [
    provenance?.filter ? (provenance.filter.kept ? words.kept : words.dropped) : null,
    ...(machines ?? []).map(({ grade }) => (grade === null ? null : words.rated(roundGrade(grade)))),
  ].filter((part) => part !== null)
  return parts.length === 0 ? words.title : parts.join(', ')
}

/** A machine's grade may be the mean of several answers. */
export function roundGrade(grade: number): string {
  return Number.isInteger(grade) ? String(grade) : grade.toFixed(1)
}
