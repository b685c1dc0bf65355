/** A seeded stream of numbers in [0, 1): the same seed gives the same stream on every machine. */
export type RandomSource = () => number

/**
 * The sfc32 generator (Chris Doty-Humphrey, PractRand), state filled from the seed by splitmix32.
 * For resampling and sampling, where a repeated run must give the same answer; not for secrets.
 * @param seed any integer; only its low 32 bits count.
 */
export function seededRandom(seed: number): RandomSource {
  let mix = seed | 0
  const next32 = () => {
    mix = (mix + 0x9e3779b9) | 0
    let z = mix ^ (mix >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z ^= z >>> 15
    z = Math.imul(z, 0x735a2d97)
    return z ^ (z >>> 15)
  }
  let a = next32()
  let b = next32()
  let c = next32()
  let counter = 1
  return () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return (sum >>> 0) / 0x1_0000_0000
  }
}

/**
 * Draws `count` items without repetition, in random order (partial Fisher-Yates on a copy).
 * @returns all items, shuffled, when `count` is not below their number.
 */
export function sampleWithoutReplacement<T>(items: readonly T[], count: number, random: RandomSource): T[] {
  const pool = [...items]
  const taken = Math.min(Math.max(0, Math.floor(count)), pool.length)
  for (let i = 0; i < taken; i++) {
    const j = i + Math.floor(random() * (pool.length - i))
    const drawn = pool[j] as T
    pool[j] = pool[i] as T
    pool[i] = drawn
  }
  return pool.slice(0, taken)
}
