import { describe, expect, it } from 'vitest'
import { runGraph } from '../testing/run-graph.ts'
import { GraphBuilder, ShapeError } from './index.ts'

describe('GraphBuilder', () => {
  it('builds a graph that onnxruntime runs', async () => {
    const g = new GraphBuilder()
    const x = g.input('x', 'float32', [2, 3])
    const w = g.input('w', 'float32', [2, 3])
    g.output('y', g.linear(x, w))
    g.output('softmax', g.softmax(x))
    const { y } = await runGraph(g.build(), { x: [1, 2, 3, 4, 5, 6], w: [1, 0, 0, 0, 1, 1] })
    expect(y).toEqual({ type: 'float32', shape: [2, 2], values: [1, 5, 4, 11] })
  })

  it('names nodes by scope and counts repeats', () => {
    const g = new GraphBuilder()
    const x = g.input('x', 'float32', [4])
    const names = g.scope('encoder', () => g.scope('layer.3', () => [g.add(x, 1).name, g.add(x, 2).name]))
    expect(names).toEqual(['encoder/layer.3/Add', 'encoder/layer.3/Add_1'])
    expect(g.neg(x).name).toBe('Neg')
  })

  it('restores the scope when the body throws', () => {
    const g = new GraphBuilder()
    const x = g.input('x', 'float32', [4])
    expect(() => g.scope('broken', () => g.transpose(x, [1, 0]))).toThrow(ShapeError)
    expect(g.neg(x).name).toBe('Neg')
  })

  it('names operator, place and shapes when shapes do not fit', () => {
    const g = new GraphBuilder()
    const a = g.input('a', 'float32', [2, 3])
    const b = g.input('b', 'float32', [4, 5])
    expect(() => g.scope('attention', () => g.matMul(a, b))).toThrow(
      'MatMul at attention/MatMul: inner dimensions 3 and 4 differ; inputs: a float32[2,3], b float32[4,5]',
    )
  })

  it('shares equal constants and tells 0 from -0 and float from int', () => {
    const g = new GraphBuilder()
    expect(g.scalar(0.5)).toBe(g.scalar(0.5))
    expect(g.scalar(0)).not.toBe(g.scalar(-0))
    expect(g.scalar(1)).not.toBe(g.scalar(1, 'int64'))
    expect(g.vector([1])).not.toBe(g.scalar(1, 'int64'))
  })

  it('refuses values of another graph and names that are taken', () => {
    const g = new GraphBuilder()
    const stranger = new GraphBuilder().input('x', 'float32', [1])
    expect(() => g.neg(stranger)).toThrow('input x belongs to another graph')
    g.input('x', 'float32', [1])
    expect(() => g.input('x', 'float32', [1])).toThrow('the name x is taken')
  })

  it('can output one value twice, and an input', async () => {
    const g = new GraphBuilder()
    const x = g.input('x', 'float32', [1])
    const y = g.neg(x)
    g.output('first', y)
    g.output('second', y)
    g.output('same', x)
    const result = await runGraph(g.build(), { x: [3] })
    expect([result['first']!.values, result['second']!.values, result['same']!.values]).toEqual([[-3], [-3], [3]])
  })

  it('refuses an initializer whose bytes do not fill its shape', () => {
    expect(() => new GraphBuilder().initializer('w', 'float32', [2, 2], new Uint8Array(8))).toThrow(
      'takes 16 bytes, 8 were given',
    )
  })

  it('keeps symbolic sizes through a transformer block and runs at several sizes', async () => {
    const g = new GraphBuilder()
    const ids = g.input('ids', 'int64', ['batch', 'sequence'])
    const table = g.constant(
      'float32',
      [10, 4],
      Array.from({ length: 40 }, (_, i) => i),
    )
    const embedded = g.gather(table, ids)
    expect(embedded.shape).toEqual(['batch', 'sequence', 4])
    const rows = g.reshape(embedded, ['batch*sequence', 4])
    expect(rows.shape).toEqual(['batch*sequence', 4])
    const heads = g.transpose(g.reshape(rows, ['batch', 'sequence', 2, 2]), [0, 2, 1, 3])
    expect(heads.shape).toEqual(['batch', 2, 'sequence', 2])
    const scores = g.matMul(heads, g.transposeMatrix(heads))
    expect(scores.shape).toEqual(['batch', 2, 'sequence', 'sequence'])
    const positions = g.slice(table, 0, 0, 'sequence')
    expect(positions.shape).toEqual(['sequence', 4])
    g.output('sum', g.add(embedded, positions))
    g.output('scores', scores)
    const graph = g.build()
    for (const shape of [
      [1, 3],
      [2, 5],
    ] as const) {
      const values = Array.from({ length: shape[0] * shape[1] }, (_, i) => i % 10)
      const { sum, scores: out } = await runGraph(graph, { ids: { type: 'int64', shape, values } })
      expect(sum!.shape).toEqual([...shape, 4])
      expect(out!.shape).toEqual([shape[0], 2, shape[1], shape[1]])
    }
  })

  it('says which size cannot be known at run time', () => {
    const g = new GraphBuilder()
    const x = g.input('x', 'float32', ['2*pairs'])
    expect(() => g.reshape(g.reshape(x, ['pairs', 2]), [2, 'pairs', 'queries'])).toThrow(
      /size (pairs|queries) is not known at run time/,
    )
  })

  it('carries values through a Loop that sees the graph around it', async () => {
    const g = new GraphBuilder()
    const x = g.input('x', 'float32', [2])
    const [power] = g.loop(3, [g.fill([2], 1)], (inner, _iteration, [state]) => [inner.mul(state!, x)])
    g.output('power', power!)
    expect((await runGraph(g.build(), { x: [2, 3] }))['power']!.values).toEqual([8, 27])
  })

  it('takes one of two branches', async () => {
    const g = new GraphBuilder()
    const x = g.input('x', 'float32', [1])
    const positive = g.squeeze(g.greater(x, 0), [0])
    const [y] = g.ifElse(
      positive,
      (inner) => [inner.sqrt(x)],
      (inner) => [inner.neg(x)],
    )
    g.output('y', y!)
    const graph = g.build()
    expect((await runGraph(graph, { x: [9] }))['y']!.values).toEqual([3])
    expect((await runGraph(graph, { x: [-9] }))['y']!.values).toEqual([9])
  })
})
