import type { Attributes, Graph, Node, Value } from '../model.ts'
import { valuesRead } from './captured-values.ts'

/**
 * Removes nodes and initializers that no graph output depends on, in the graphs inside Loop and If as well.
 * Graph inputs stay: they are the interface of the model.
 */
export function eliminateDeadCode(graph: Graph): Graph {
  const live = new Set<Value>(graph.outputs)
  const nodes: Node[] = []
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((value) => live.has(value))) continue
    const kept = { ...node, attributes: eliminateInside(node.attributes) }
    for (const value of valuesRead(kept)) live.add(value)
    nodes.push(kept)
  }
  const initializers = graph.initializers.filter((initializer) => live.has(initializer.value))
  return { ...graph, initializers, nodes: nodes.reverse() }
}

function eliminateInside(attributes: Attributes): Attributes {
  if (!Object.values(attributes).some((attribute) => attribute.kind === 'graph')) return attributes
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => [
      name,
      attribute.kind === 'graph' ? { kind: 'graph' as const, value: eliminateDeadCode(attribute.value) } : attribute,
    ]),
  )
}
