import type { FusedPassage, FusionLeg } from './reciprocal-rank-fusion.ts'

interface MutablePassage<Name extends string> {
  readonly passageId: number
  score: number
  readonly legs: { [Leg in Name]?: { rank: number; score: number } }
}

/**
 * Convex combination of scores (Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", TOIS 2023):
 * each leg's scores are scaled to 0..1 between the worst and the best it returned, weighted, and added; a passage that a leg
 * did not return gets 0 from it. Unlike ranks, scores say how far the first is ahead of the second, which on the dev
 * benchmarks is worth 0.007 nDCG@10 over reciprocal rank fusion (see the card of the embedded model).
 *
 * @param legs rankings with their scores, best first. Weights count by their share of the legs that returned something, so
 * fused scores lie in 0..1 and a leg with nothing to say takes nothing away.
 * @returns best first, ties by passage id.
 */
export function fuseScores<Name extends string>(legs: readonly FusionLeg<Name>[]): FusedPassage<Name>[] {
  const speaking = legs.filter(({ ranking }) => ranking.length > 0)
  const total = speaking.reduce((sum, { weight = 1 }) => sum + weight, 0)
  const fused = new Map<number, MutablePassage<Name>>()
  for (const { name, ranking, weight = 1 } of speaking) {
    const [best, worst] = [ranking[0]!.score, ranking.at(-1)!.score]
    ranking.forEach(({ passageId, score }, index) => {
      const entry: MutablePassage<Name> = fused.get(passageId) ?? { passageId, score: 0, legs: {} }
      // A single hit, or hits that are all alike, are as good as the best.
      const scaled = best > worst ? (score - worst) / (best - worst) : 1
      entry.score += (weight / total) * scaled
      entry.legs[name] = { rank: index + 1, score }
      fused.set(passageId, entry)
    })
  }
  return [...fused.values()].sort((a, b) => b.score - a.score || a.passageId - b.passageId)
}
