// Structural check of a graph: single assignment, definition before use, and types that follow from the shape rules.

import { sameShape, isUnknown } from './dims.ts'
import { dataTypes, type Graph, type Initializer, type Node, subgraphs, type Value } from './model.ts'
import { printNode, printValue } from './print.ts'
import { inferShapes } from './shape-inference.ts'

/** A graph that breaks an invariant; `problems` lists each with its place. */
export class GraphCheckError extends Error {
  override readonly name = 'GraphCheckError'
  readonly problems: readonly string[]

  constructor(graph: string, problems: readonly string[]) {
    super(`graph ${graph} is not well-formed:\n${problems.map((problem) => `- ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/**
 * Checks that names are unique, that each value is made before it is used (by identity, so a stale copy is found), that initializers
 * fill their shapes, and that each node's outputs have the types and shapes its rule gives.
 *
 * @throws GraphCheckError listing every problem found
 */
export function checkGraph(graph: Graph): void {
  const problems: string[] = []
  checkScope(graph, new Map(), problems)
  if (problems.length > 0) throw new GraphCheckError(graph.name, problems)
}

/** @param outer values of the graphs around this one, by name */
function checkScope(graph: Graph, outer: ReadonlyMap<string, Value>, problems: string[]): void {
  const visible = new Map(outer)
  const define = (value: Value): void => {
    if (visible.has(value.name)) problems.push(`${value.name} is defined twice`)
    visible.set(value.name, value)
  }
  const use = (value: Value, user: string): void => {
    const defined = visible.get(value.name)
    if (!defined) problems.push(`${user} uses ${value.name} before it is made`)
    else if (defined !== value)
      problems.push(`${user} uses another value called ${value.name}: ${printValue(value)}, not ${printValue(defined)}`)
  }

  graph.inputs.forEach(define)
  for (const initializer of graph.initializers) {
    define(initializer.value)
    checkInitializer(initializer, problems)
  }
  for (const node of graph.nodes) {
    for (const value of node.inputs) if (value) use(value, `${node.op} at ${node.name}`)
    for (const inner of subgraphs(node)) checkScope(inner, visible, problems)
    checkTypes(node, problems)
    node.outputs.forEach(define)
  }
  for (const value of graph.outputs) use(value, 'a graph output')
}

function checkInitializer(initializer: Initializer, problems: string[]): void {
  const { value } = initializer
  const symbolic = value.shape.find((dim) => typeof dim !== 'number')
  if (symbolic !== undefined) {
    problems.push(`initializer ${value.name} has the symbolic size ${symbolic}`)
    return
  }
  const size = (value.shape as readonly number[]).reduce((product, dim) => product * dim, dataTypes[value.type].bytes)
  const given = 'data' in initializer ? initializer.data.length : initializer.external.length
  if (value.type !== 'string' && given !== size)
    problems.push(`initializer ${printValue(value)} has ${given} bytes, not ${size}`)
}

function checkTypes(node: Node, problems: string[]): void {
  let inferred
  try {
    inferred = inferShapes({ ...node, outputCount: node.outputs.length })
  } catch (error) {
    problems.push((error as Error).message)
    return
  }
  for (const [index, value] of node.outputs.entries()) {
    const expected = inferred[index]
    const open = [...value.shape, ...(expected?.shape ?? [])].some(isUnknown)
    if (!expected || expected.type !== value.type || (!open && !sameShape(expected.shape, value.shape))) {
      const rule = expected ? `${expected.type}[${expected.shape.join(',')}]` : 'no such output'
      problems.push(`output ${index} of ${printNode(node)} should be ${rule}`)
    }
  }
}
