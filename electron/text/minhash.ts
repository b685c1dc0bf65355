/**
 * MinHash signatures for near-duplicate search (Broder 1997), as DisastIR uses them: token 3-grams, 128 permutations.
 * Everything is deterministic, so signatures may be stored and compared across runs and machines.
 */

export const MINHASH_PERMUTATIONS = 128
export const SHINGLE_TOKENS = 3
/** METHOD: texts at least this alike (Jaccard over shingles) are near-duplicates. */
export const NEAR_DUPLICATE_THRESHOLD = 0.8

/** Odd multipliers and offsets of the hash family, from a fixed seed. Changing them makes stored signatures useless. */
const { MULTIPLIERS, OFFSETS } = hashFamily(0x5bd1e995)

/**
 * 32-bit hashes of the token 3-grams of a text, in order, repeats included. A token is a run of letters and digits,
 * compared without case; punctuation and white space do not count. A text of one or two tokens is one shingle.
 */
export function shingles(text: string): Uint32Array {
  const tokens = tokenHashes(text)
  if (tokens.length === 0) return new Uint32Array(0)
  if (tokens.length < SHINGLE_TOKENS) return Uint32Array.of(tokens.reduce((hash, token) => mix(hash, token), 0))
  const result = new Uint32Array(tokens.length - SHINGLE_TOKENS + 1)
  for (let i = 0; i < result.length; i++) {
    result[i] = mix(mix(mix(0, tokens[i] ?? 0), tokens[i + 1] ?? 0), tokens[i + 2] ?? 0)
  }
  return result
}

/** Signature of a text; undefined for a text without letters and digits, which is like no other. */
export function minhash(text: string): Uint32Array | undefined {
  return signatureOf(shingles(text))
}

/** @param hashes as `shingles` returns them; order and repeats do not matter */
export function signatureOf(hashes: Uint32Array): Uint32Array | undefined {
  if (hashes.length === 0) return undefined
  const signature = new Uint32Array(MINHASH_PERMUTATIONS).fill(0xffffffff)
  // Permutations outside, shingles inside: the minimum stays in a register and the hashes stay in the cache.
  const block = 4096
  for (let from = 0; from < hashes.length; from += block) {
    const to = Math.min(hashes.length, from + block)
    for (let p = 0; p < MINHASH_PERMUTATIONS; p++) {
      const multiplier = MULTIPLIERS[p] as number
      const offset = OFFSETS[p] as number
      let least = signature[p] as number
      for (let i = from; i < to; i++) {
        const value = Math.imul((hashes[i] as number) ^ offset, multiplier) >>> 0
        if (value < least) least = value
      }
      signature[p] = least
    }
  }
  return signature
}

/** Share of equal components: an unbiased estimate of the Jaccard similarity, standard error at most 0.045. */
export function estimateSimilarity(a: Uint32Array, b: Uint32Array): number {
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(`estimateSimilarity: signatures of ${a.length} and ${b.length} values cannot be compared`)
  }
  let equal = 0
  for (let i = 0; i < a.length; i++) if (a[i] === b[i]) equal++
  return equal / a.length
}

/** Exact Jaccard similarity of two sets of shingles, 0 to 1; two empty sets are 0 alike. */
export function jaccard(a: Iterable<number>, b: Iterable<number>): number {
  const left = new Set(a)
  const right = new Set(b)
  if (left.size === 0 && right.size === 0) return 0
  let shared = 0
  for (const hash of left) if (right.has(hash)) shared++
  return shared / (left.size + right.size - shared)
}

function tokenHashes(text: string): number[] {
  const hashes: number[] = []
  const lower = text.toLowerCase()
  let hash = 0
  let inside = false
  for (let i = 0; i < lower.length; i++) {
    const code = lower.charCodeAt(i)
    if (isWordCode(code)) {
      hash = inside ? Math.imul(hash ^ code, 0x01000193) : Math.imul(0x811c9dc5 ^ code, 0x01000193)
      inside = true
    } else if (inside) {
      hashes.push(hash)
      inside = false
    }
  }
  if (inside) hashes.push(hash)
  return hashes
}

/** Letters and digits; beyond ASCII everything but the punctuation and spaces of the Latin-1 and General Punctuation blocks. */
function isWordCode(code: number): boolean {
  if (code < 0x80) return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)
  if (code < 0xc0) return code === 0xaa || code === 0xb5 || code === 0xba
  return !(
    (code >= 0x2000 && code <= 0x206f) ||
    (code >= 0x2190 && code <= 0x27ff) ||
    (code >= 0x3000 && code <= 0x303f)
  )
}

/** One step of MurmurHash3 with its finaliser, so that every bit of the result depends on every bit of both inputs. */
function mix(hash: number, value: number): number {
  let h = Math.imul(value, 0xcc9e2d51)
  h = Math.imul((h << 15) | (h >>> 17), 0x1b873593) ^ hash
  h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

function hashFamily(seed: number): { MULTIPLIERS: Int32Array; OFFSETS: Int32Array } {
  const MULTIPLIERS = new Int32Array(MINHASH_PERMUTATIONS)
  const OFFSETS = new Int32Array(MINHASH_PERMUTATIONS)
  let state = seed
  const next = (): number => (state = mix(state, 0x9e3779b9))
  for (let p = 0; p < MINHASH_PERMUTATIONS; p++) {
    MULTIPLIERS[p] = next() | 1
    OFFSETS[p] = next() | 0
  }
  return { MULTIPLIERS, OFFSETS }
}
