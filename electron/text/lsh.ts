/**
 * Locality-sensitive hashing over MinHash signatures: texts that share a band are candidates, which are then verified.
 * 21 bands of 6 rows find a pair of similarity 0.8 with probability 0.998 (0.85: 0.9999, 0.5: 0.28, 0.3: 0.015). Bands are
 * many and short on purpose: a candidate costs a comparison of 128 numbers, a pair that is missed is never seen again.
 */
import { MINHASH_PERMUTATIONS } from './minhash.ts'

export const LSH_BANDS = 21
export const LSH_ROWS = 6

/** Probability that two texts of a similarity (0 to 1) share at least one band. */
export function candidateProbability(similarity: number, bands = LSH_BANDS, rows = LSH_ROWS): number {
  return 1 - (1 - similarity ** rows) ** bands
}

/** One 32-bit hash per band, for a table (band, hash, id) that is looked up when a text is added. */
export function bandHashes(signature: Uint32Array): Uint32Array {
  if (signature.length !== MINHASH_PERMUTATIONS) {
    throw new RangeError(`bandHashes: a signature has ${MINHASH_PERMUTATIONS} values, got ${signature.length}`)
  }
  const hashes = new Uint32Array(LSH_BANDS)
  for (let band = 0; band < LSH_BANDS; band++) {
    let hash = 0x811c9dc5
    for (let row = 0; row < LSH_ROWS; row++) {
      hash = Math.imul(hash ^ (signature[band * LSH_ROWS + row] as number), 0x01000193)
      hash ^= hash >>> 15
    }
    hashes[band] = hash >>> 0
  }
  return hashes
}
