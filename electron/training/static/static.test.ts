import { describe, expect, it } from 'vitest'
import { TextTokenizer } from '../../ml/tokenizer/tokenizer.ts'
import { wordPieceDefinition } from '../../ml/tokenizer/definition.ts'
import { seededRandom } from '../../platform/seeded-random.ts'
import {
  addBagGradients,
  inverseDocumentFrequencies,
  packBags,
  poolBags,
  SPECIAL_TOKENS,
  trainStatic,
  trainWordPiece,
  wordsOf,
} from './index.ts'

describe('vocabulary', () => {
  const counts = new Map(Object.entries({ flooding: 90, flooded: 80, floods: 70, warning: 60, warned: 50, x: 400 }))
  const options = { size: 200, minCount: 40, minWordCount: 2 }

  it('frequent pieces become tokens, and every known word can be cut into them', () => {
    const vocabulary = trainWordPiece(counts, options)
    expect(vocabulary.slice(0, 5)).toEqual(SPECIAL_TOKENS)
    expect(new Set(vocabulary).size).toBe(vocabulary.length)
    expect(vocabulary).toContain('flood')
    expect(vocabulary).toContain('##ed')
    const tokenizer = new TextTokenizer('t', wordPieceDefinition('t', vocabulary.join('\n'), {}), {})
    const ids = tokenizer.encode('Flooded, warning', { addSpecialTokens: false }).ids
    expect(ids).not.toContain(tokenizer.unknownId)
    expect(tokenizer.decode(ids).replaceAll(' ', '')).toBe('flooded,warning')
  })

  it('is the same for the same counts in another order, and never larger than asked for', () => {
    const turned = new Map([...counts].reverse())
    expect(trainWordPiece(turned, options)).toEqual(trainWordPiece(counts, options))
    expect(trainWordPiece(counts, { ...options, size: 120 }).length).toBeLessThanOrEqual(120)
  })

  it('words are cut as the tokenizer cuts them', () => {
    expect(wordsOf("Café-goers' 3.5 km")).toEqual(['cafe', '-', 'goers', "'", '3', '.', '5', 'km'])
  })
})

describe('token bags', () => {
  const width = 3
  const bags = packBags([[0, 1, 1], [2], []])
  const random = seededRandom(2)
  const model = {
    width,
    table: Float32Array.from({ length: 4 * width }, () => random() - 0.5),
    weights: Float32Array.from({ length: 4 }, () => 0.5 + random()),
  }

  it('vectors are weighted sums of length 1; a text without tokens is zero', () => {
    const { vectors } = poolBags(bags, model)
    for (const text of [0, 1])
      expect(Math.hypot(...vectors.subarray(text * width, (text + 1) * width))).toBeCloseTo(1, 6)
    expect([...vectors.subarray(2 * width)]).toEqual([0, 0, 0])
  })

  it('gradients are those of finite differences', () => {
    const dVectors = Float32Array.from({ length: 3 * width }, () => random() - 0.5)
    const lossOf = () => poolBags(bags, model).vectors.reduce((sum, value, i) => sum + value * dVectors[i]!, 0)
    const into = { table: new Float32Array(4 * width), weights: new Float32Array(4) }
    addBagGradients(bags, model, poolBags(bags, model), dVectors, into)
    for (const [values, gradients] of [
      [model.table, into.table],
      [model.weights, into.weights],
    ] as const) {
      for (const i of values.keys()) {
        const [kept, h] = [values[i]!, 1 / 128]
        values[i] = kept + h
        const up = lossOf()
        values[i] = kept - h
        const down = lossOf()
        values[i] = kept
        expect(Math.abs((up - down) / (2 * h) - gradients[i]!)).toBeLessThan(2e-3)
      }
    }
  })

  it('rare tokens start with larger weights', () => {
    const idf = inverseDocumentFrequencies(packBags([[0, 0, 1], [0], [0, 2]]), 4)
    expect(idf[0]).toBeCloseTo(0)
    expect(idf[1]).toBeCloseTo(Math.log(2))
    expect(idf[3]).toBeGreaterThan(idf[1]!)
  })
})

it('a static table learns which passages belong to which queries', async () => {
  const random = seededRandom(4)
  const pick = (from: number) => from + Math.floor(random() * 4)
  // Topic t: queries use the words 10 t to 10 t + 3, passages 10 t + 4 to 10 t + 7. Nothing but training tells that they belong together.
  const topics = Array.from({ length: 256 }, (_, i) => i % 8)
  const queries = packBags(topics.map((topic) => [pick(10 * topic), pick(10 * topic)]))
  const passages = packBags(topics.map((topic) => [pick(10 * topic + 4), pick(10 * topic + 4), pick(10 * topic + 4)]))
  const losses: number[] = []
  const trained = await trainStatic(
    { queries, passages },
    new Float32Array(80).fill(1),
    {
      vocabularySize: 80,
      width: 16,
      batch: 32,
      epochs: 12,
      learningRate: 0.02,
      initialScale: 0.1,
      weightScale: 0.2,
      temperature: 0.1,
      matryoshka: [16, 8],
      tokenDropout: 0,
      window: 8,
      seed: 1,
    },
    undefined,
    ({ loss }) => losses.push(loss),
  )
  expect(losses.at(-1)!).toBeLessThan(losses[0]! - 0.5)
  const q = poolBags(queries, trained).vectors
  const p = poolBags(passages, trained).vectors
  const dot = (a: number, b: number) =>
    q.subarray(a * 16, a * 16 + 16).reduce((sum, x, i) => sum + x * p[b * 16 + i]!, 0)
  let right = 0
  for (const [query, topic] of topics.entries()) {
    const best = topics.map((_, passage) => dot(query, passage)).reduce((a, x, i, all) => (x > all[a]! ? i : a), 0)
    if (topics[best] === topic) right++
  }
  expect(right / topics.length).toBeGreaterThan(0.95)
})
