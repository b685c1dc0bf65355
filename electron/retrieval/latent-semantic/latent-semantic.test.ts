import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../platform/seeded-random.ts'
import { LibraryDatabase } from '../../storage/index.ts'
import { latentSemanticSource, lexicalBatch, libraryState, vectorBatch } from '../batch-retriever.ts'
import { LatentSemanticRetriever } from '../latent-semantic-retriever.ts'
import { LexicalRetriever } from '../lexical-retriever.ts'
import { LatentSemanticIndex } from './latent-semantic-index.ts'
import { randomisedSvd } from './randomised-svd.ts'
import { SparseMatrix } from './sparse-matrix.ts'
import { symmetricEigen } from './symmetric-eigen.ts'

/** A sparse matrix and its Gram matrix `A'A` by the definition. */
function randomMatrix(rows: number, columns: number, seed: number) {
  const random = seededRandom(seed)
  const dense = Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => (random() < 0.3 ? random() : 0)),
  )
  const sparse = new SparseMatrix(
    columns,
    dense.map((row) => {
      const indices = row.flatMap((x, i) => (x === 0 ? [] : [i]))
      return { indices: Int32Array.from(indices), values: Float32Array.from(indices, (i) => row[i]!) }
    }),
  )
  const gram = new Float64Array(columns * columns)
  for (const row of dense)
    for (let i = 0; i < columns; i++) for (let j = 0; j < columns; j++) gram[i * columns + j]! += row[i]! * row[j]!
  return { sparse, gram }
}

describe('eigenvalues of a symmetric matrix', () => {
  it('are those of a matrix worked out by hand, largest first, with vectors that fit', () => {
    const { values, vectors } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2)
    expect([...values]).toEqual([expect.closeTo(3, 12), expect.closeTo(1, 12)])
    expect(Math.abs(vectors[0]!)).toBeCloseTo(Math.SQRT1_2, 12)
    expect(vectors[0]! * vectors[2]!).toBeGreaterThan(0)
  })

  it('solve A v = lambda v for a larger matrix', () => {
    const n = 40
    const { gram } = randomMatrix(60, n, 5)
    const { values, vectors } = symmetricEigen(gram, n)
    for (let i = 0; i < n; i++) {
      for (let row = 0; row < n; row++) {
        let product = 0
        for (let k = 0; k < n; k++) product += gram[row * n + k]! * vectors[k * n + i]!
        expect(product).toBeCloseTo(values[i]! * vectors[row * n + i]!, 7)
      }
    }
  })
})

describe('the randomised truncated SVD', () => {
  it('finds the singular values and directions of the exact decomposition', async () => {
    const columns = 60
    const { sparse, gram } = randomMatrix(120, columns, 2)
    const exact = symmetricEigen(gram, columns)
    const { singularValues, basis, rank } = await randomisedSvd(sparse, { rank: 8, seed: 1 })
    expect(rank).toBe(8)
    // A matrix without structure has a flat spectrum, the hardest case; the strongest direction is far ahead of the others.
    for (let i = 0; i < 8; i++) {
      const share = singularValues[i]! / Math.sqrt(exact.values[i]!)
      expect(share, `singular value ${i}`).toBeGreaterThan(i === 0 ? 0.99999 : 0.97)
      expect(share).toBeLessThan(1.00001)
    }
    let cosine = 0
    for (let term = 0; term < columns; term++) cosine += basis[term * rank]! * exact.vectors[term * columns]!
    expect(Math.abs(cosine)).toBeCloseTo(1, 5)
  })

  it('gives no more directions than the matrix has', async () => {
    const row = { indices: Int32Array.of(0, 2), values: Float32Array.of(1, 2) }
    const { rank, singularValues } = await randomisedSvd(new SparseMatrix(4, [row, row, row]), { rank: 3, seed: 1 })
    expect(rank).toBe(1)
    expect(singularValues[0]).toBeCloseTo(Math.sqrt(15), 5)
  })
})

describe('the latent semantic index of a library', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dmr-lsi-'))
  let library: LibraryDatabase
  let index: LatentSemanticIndex
  const texts = [
    'Levees hold the river back when a flood wave comes.',
    'The flood wave reaches the levees in two hours.',
    'A river gauge warns of the flood.',
    'High water at the river gauge: levees are walked.',
    'High water closes the ford.',
    'Wildfire smoke irritates lungs and closes schools.',
    'Smoke from the wildfire stays in the valley; schools close.',
    'Masks help lungs against smoke.',
    'Crews fight the wildfire with masks.',
  ]

  beforeAll(async () => {
    library = LibraryDatabase.open(join(folder, 'library.db'))
    library.db.exec(
      "INSERT INTO document (content_hash, title, page_count, pipeline_version, indexed_at) VALUES ('d', 'Plan', 1, 1, 0)",
    )
    const insert = library.db.prepare(
      `INSERT INTO passage (document_id, page_start, page_end, char_start, char_end, headings, context, text, tokens, text_hash)
       VALUES (1, 1, 1, 0, 1, '[]', '', ?, 10, ?)`,
    )
    texts.forEach((text, i) => insert.run(text, `t${i}`))
    index = await LatentSemanticIndex.fit(library.db, { dimensions: 2 })
  })
  afterAll(() => {
    library.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const ask = async (text: string, k = 4) =>
    (await new LatentSemanticRetriever(library.db, index).retrieve({ text, intent: 'QA', k })).map(
      ({ passageId }) => passageId,
    )

  it('finds passages of the topic that share no word with the query', async () => {
    const found = await ask('levees', 5)
    expect(found.every((id) => id <= 5)).toBe(true)
    expect(found).toContain(3)
    expect(texts[2]).not.toContain('evee')
  })

  it('is the same whenever it is fitted to the same passages', async () => {
    const again = await LatentSemanticIndex.fit(library.db, { dimensions: 2 })
    expect(again.vector(1)).toEqual(index.vector(1))
    expect(again.encode('river flood')).toEqual(index.encode('river flood'))
  })

  it('has no opinion on words it never saw', async () => {
    expect(await ask('zeppelin')).toEqual([])
    const batch = await vectorBatch(latentSemanticSource(index, 's')).rank([{ text: 'zeppelin', intent: 'QA' }], {
      k: 3,
    })
    expect(batch.of(0)).toEqual([])
    expect(await batch.scoreOf(0, 1)).toBeUndefined()
  })

  it('ranks a batch as it ranks single queries, and scores passages beyond the best', async () => {
    const batch = await vectorBatch(latentSemanticSource(index, 's')).rank(
      [
        { text: 'flood at the river', intent: 'QA' },
        { text: 'masks against smoke', intent: 'QA' },
      ],
      { k: 2 },
    )
    expect(batch.of(1).map(({ passageId }) => passageId)).toEqual(await ask('masks against smoke', 2))
    const all = await new LatentSemanticRetriever(library.db, index).retrieve({
      text: 'flood at the river',
      intent: 'QA',
      k: 9,
    })
    const last = all.at(-1)!
    expect(await batch.scoreOf(0, last.passageId)).toBeCloseTo(last.score, 5)
  })

  it('tells states of the library apart', () => {
    const before = libraryState(library.db)
    library.db.exec('DELETE FROM passage WHERE id = 9')
    expect(libraryState(library.db)).not.toBe(before)
  })

  it('scores a passage that keyword search did not rank, from a batch as from a single search', async () => {
    const batch = await lexicalBatch(library.db, new LexicalRetriever(library.db)).rank(
      [{ text: 'flood river levees', intent: 'QA' }],
      { k: 1 },
    )
    expect(batch.of(0)).toHaveLength(1)
    const other = await batch.scoreOf(0, 3)
    expect(other).toBeGreaterThan(0)
    expect(other).toBeLessThan(batch.of(0)[0]!.score)
    expect(await batch.scoreOf(0, 6)).toBeUndefined()
  })
})
