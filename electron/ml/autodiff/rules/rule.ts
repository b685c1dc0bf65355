import { type GraphBuilder, type Node, sameShape, type Shape, type Value } from '../../ir/index.ts'

/** Makes the nodes of one gradient when it is asked for: gradients that nobody needs cost nothing. */
export type Lazy = () => Value

/**
 * The vector-Jacobian product of one operator: from the gradients of a node's outputs (undefined: no gradient reaches that output)
 * the gradient of each input, undefined where there is none. A gradient may have the broadcast shape of its input: the walk sums it
 * down. Rules emit operators that both the CPU and the WebGPU provider run, see DESIGN.md.
 */
export type GradientRule = (call: RuleCall) => readonly (Lazy | undefined)[]

export interface RuleCall {
  readonly g: GraphBuilder
  readonly node: Node
  /** The inputs that are there; optional ones left out are undefined at run time, so look at `node.inputs` for those. */
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  /** Gradient of the first output. Most operators have only one. */
  readonly dy: Value
  /** Gradients of all outputs. */
  readonly gradients: readonly (Value | undefined)[]
}

/** A rule for one input and one output. */
export function unaryRule(derivative: (g: GraphBuilder, dy: Value, x: Value, y: Value) => Value): GradientRule {
  return ({ g, inputs, outputs, dy }) => [() => derivative(g, dy, inputs[0]!, outputs[0]!)]
}

/** Runs `make` at most once, for a subexpression that several gradients of a node share. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/** Undoes broadcasting: sums `gradient` over the axes along which a tensor of `shape` was repeated. */
export function sumToShape(g: GraphBuilder, gradient: Value, shape: Shape): Value {
  if (sameShape(gradient.shape, shape)) return gradient
  const added = gradient.shape.length - shape.length
  const repeated = [...gradient.shape.keys()].filter(
    (axis) => axis < added || (shape[axis - added] === 1 && gradient.shape[axis] !== 1),
  )
  const summed = repeated.length === 0 ? gradient : g.reduceSum(gradient, repeated)
  return added === 0 ? summed : g.reshape(summed, shape)
}

/** An input whose contents shape inference knows: axes, bounds, pads. */
export function knownIntegers(node: Node, index: number, what: string): readonly number[] {
  const contents = node.inputs[index]?.contents
  if (!contents?.every((item) => typeof item === 'number')) {
    throw new Error(
      `${node.op} at ${node.name}: its gradient needs ${what} (input ${index}) to be known when the graph is built`,
    )
  }
  return contents
}
