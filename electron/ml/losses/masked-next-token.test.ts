import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { gradients } from '../autodiff/index.ts'
import { GraphBuilder } from '../ir/index.ts'
import { randomNumbers } from '../testing/finite-differences.ts'
import { runGraph } from '../testing/run-graph.ts'
import { maskedNextTokenLoss, maskTokens } from './index.ts'

/** From testing/make-training-fixtures.py: rows that repeat, and one that only fills the array up. */
const golden = JSON.parse(
  readFileSync(new URL('../testing/fixtures/masked-next-token.json', import.meta.url), 'utf8'),
) as Record<'tokens' | 'hidden' | 'vocabulary' | 'loss', number> &
  Record<'x' | 'head' | 'rows' | 'labels' | 'weights' | 'dx' | 'dhead', readonly number[]>

it('maskedNextTokenLoss and its gradients are those of PyTorch', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float32', [golden.tokens, golden.hidden])
  const head = g.input('head', 'float32', [golden.vocabulary, golden.hidden])
  const rows = g.input('rows', 'int64', ['masked'])
  const labels = g.input('labels', 'int64', ['masked'])
  const weights = g.input('weights', 'float32', ['masked'])
  const loss = maskedNextTokenLoss(g, x, { rows, labels, weights }, (picked) => g.linear(picked, head))
  const [dx, dhead] = gradients(g, loss, [x, head])
  g.output('loss', loss)
  g.output('dx', dx!)
  g.output('dhead', dhead!)
  const masked = (type: 'int64' | 'float32', values: readonly number[]) => ({ type, shape: [values.length], values })
  const result = await runGraph(g.build(), {
    x: golden.x,
    head: golden.head,
    rows: masked('int64', golden.rows),
    labels: masked('int64', golden.labels),
    weights: masked('float32', golden.weights),
  })
  expect(result['loss']!.values[0]).toBeCloseTo(golden.loss, 5)
  golden.dx.forEach((value, index) => expect(result['dx']!.values[index]).toBeCloseTo(value, 5))
  golden.dhead.forEach((value, index) => expect(result['dhead']!.values[index]).toBeCloseTo(value, 5))
})

describe('maskTokens', () => {
  const ids = [1, ...Array.from({ length: 50 }, (_, index) => 100 + index), 2]
  const options = { rate: 0.2, maskToken: 62, special: new Set([1, 2]) }

  it('masks the share asked for and predicts from the position before', () => {
    const masked = maskTokens(ids, randomNumbers(1), options)
    expect(masked.rows).toHaveLength(10)
    masked.rows.forEach((row, index) => {
      expect(masked.ids[row + 1]).toBe(62)
      expect(ids[row + 1]).toBe(masked.labels[index])
    })
    expect(masked.ids.filter((id) => id === 62)).toHaveLength(10)
  })

  it('never masks special tokens or the first', () => {
    for (let seed = 0; seed < 50; seed++) {
      const masked = maskTokens([100, 101, 2, 1], randomNumbers(seed), { ...options, rate: 1 })
      expect(masked).toEqual({ ids: [100, 62, 2, 1], rows: [0], labels: [101] })
    }
  })

  it('masks at least one token when it can, and none when it cannot', () => {
    expect(maskTokens([1, 100, 2], randomNumbers(1), options).rows).toEqual([0])
    expect(maskTokens([1, 2], randomNumbers(1), options)).toEqual({ ids: [1, 2], rows: [], labels: [] })
  })

  it('is decided by the random numbers alone, and reaches every position', () => {
    expect(maskTokens(ids, randomNumbers(3), options)).toEqual(maskTokens(ids, randomNumbers(3), options))
    const hit = new Set(
      Array.from({ length: 200 }, (_, seed) => maskTokens(ids, randomNumbers(seed), options).rows).flat(),
    )
    expect(hit.size).toBe(50)
  })
})
