import { expect, it } from 'vitest'
import { runGraph } from '../../testing/run-graph.ts'
import { checkGraph, eliminateDeadCode, foldConstants, GraphBuilder } from '../index.ts'

it('foldConstants evaluates constant arithmetic with broadcasting', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float32', [2, 3])
  const column = g.constant('float32', [2, 1], [1, 2])
  const row = g.constant('float32', [3], [10, 20, 40])
  const table = g.div(g.exp(g.neg(g.add(column, row))), 3)
  g.output('y', g.add(x, g.mul(table, g.sqrt(g.reshape(column, [2, 1])))))
  const graph = g.build()
  const folded = eliminateDeadCode(foldConstants(graph))
  checkGraph(folded)
  expect(folded.nodes.map((node) => node.op)).toEqual(['Add'])
  const feeds = { x: [1, 2, 3, 4, 5, 6] }
  const [before, after] = [await runGraph(graph, feeds), await runGraph(folded, feeds)]
  after['y']!.values.forEach((value, index) => expect(value).toBeCloseTo(before['y']!.values[index]!, 6))
})

it('foldConstants folds shapes that are known when the graph is built', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float32', [2, 6])
  const shape = g.shape(x)
  const rows = g.gather(shape, g.vector([0]))
  const halves = g.div(g.gather(shape, g.vector([1])), 2)
  g.output('y', g.node('Reshape', [x, g.concat([rows, g.vector([2]), halves], 0)]))
  const graph = g.build()
  const folded = eliminateDeadCode(foldConstants(graph))
  checkGraph(folded)
  expect(folded.nodes.map((node) => node.op)).toEqual(['Reshape'])
  const feeds = { x: Array.from({ length: 12 }, (_, i) => i) }
  expect(await runGraph(folded, feeds)).toEqual(await runGraph(graph, feeds))
})

it('foldConstants leaves symbolic shapes, outputs and integer division by zero to run time', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float32', ['batch'])
  g.output('shape', g.shape(x))
  g.output('constant', g.add(g.scalar(1), 2))
  g.output('zero', g.reshape(g.div(g.vector([1]), g.vector([0])), [1, 1]))
  expect(foldConstants(g.build()).nodes.map((node) => node.op)).toEqual(['Shape', 'Add', 'Div', 'Reshape'])
})
