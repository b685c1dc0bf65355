import type { PairRecord, PairRepository, PairSelection, ScoredText, StoredSuspect } from '../../storage/index.ts'
import type { NegativeRule } from '../hard-negatives.ts'

/**
 * What people found out about a passage that should not answer: it does (`answer`), it does not (`no-answer`), or it can
 * serve as neither (`unclear`: it answers in part, or they do not agree).
 */
export type PassageFinding = 'answer' | 'unclear' | 'no-answer'

/** Decisions of people as a data set takes them; curation reads them from its log. */
export interface ReviewedPairs {
  /** Pairs on which they settled; `query` is their wording, null for the written one. */
  readonly pairs: ReadonlyMap<number, { readonly outcome: 'accept' | 'reject'; readonly query: string | null }>
  /** By pair, then by text. */
  readonly passages: ReadonlyMap<number, ReadonlyMap<number, PassageFinding>>
  /** Who decided, and how several decisions became one: for the data card. */
  readonly lineage: Readonly<Record<string, unknown>>
}

/** What reviewing changed in a data set. */
export interface ReviewEffect {
  rejected: number
  /** Accepted though the filter had dropped them. */
  rescued: number
  edited: number
  /** Mined passages that are not used as negatives. */
  falseNegatives: number
  secondAnswers: number
  /** Suspected passages that are used as negatives after all. */
  clearedSuspects: number
}

/** Applies decisions while one data set is built, and counts what they changed. */
export class ReviewApplication {
  readonly effect: ReviewEffect = {
    rejected: 0,
    rescued: 0,
    edited: 0,
    falseNegatives: 0,
    secondAnswers: 0,
    clearedSuspects: 0,
  }
  readonly #reviews: ReviewedPairs | undefined

  constructor(reviews: ReviewedPairs | undefined) {
    this.#reviews = reviews
  }

  /** The pairs selected: without the rejected ones, in the people's wording; then those that people rescued. */
  *pairs(pairs: PairRepository, selection: PairSelection): Generator<PairRecord> {
    const waiting = new Set<number>()
    for (const [id, { outcome }] of this.#reviews?.pairs ?? []) if (outcome === 'accept') waiting.add(id)
    for (const slice of pairs.slices(selection))
      for (const pair of slice) {
        waiting.delete(pair.id)
        yield* this.#reworded(pair)
      }
    for (const id of waiting) {
      const pair = pairs.byId(id)
      if (!pair) continue
      this.effect.rescued++
      yield* this.#reworded(pair)
    }
  }

  /** Negatives of one pair at one level after review, best ranked first. */
  negatives(
    pairId: number,
    { found, suspects }: { readonly found: readonly MinedText[]; readonly suspects: readonly StoredSuspect[] },
    level: number,
    rule: NegativeRule,
  ): MinedText[] {
    const findings = this.#reviews?.passages.get(pairId)
    if (!findings) return [...found]
    const clean = found.filter(({ textId }) => (findings.get(textId) ?? 'no-answer') === 'no-answer')
    // Suspected for a score above every threshold: it is as hard as negatives get, and belongs to the hardest level only.
    const cleared = suspects.filter(
      ({ textId, levels }) =>
        findings.get(textId) === 'no-answer' &&
        (levels === 0 ? level === hardestLevel(rule) : ((levels >> level) & 1) === 1),
    )
    this.effect.falseNegatives += found.length - clean.length
    this.effect.clearedSuspects += cleared.length
    return [...clean, ...cleared].sort((a, b) => a.rank - b.rank)
  }

  /** Passages that answer too. @param scores by text, where they were mined; @param usable whether its document may be used. */
  secondAnswers(
    pairId: number,
    scores: ReadonlyMap<number, number>,
    usable: (textId: number) => boolean,
  ): ScoredText[] {
    const findings = [...(this.#reviews?.passages.get(pairId) ?? [])]
    const answers = findings.filter(([textId, finding]) => finding === 'answer' && usable(textId))
    this.effect.secondAnswers += answers.length
    return answers.map(([textId]) => [textId, scores.get(textId) ?? null])
  }

  /** For the lineage of the data set, once it is built; undefined where nobody reviewed. */
  lineage(): Record<string, unknown> | undefined {
    return this.#reviews && { ...this.#reviews.lineage, changed: this.effect }
  }

  #reworded(pair: PairRecord): PairRecord[] {
    const decision = this.#reviews?.pairs.get(pair.id)
    if (decision?.outcome === 'reject') {
      this.effect.rejected++
      return []
    }
    if (!decision || decision.query === null) return [pair]
    this.effect.edited++
    return [{ ...pair, query: decision.query }]
  }
}

interface MinedText {
  readonly textId: number
  readonly rank: number
  readonly score: number
}

/** The level that keeps the passages nearest to the answer; undefined where levels are no ladder. */
function hardestLevel(rule: NegativeRule): number | undefined {
  if (rule.kind === 'percentage') return rule.alphas.indexOf(Math.max(...rule.alphas))
  if (rule.kind === 'margin') return rule.margins.indexOf(Math.min(...rule.margins))
  return undefined
}
