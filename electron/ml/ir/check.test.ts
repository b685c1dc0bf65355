import { describe, expect, it } from 'vitest'
import { checkGraph, encodeTensor, type Graph, GraphBuilder } from './index.ts'

function small(): Graph {
  const g = new GraphBuilder()
  const x = g.input('x', 'float32', [2])
  g.output('y', g.neg(g.exp(x)))
  return g.build()
}

describe('checkGraph', () => {
  it('accepts what the builder builds', () => {
    checkGraph(small())
  })

  it('finds a use before the definition', () => {
    const graph = small()
    expect(() => checkGraph({ ...graph, nodes: graph.nodes.toReversed() })).toThrow(
      'Neg at Neg uses Exp before it is made',
    )
  })

  it('finds a second definition', () => {
    const graph = small()
    expect(() => checkGraph({ ...graph, nodes: [...graph.nodes, graph.nodes[0]!] })).toThrow('Exp is defined twice')
  })

  it('finds a wrong shape and a stale copy of a value', () => {
    const graph = small()
    const [exp, neg] = [graph.nodes[0]!, graph.nodes[1]!]
    const wrong = { ...exp, outputs: [{ ...exp.outputs[0]!, shape: [3] }] }
    const nodes = [wrong, neg]
    expect(() => checkGraph({ ...graph, nodes })).toThrow('output 0 of Exp float32[3] = Exp(x) should be float32[2]')
    expect(() => checkGraph({ ...graph, nodes })).toThrow('uses another value called Exp')
  })

  it('finds initializers whose bytes do not fill their shape', () => {
    const graph = small()
    const value = { name: 'w', type: 'float32' as const, shape: [3] }
    const initializers = [{ value, data: encodeTensor('float32', [1, 2]) }]
    expect(() => checkGraph({ ...graph, initializers })).toThrow('initializer w float32[3] has 8 bytes, not 12')
  })

  it('lists all problems and looks inside Loop', () => {
    const g = new GraphBuilder()
    const x = g.input('x', 'float32', [2])
    const [y] = g.loop(2, [x], (inner, _, [state]) => [inner.neg(inner.exp(state!))])
    g.output('y', y!)
    const graph = g.build()
    const loop = graph.nodes[0]!
    const body = loop.attributes['body']!
    if (body.kind !== 'graph') throw new Error('no body')
    const broken = {
      ...loop,
      attributes: { body: { kind: 'graph' as const, value: { ...body.value, nodes: body.value.nodes.toReversed() } } },
    }
    expect(() => checkGraph({ ...graph, nodes: [broken] })).toThrow(/loop\/Exp before it is made/)
  })
})
