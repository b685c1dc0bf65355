import type { Graph, Node, Value } from '../ir/index.ts'

/** Operators that take a pass over their input, a percent of a layer's time, and whose results are as large as an activation. */
const cheap: ReadonlySet<string> = new Set(['Gelu', 'Sigmoid', 'LayerNormalization', 'SimplifiedLayerNormalization'])

/**
 * Lets the backward pass compute the results of cheap operators a second time instead of keeping them from the forward pass (gradient
 * checkpointing, Chen et al., arXiv 1604.06174): their inputs are kept for their own gradients anyway. A sixth of the activations of a
 * BERT layer; the numbers stay the same bit for bit.
 *
 * @param forwardNodes how many of the graph's first nodes are the forward pass
 */
export function recomputeCheap(graph: Graph, forwardNodes: number): Graph {
  const producers = new Map<Value, Node>()
  for (const node of graph.nodes.slice(0, forwardNodes)) if (cheap.has(node.op)) producers.set(node.outputs[0]!, node)
  const again = new Map<Value, Value>()
  const nodes = graph.nodes.flatMap((node, index): readonly Node[] => {
    if (index < forwardNodes) return [node]
    const added: Node[] = []
    const inputs = node.inputs.map((value) => {
      const producer = value && producers.get(value)
      if (!producer) return value
      const known = again.get(value)
      if (known) return known
      const copy = { ...value, name: `${value.name}/again` }
      again.set(value, copy)
      added.push({ ...producer, name: `${producer.name}/again`, outputs: [copy] })
      return copy
    })
    return [...added, { ...node, inputs }]
  })
  return { ...graph, nodes }
}
