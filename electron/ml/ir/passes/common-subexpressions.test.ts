import { expect, it } from 'vitest'
import { runGraph } from '../../testing/run-graph.ts'
import { checkGraph, GraphBuilder, int, mergeCommonSubexpressions } from '../index.ts'

it('mergeCommonSubexpressions computes chains of equal expressions once', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float32', [2, 3])
  const once = () => g.exp(g.reduceSum(g.mul(x, x), [1]))
  g.output('y', g.add(once(), once()))
  const graph = g.build()
  const merged = mergeCommonSubexpressions(graph)
  checkGraph(merged)
  expect(merged.nodes.map((node) => node.op)).toEqual(['Mul', 'ReduceSum', 'Exp', 'Add'])
  const feeds = { x: [0.1, 0.2, 0.3, -0.1, -0.2, -0.3] }
  expect(await runGraph(merged, feeds)).toEqual(await runGraph(graph, feeds))
})

it('mergeCommonSubexpressions keeps graph outputs, other attributes, other input orders and random nodes', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float32', [2, 2])
  g.output('a', g.neg(x))
  g.output('b', g.neg(x))
  g.output('difference', g.sub(g.sub(g.softmax(x, 0), g.softmax(x, 1)), g.sub(g.softmax(x, 1), g.softmax(x, 0))))
  const noise = () => g.node('RandomUniformLike', [x], { attributes: { dtype: int(1) } })
  g.output('noise', g.sub(noise(), noise()))
  const graph = g.build()
  const merged = mergeCommonSubexpressions(graph)
  checkGraph(merged)
  expect(merged.nodes.filter((node) => node.op === 'Softmax')).toHaveLength(2)
  expect(merged.nodes.filter((node) => node.op === 'RandomUniformLike')).toHaveLength(2)
  const [before, after] = [await runGraph(graph, { x: [1, 2, 3, 5] }), await runGraph(merged, { x: [1, 2, 3, 5] })]
  for (const name of ['a', 'b', 'difference']) expect(after[name]).toEqual(before[name])
})
