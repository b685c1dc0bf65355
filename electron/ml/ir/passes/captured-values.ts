import { type Graph, type Node, subgraphs, type Value } from '../model.ts'

/** Every value a node reads: its inputs, and the outer values that the graphs inside it use. */
export function valuesRead(node: Node): readonly Value[] {
  return [...node.inputs.filter((value) => value !== undefined), ...subgraphs(node).flatMap(capturedValues)]
}

/** The values a graph uses that are made outside of it. */
export function capturedValues(graph: Graph): readonly Value[] {
  const made = new Set([...graph.inputs, ...graph.initializers.map((initializer) => initializer.value)])
  for (const node of graph.nodes) for (const value of node.outputs) made.add(value)
  const read = [...graph.nodes.flatMap(valuesRead), ...graph.outputs]
  return [...new Set(read.filter((value) => !made.has(value)))]
}
