import type { RankedPassage } from './retriever.ts'

/** Cormack, Clarke and Büttcher 2009. */
export const RRF_K = 60

export interface FusionLeg<Name extends string> {
  readonly name: Name
  readonly ranking: readonly RankedPassage[]
  /** How much this leg counts, 1 when left out. */
  readonly weight?: number
}

export interface FusedPassage<Name extends string> extends RankedPassage {
  /** Rank (from 1) and score in each leg that found it: "why this rank". */
  readonly legs: { readonly [Leg in Name]?: { readonly rank: number; readonly score: number } }
}

interface MutablePassage<Name extends string> {
  readonly passageId: number
  score: number
  readonly legs: { [Leg in Name]?: { rank: number; score: number } }
}

/** Reciprocal rank fusion: score = sum over legs of weight / (60 + rank). Best first, ties by passage id. */
export function fuse<Name extends string>(legs: readonly FusionLeg<Name>[]): FusedPassage<Name>[] {
  const fused = new Map<number, MutablePassage<Name>>()
  for (const { name, ranking, weight = 1 } of legs) {
    ranking.forEach(({ passageId, score }, index) => {
      const entry: MutablePassage<Name> = fused.get(passageId) ?? { passageId, score: 0, legs: {} }
      entry.score += weight / (RRF_K + index + 1)
      entry.legs[name] = { rank: index + 1, score }
      fused.set(passageId, entry)
    })
  }
  return [...fused.values()].sort((a, b) => b.score - a.score || a.passageId - b.passageId)
}
