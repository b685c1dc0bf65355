// A graph as text, close to ONNX's own textual form: for tests, logs and error messages.

import { formatShape } from './dims.ts'
import type { Attribute, Graph, Initializer, Node, Value } from './model.ts'
import { decodeTensor } from './tensors.ts'

/**
 * Prints a graph, one node a line:
 *
 *     main (x float32[2,3]) => (y float32[2,2]) {
 *       w float32[2,3] = external(model.safetensors, 80, 24)
 *       y float32[2,2] = Gemm<transB = 1>(x, w)
 *     }
 */
export function printGraph(graph: Graph): string {
  return graphLines(graph).join('\n')
}

/** Prints one node: `y float32[2,2] = Gemm<transB = 1>(x, w)`. */
export function printNode(node: Node): string {
  const op = node.domain === '' ? node.op : `${node.domain}.${node.op}`
  const attributes = Object.entries(node.attributes).filter(([, attribute]) => attribute.kind !== 'graph')
  const listed = attributes.map(([name, attribute]) => `${name} = ${printAttribute(attribute)}`).join(', ')
  const inputs = node.inputs.map((value) => value?.name ?? '-').join(', ')
  return `${node.outputs.map(printValue).join(', ')} = ${op}${listed === '' ? '' : `<${listed}>`}(${inputs})`
}

/** Prints a value with its type: `x float32[batch,384]`. */
export function printValue(value: Value): string {
  return `${value.name} ${value.type}${formatShape(value.shape)}`
}

function graphLines(graph: Graph): string[] {
  const list = (values: readonly Value[]) => values.map(printValue).join(', ')
  return [
    `${graph.name} (${list(graph.inputs)}) => (${list(graph.outputs)}) {`,
    ...graph.initializers.map((initializer) => `  ${printInitializer(initializer)}`),
    ...graph.nodes.flatMap((node) => [`  ${printNode(node)}`, ...innerGraphLines(node)]),
    '}',
  ]
}

function innerGraphLines(node: Node): string[] {
  return Object.entries(node.attributes).flatMap(([name, attribute]) => {
    if (attribute.kind !== 'graph') return []
    const [first, ...rest] = graphLines(attribute.value)
    return [`    ${name} = ${first}`, ...rest.map((line) => `    ${line}`)]
  })
}

function printInitializer(initializer: Initializer): string {
  const head = printValue(initializer.value)
  if ('external' in initializer) {
    const { location, offset, length } = initializer.external
    return `${head} = external(${location}, ${offset}, ${length})`
  }
  return `${head} = ${printData(initializer.value.type, initializer.data)}`
}

function printData(type: Value['type'], data: Uint8Array): string {
  if (type === 'string' || data.length > 64) return `<${data.length} bytes>`
  return `{${decodeTensor(type, data).join(', ')}}`
}

function printAttribute(attribute: Attribute): string {
  switch (attribute.kind) {
    case 'int':
    case 'float':
      return `${attribute.value}`
    case 'string':
      return JSON.stringify(attribute.value)
    case 'ints':
    case 'floats':
    case 'strings':
      return JSON.stringify(attribute.value)
    case 'tensor':
      return `${attribute.value.type}${formatShape(attribute.value.shape)} ${printData(attribute.value.type, attribute.value.data)}`
    case 'graph':
      return `${attribute.value.name} {...}`
  }
}
