import { substitute } from '../graph-assembly.ts'
import { type Attribute, type Graph, type Initializer, type Node, subgraphs, type Value } from '../model.ts'

/** Operators whose results differ from call to call. */
const randomOps: ReadonlySet<string> = new Set([
  'Bernoulli',
  'Dropout',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
])

/**
 * Computes equal expressions once: nodes with the same operator, attributes and inputs are merged into the first of them.
 * Do not run it on a graph that recomputes activations on purpose to save memory.
 */
export function mergeCommonSubexpressions(graph: Graph): Graph {
  const outputs = new Set(graph.outputs) // an output keeps its own name, so its node is kept too
  const seen = new Map<string, readonly Value[]>()
  const replacement = new Map<Value, Value>()
  const ids = new Map<Value, number>()
  const identify = (value: Value | undefined): number => {
    if (!value) return -1
    const original = replacement.get(value) ?? value
    if (!ids.has(original)) ids.set(original, ids.size)
    return ids.get(original)!
  }
  mergeInitializers(graph.initializers, outputs, replacement)

  const nodes: Node[] = []
  for (const node of graph.nodes) {
    const key = expressionKey(node, identify)
    const earlier = key === undefined ? undefined : seen.get(key)
    if (earlier && !node.outputs.some((value) => outputs.has(value))) {
      node.outputs.forEach((value, index) => replacement.set(value, earlier[index]!))
      continue
    }
    if (key !== undefined && !earlier) seen.set(key, node.outputs)
    nodes.push(node)
  }
  const initializers = graph.initializers.filter((initializer) => !replacement.has(initializer.value))
  return substitute({ ...graph, initializers, nodes }, replacement)
}

/** Small inline initializers with the same bytes are one. */
function mergeInitializers(
  initializers: readonly Initializer[],
  outputs: ReadonlySet<Value>,
  replacement: Map<Value, Value>,
): void {
  const seen = new Map<string, Value>()
  for (const initializer of initializers) {
    if (!('data' in initializer) || initializer.data.length > 4096 || outputs.has(initializer.value)) continue
    const { value, data } = initializer
    const key = `${value.type}[${value.shape.join()}]${data.join()}`
    const earlier = seen.get(key)
    if (earlier) replacement.set(value, earlier)
    else seen.set(key, value)
  }
}

/** Equal keys mean equal results; undefined for nodes that must not be merged. */
function expressionKey(node: Node, identify: (value: Value | undefined) => number): string | undefined {
  if (randomOps.has(node.op) || subgraphs(node).length > 0) return undefined
  const attributes = Object.entries(node.attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, attribute]) => `${name}=${attributeKey(attribute)}`)
  return [node.domain, node.op, node.outputs.length, ...attributes, ...node.inputs.map(identify)].join('|')
}

function attributeKey(attribute: Attribute): string {
  if (attribute.kind !== 'tensor') return `${attribute.kind}:${JSON.stringify(attribute.value)}`
  const { type, shape, data } = attribute.value
  return `${type}[${shape.join()}]${data.join()}`
}
