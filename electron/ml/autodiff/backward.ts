// Reverse-mode automatic differentiation: one walk over the nodes from last to first.

import {
  type GraphBuilder,
  intAttribute,
  isFloat,
  type Node,
  printNode,
  sameShape,
  type Value,
  valuesRead,
} from '../ir/index.ts'
import { gradientRules, multipleOutputOps } from './rules/index.ts'
import { sumToShape } from './rules/rule.ts'

/** A value and the gradient of the objective with respect to it (same type and shape). */
export type Seed = readonly [value: Value, gradient: Value]

/** The gradient of a table by its rows that were looked up: add `rows[i]` to row `indices[i]`; indices repeat. */
export interface RowGradient {
  /** `[lookups]`, int64 */
  readonly indices: Value
  /** `[lookups, width]` */
  readonly rows: Value
}

export interface Gradients {
  /** One for each variable, of its shape; zeros for a variable the objective does not depend on. */
  readonly variables: readonly Value[]
  /** One for each table. */
  readonly tables: readonly RowGradient[]
}

/** A graph that cannot be differentiated; the message names the operator and its place in the model. */
export class GradientError extends Error {
  override readonly name = 'GradientError'
}

/**
 * Adds the backward pass of `loss` to the graph and returns the gradient of each variable. Variables may be graph inputs,
 * initializers or values between; whatever is not listed is constant (a frozen layer costs no backward pass beyond the path through it).
 *
 * @param loss one float element
 * @throws GradientError when an operator between the variables and the loss has no gradient rule
 */
export function gradients(g: GraphBuilder, loss: Value, variables: readonly Value[]): readonly Value[] {
  if (loss.shape.some((dim) => dim !== 1))
    throw new GradientError(`the loss must be one number, not ${loss.name} [${loss.shape.join(',')}]`)
  return backward(g, [[loss, g.constant(loss.type, loss.shape as readonly number[], [1])]], variables).variables
}

/**
 * The vector-Jacobian product behind `gradients`: from gradients of any values (`seeds`) to those of the variables. GradCache seeds the
 * embeddings with gradients that were computed outside of the graph.
 *
 * @param tables matrices used only through Gather on axis 0, whose gradients are wanted as rows: an embedding table of 30,000 rows gets
 *   a few thousand of them per step, and adding rows outside of the graph is cheaper than a dense gradient
 * @throws GradientError as `gradients`, and for a table that is used in another way
 */
export function backward(
  g: GraphBuilder,
  seeds: readonly Seed[],
  variables: readonly Value[],
  tables: readonly Value[] = [],
): Gradients {
  const forward = [...g.nodes]
  const active = dependents(forward, [...variables, ...tables])
  const lookups = new Map<Value, RowGradient[]>(tables.map((table) => [table, []]))
  const total = new Map<Value, Value>()
  const accumulate = (value: Value, gradient: Value): void => {
    const sum = total.get(value)
    total.set(value, sum ? g.add(sum, gradient) : gradient)
  }
  for (const [value, gradient] of seeds) {
    if (!sameShape(value.shape, gradient.shape))
      throw new GradientError(`the gradient of ${value.name} has another shape than it: ${gradient.name}`)
    accumulate(value, gradient)
  }

  for (const node of forward.reverse()) {
    const outputGradients = node.outputs.map((value) => total.get(value))
    if (outputGradients.every((gradient) => !gradient) || !reads(node, active)) continue
    g.scope(`gradient/${node.name}`, () => {
      for (const [index, lazy] of differentiate(g, node, outputGradients).entries()) {
        const input = node.inputs[index]
        if (!lazy || !input || !active.has(input) || !isFloat(input.type)) continue
        const rows = lookups.get(input)
        if (rows) rows.push(lookedUpRows(g, node, input, outputGradients[0]!))
        else accumulate(input, sumToShape(g, lazy(), input.shape))
      }
    })
  }
  return {
    variables: variables.map((value) => total.get(value) ?? g.fill(value.shape, 0, value.type)),
    tables: tables.map((table) => joinRows(g, table, lookups.get(table)!)),
  }
}

/** Every value that depends on one of `variables` by way of floating-point numbers. */
function dependents(nodes: readonly Node[], variables: readonly Value[]): ReadonlySet<Value> {
  const active = new Set(variables)
  for (const node of nodes) {
    if (!reads(node, active)) continue
    for (const value of node.outputs) if (isFloat(value.type)) active.add(value)
  }
  return active
}

/** Whether a node uses one of `values`, also from inside the body of a Loop. */
function reads(node: Node, values: ReadonlySet<Value>): boolean {
  return valuesRead(node).some((value) => values.has(value))
}

function differentiate(g: GraphBuilder, node: Node, outputGradients: readonly (Value | undefined)[]) {
  const rule = gradientRules[node.op]
  if (!rule) {
    throw new GradientError(
      `no gradient rule for ${node.op} at ${node.name}: ${printNode(node)}; add one to autodiff/rules, or use other operators`,
    )
  }
  const further = outputGradients.findIndex((gradient, index) => gradient && index > 0)
  if (further > 0 && !multipleOutputOps.has(node.op)) {
    throw new GradientError(
      `the gradient of ${node.op} at ${node.name} is written for its first output, not for output ${further}`,
    )
  }
  const inputs = node.inputs as readonly Value[]
  return rule({ g, node, inputs, outputs: node.outputs, gradients: outputGradients, dy: outputGradients[0]! })
}

function lookedUpRows(g: GraphBuilder, node: Node, table: Value, dy: Value): RowGradient {
  const [data, indices] = [node.inputs[0]!, node.inputs[1]!]
  if (
    node.op !== 'Gather' ||
    data !== table ||
    intAttribute(node.attributes, 'axis', 0) !== 0 ||
    table.shape.length !== 2
  ) {
    throw new GradientError(
      `table ${table.name} is not only looked up by rows but also used by ${node.op} at ${node.name}: list it as a variable`,
    )
  }
  return { indices: g.reshape(g.cast(indices, 'int64'), [-1]), rows: g.reshape(dy, [-1, table.shape[1]!]) }
}

function joinRows(g: GraphBuilder, table: Value, lookups: readonly RowGradient[]): RowGradient {
  const [first] = lookups
  if (!first) return { indices: g.fill([0], 0, 'int64'), rows: g.fill([0, table.shape[1]!], 0, table.type) }
  if (lookups.length === 1) return first
  return {
    indices: g.concat(
      lookups.map(({ indices }) => indices),
      0,
    ),
    rows: g.concat(
      lookups.map(({ rows }) => rows),
      0,
    ),
  }
}
