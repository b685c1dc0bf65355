/** Groups near-duplicate documents or passages by their signatures. */
import { bandHashes, LSH_BANDS } from './lsh.ts'
import { estimateSimilarity, NEAR_DUPLICATE_THRESHOLD } from './minhash.ts'
import { UnionFind } from './union-find.ts'

export interface ClusterOptions {
  /** Least estimated similarity of two texts in one cluster. Default 0.8. */
  readonly threshold?: number
  /** Decides a candidate pair instead of the estimate, for example by exact Jaccard; gets the positions of both texts. */
  readonly verify?: (a: number, b: number) => boolean
}

/**
 * Groups near-duplicate texts. Membership is transitive: a chain of pairs above the threshold is one cluster (METHOD 2,
 * union-find). Identical texts are compared once each, so boilerplate that repeats a thousand times stays linear.
 * @param signatures undefined for texts without a signature, which belong to no cluster
 * @returns per text the position of the first text of its cluster: its own position when it is the first or alone
 */
export function clusterNearDuplicates(
  signatures: readonly (Uint32Array | undefined)[],
  options: ClusterOptions = {},
): Int32Array {
  const { threshold = NEAR_DUPLICATE_THRESHOLD } = options
  const isPair =
    options.verify ??
    ((a: number, b: number): boolean =>
      estimateSimilarity(signatures[a] as Uint32Array, signatures[b] as Uint32Array) >= threshold)
  const sets = new UnionFind(signatures.length)
  const hashes = signatures.map((signature) => (signature ? bandHashes(signature) : undefined))
  for (let band = 0; band < LSH_BANDS; band++) {
    const buckets = new Map<number, number[]>()
    hashes.forEach((own, text) => {
      const hash = own?.[band]
      if (hash === undefined) return
      const bucket = buckets.get(hash)
      if (!bucket) {
        buckets.set(hash, [text])
        return
      }
      // The bucket holds only texts that joined none of those before them.
      let joined = false
      for (const other of bucket) {
        if (sets.connected(other, text)) joined = true
        else if (isPair(other, text)) {
          sets.union(other, text)
          joined = true
        }
      }
      if (!joined) bucket.push(text)
    })
  }
  return sets.firsts()
}
