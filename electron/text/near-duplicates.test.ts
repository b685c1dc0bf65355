import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clusterNearDuplicates } from './cluster.ts'
import { bandHashes, candidateProbability, LSH_BANDS } from './lsh.ts'
import { estimateSimilarity, jaccard, MINHASH_PERMUTATIONS, minhash, shingles, signatureOf } from './minhash.ts'
import { UnionFind } from './union-find.ts'

/** Deterministic words, so that a failure repeats. */
function words(count: number, seed: number): string[] {
  let state = seed
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return `w${(state >>> 8) % 4_000}`
  })
}

/** The text with every `step`-th word replaced. */
function edited(text: readonly string[], step: number): string[] {
  return text.map((word, i) => (i % step === step - 1 ? `new${i}` : word))
}

describe('minhash', () => {
  it('does not see case, punctuation or white space, and sees order', () => {
    expect(minhash('Go to HIGH ground!')).toEqual(minhash('go, to high\n ground'))
    expect(minhash('go to high ground now')).not.toEqual(minhash('now go to high ground'))
  })

  it('stays what it was, because signatures are stored', () => {
    expect([...(minhash('Leave the valley before the dam is opened.')?.slice(0, 4) ?? [])]).toMatchInlineSnapshot(`
      [
        18000785,
        116321390,
        1603336298,
        1457332401,
      ]
    `)
  })

  it('has no signature for a text without words and one for a single word', () => {
    expect(minhash(' ... — !')).toBeUndefined()
    expect(minhash('Evacuate')).toHaveLength(MINHASH_PERMUTATIONS)
  })

  it('estimates Jaccard similarity as well as theory allows', () => {
    let squared = 0
    let pairs = 0
    for (const step of [4, 6, 10, 20, 40, 80]) {
      for (let seed = 1; seed <= 25; seed++) {
        const text = words(600, seed * 7_919 + step)
        const [a, b] = [shingles(text.join(' ')), shingles(edited(text, step).join(' '))]
        const exact = jaccard(a, b)
        const error = estimateSimilarity(signatureOf(a)!, signatureOf(b)!) - exact
        squared += error ** 2 / ((exact * (1 - exact)) / MINHASH_PERMUTATIONS)
        pairs++
      }
    }
    // Mean squared error over its expectation: 1 for independent permutations.
    expect(squared / pairs).toBeLessThan(1.4)
  })

  it('takes well under a second for a document of 2,000 pages', () => {
    const text = words(800_000, 3).join(' ')
    const started = performance.now()
    minhash(text)
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  it('refuses to compare signatures of different kinds', () => {
    expect(() => estimateSimilarity(new Uint32Array(128), new Uint32Array(64))).toThrow(/128 and 64/)
  })
})

describe('jaccard', () => {
  it('is the shared share of two sets', () => {
    expect(jaccard([1, 2, 3, 3], [2, 3, 4])).toBe(0.5)
    expect(jaccard([], [])).toBe(0)
  })
})

describe('bandHashes', () => {
  it('find a pair at the threshold almost always', () => {
    expect(candidateProbability(0.8)).toBeGreaterThan(0.997)
    expect(candidateProbability(0.3)).toBeLessThan(0.02)
    let found = 0
    const pairs = 200
    for (let seed = 1; seed <= pairs; seed++) {
      const text = words(500, seed * 104_729)
      const other = edited(text, 32)
      expect(jaccard(shingles(text.join(' ')), shingles(other.join(' ')))).toBeGreaterThan(0.8)
      const [a, b] = [bandHashes(minhash(text.join(' '))!), bandHashes(minhash(other.join(' '))!)]
      if (a.some((hash, band) => hash === b[band])) found++
    }
    expect(found / pairs).toBeGreaterThan(0.98)
    expect(bandHashes(minhash('a b c')!)).toHaveLength(LSH_BANDS)
  })
})

describe('clusterNearDuplicates', () => {
  const plan = words(400, 11)
  const texts = [plan, words(400, 12), edited(plan, 60), words(400, 13), plan, edited(words(400, 13), 4)]

  it('groups near copies under the first and leaves the others alone', () => {
    const signatures = [...texts.map((text) => minhash(text.join(' '))), undefined, minhash('')]
    expect([...clusterNearDuplicates(signatures)]).toEqual([0, 1, 0, 3, 0, 5, 6, 7])
  })

  it('lets the caller verify candidates exactly', () => {
    const sets = texts.map((text) => shingles(text.join(' ')))
    const clusters = clusterNearDuplicates(sets.map(signatureOf), {
      verify: (a, b) => jaccard(sets[a]!, sets[b]!) === 1,
    })
    expect([...clusters]).toEqual([0, 1, 2, 3, 0, 5])
  })

  it('stays linear in identical texts', () => {
    let comparisons = 0
    const signature = minhash(plan.join(' '))!
    clusterNearDuplicates(Array<Uint32Array>(2_000).fill(signature), { verify: () => (comparisons++, true) })
    expect(comparisons).toBe(1_999)
  })

  it('agrees with comparing all pairs', () => {
    const base = [words(60, 1), words(60, 2), words(60, 3)]
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2), fc.constantFrom(0, 40, 50)), { maxLength: 12 }), (picks) => {
        const signatures = picks.map(([b, step]) => minhash((step ? edited(base[b]!, step) : base[b]!).join(' '))!)
        const sets = new UnionFind(picks.length)
        signatures.forEach((a, i) => {
          for (let j = 0; j < i; j++) if (estimateSimilarity(a, signatures[j]!) >= 0.8) sets.union(i, j)
        })
        expect(clusterNearDuplicates(signatures)).toEqual(sets.firsts())
      }),
    )
  })
})

describe('UnionFind', () => {
  it('names the smallest element of each set, whatever the order of unions', () => {
    const sets = new UnionFind(6)
    sets.union(5, 3)
    sets.union(4, 1)
    sets.union(3, 4)
    expect([...sets.firsts()]).toEqual([0, 1, 2, 1, 1, 1])
    expect(sets.connected(5, 1)).toBe(true)
    expect(sets.connected(0, 2)).toBe(false)
    expect(() => sets.find(6)).toThrow(/6 is not one of 6/)
  })
})
