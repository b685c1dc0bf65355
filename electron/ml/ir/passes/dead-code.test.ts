import { expect, it } from 'vitest'
import { runGraph } from '../../testing/run-graph.ts'
import { checkGraph, eliminateDeadCode, GraphBuilder } from '../index.ts'

it('eliminateDeadCode removes what no output needs and nothing else', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float32', [2])
  g.input('unused', 'float32', [1])
  const shared = g.exp(x)
  g.sqrt(g.mul(shared, 3))
  g.output('y', g.add(shared, 1))
  const graph = g.build()
  const pruned = eliminateDeadCode(graph)
  checkGraph(pruned)
  expect(pruned.nodes.map((node) => node.op)).toEqual(['Exp', 'Add'])
  expect(pruned.initializers.map((initializer) => initializer.value.name)).toEqual(['constant/1'])
  expect(pruned.inputs.map((input) => input.name)).toEqual(['x', 'unused'])
  const feeds = { x: [0, 1], unused: [0] }
  expect(await runGraph(pruned, feeds)).toEqual(await runGraph(graph, feeds))
})

it('eliminateDeadCode keeps what only a Loop body reads, and prunes inside it', async () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float32', [2])
  const factor = g.exp(x)
  const [y] = g.loop(2, [x], (inner, _, [state]) => {
    inner.sqrt(state!)
    return [inner.mul(state!, factor)]
  })
  g.output('y', y!)
  const graph = g.build()
  const pruned = eliminateDeadCode(graph)
  checkGraph(pruned)
  const body = pruned.nodes.find((node) => node.op === 'Loop')!.attributes['body']!
  expect(body.kind === 'graph' && body.value.nodes.map((node) => node.op)).toEqual(['Mul', 'Identity'])
  expect(await runGraph(pruned, { x: [1, 2] })).toEqual(await runGraph(graph, { x: [1, 2] }))
})
