import type { CutProfile, NegativeProfile, ScoreHistogram } from '../../../../electron/contracts/refinement.ts'

/** What the threshold is measured by: the share of the right answer's score (alpha), or the gap below it (a margin). */
export type CutKind = 'share' | 'gap'

export interface CutCounts {
  readonly negatives: number
  readonly queries: number
  /** Queries with a negative; the others are left out of the data set. */
  readonly ready: number
  /** Queries with as many as training draws. */
  readonly full: number
}

/** How many values lie below a cut; exact at the edges of the bins. */
export function countBelow({ min, max, counts, below, above }: ScoreHistogram, cut: number): number {
  const total = counts.length
  // Cuts are set by hand to two or three decimals: the nearest edge is the one that was meant.
  const bins = Math.round(((cut - min) / (max - min)) * total)
  const inside = counts.slice(0, Math.max(0, Math.min(total, bins))).reduce((sum, count) => sum + count, 0)
  return (bins < 0 ? 0 : below + inside) + (bins > total ? above : 0)
}

/** A threshold as it stands in the profile: margins are gaps below the positive. */
function cutOf(profile: NegativeProfile, kind: CutKind, value: number): [CutProfile, number] {
  return kind === 'share' ? [profile.share, value] : [profile.difference, -value]
}

/** What mining with this threshold would keep for these queries. */
export function countsAt(profiles: readonly NegativeProfile[], kind: CutKind, value: number): CutCounts {
  const counts = { negatives: 0, queries: 0, ready: 0, full: 0 }
  for (const profile of profiles) {
    const [{ kept, first, full }, cut] = cutOf(profile, kind, value)
    counts.negatives += countBelow(kept, cut)
    counts.queries += profile.queries
    counts.ready += countBelow(first, cut)
    counts.full += countBelow(full, cut)
  }
  return counts
}

/** All candidates of these queries in about so many bars. Gaps are turned round: 0 is the right answer's own score. */
export function candidateBars(profiles: readonly NegativeProfile[], kind: CutKind, bars = 60): ScoreHistogram | null {
  const [first, ...others] = profiles.map((profile) => (kind === 'share' ? profile.share.all : profile.difference.all))
  if (!first) return null
  const sum = others.reduce((one, other) => ({ ...one, counts: one.counts.map((n, i) => n + other.counts[i]!) }), first)
  const size = Math.max(1, Math.round(sum.counts.length / bars))
  const counts = Array.from({ length: Math.ceil(sum.counts.length / size) }, (_, i) =>
    sum.counts.slice(i * size, (i + 1) * size).reduce((total, n) => total + n, 0),
  )
  return { ...sum, counts }
}

/** The value below which half of all lie, to the width of a bin; null for an empty histogram. */
export function median({ min, max, counts, below, above }: ScoreHistogram): number | null {
  const total = counts.reduce((sum, count) => sum + count, below + above)
  if (total === 0) return null
  let seen = below
  if (seen >= total / 2) return min
  const width = (max - min) / counts.length
  for (const [bin, count] of counts.entries()) {
    if (seen + count >= total / 2) return min + (bin + (total / 2 - seen) / count) * width
    seen += count
  }
  return max
}

/** The part of the axis where there is something to see, in whole bins with one to spare at each end. */
export function occupied(histograms: readonly ScoreHistogram[]): { readonly low: number; readonly high: number } {
  const [one] = histograms
  if (!one) return { low: 0, high: 1 }
  const used = one.counts.flatMap((_, bin) => (histograms.some(({ counts }) => (counts[bin] ?? 0) > 0) ? [bin] : []))
  const width = (one.max - one.min) / one.counts.length
  const [from, to] = [used[0] ?? 0, (used.at(-1) ?? one.counts.length - 1) + 1]
  return { low: Math.max(one.min, one.min + (from - 1) * width), high: Math.min(one.max, one.min + (to + 1) * width) }
}

/** Round numbers for an axis, about `wanted` of them. */
export function ticks(low: number, high: number, wanted: number): number[] {
  const rough = (high - low) / wanted
  if (!(rough > 0)) return []
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10)
  const first = Math.ceil(low / step - 1e-9)
  const count = Math.floor(high / step + 1e-9) - first + 1
  return Array.from({ length: Math.max(0, count) }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}
