import type { RefinementFunnel, RefinementSample } from '../../../../electron/contracts/refinement.ts'
import { strings } from '../../strings/index.ts'
import { retrieverName } from './retriever-names.ts'

/** Why a pair was kept or dropped: words around the page that decided, where one did. */
export interface Reason {
  readonly before: string
  readonly page?: NonNullable<RefinementSample['votes'][number]['first']>
  readonly after: string
}

const words = strings.refinement.samples.reasons

export function reasonOf(sample: RefinementSample, rule: NonNullable<RefinementFunnel['filter']>['rule']): Reason {
  const { outcome, votes } = sample
  const other = votes.find(({ sourceRank, first }) => sourceRank !== 1 && first !== null)
  switch (outcome) {
    case 'kept': {
      const isFirst = votes.every(({ sourceRank }) => sourceRank === 1)
      return plain(isFirst && rule !== 'nopos' ? words.kept(votes.length) : words.keptOther)
    }
    case 'no-agreement':
      return other?.first
        ? { before: words.first(retrieverName(other.retriever)), page: other.first, after: words.firstEnd }
        : plain(words[outcome])
    case 'agreed-on-other':
      return other?.first
        ? { before: words.other, page: other.first, after: words.otherEnd }
        : plain(words['no-agreement'])
    case 'too-few-results':
      return plain(words[outcome])
    default:
      return plain(words['not-retrieved'])
  }
}

function plain(before: string): Reason {
  return { before, after: '' }
}
