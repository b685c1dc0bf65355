import {
  addDims,
  type Dim,
  elementCount,
  type GraphBuilder,
  intAttribute,
  intsAttribute,
  type Node,
  normalizeAxis,
  type Shape,
  stringAttribute,
  subtractDims,
  type Value,
} from '../../ir/index.ts'
import { type GradientRule, knownIntegers, type RuleCall, unaryRule } from './rule.ts'

/** Reshape, Squeeze, Unsqueeze, Flatten: the elements stay in order. */
const backToInputShape = unaryRule((g, dy, x) => g.reshape(dy, x.shape))

function axisOf(node: Node, fallback: number): number {
  return normalizeAxis(intAttribute(node.attributes, 'axis', fallback), node.inputs[0]!.shape.length)
}

const transpose: GradientRule = ({ g, node, inputs, dy }) => {
  const permutation = intsAttribute(node.attributes, 'perm') ?? [...inputs[0]!.shape.keys()].reverse()
  return [
    () =>
      g.transpose(
        dy,
        permutation.map((_, axis) => permutation.indexOf(axis)),
      ),
  ]
}

/** What was cut off gets zeros. */
const slice: GradientRule = ({ g, node, inputs, dy }) => [
  () => {
    const shape = inputs[0]!.shape
    const bounds = sliceBounds(node, shape)
    return g.pad(
      dy,
      bounds.map(({ start }) => start),
      bounds.map(({ end }, axis) => subtractDims(shape[axis]!, end)),
    )
  },
]

/** First and past-the-last element kept of each axis, counted from the front and clamped to sizes that are known. */
function sliceBounds(node: Node, shape: Shape): readonly { readonly start: Dim; readonly end: Dim }[] {
  const bounds = shape.map((size): { start: Dim; end: Dim } => ({ start: 0, end: size }))
  const [starts, ends] = [node.inputs[1]?.contents, node.inputs[2]?.contents]
  const axes = node.inputs[3] ? knownIntegers(node, 3, 'the axes') : (starts ?? []).map((_, axis) => axis)
  const steps = node.inputs[4] ? knownIntegers(node, 4, 'the steps') : []
  if (!starts || !ends)
    throw new Error(`${node.op} at ${node.name}: its gradient needs bounds that are known when the graph is built`)
  if (steps.some((step) => step !== 1))
    throw new Error(`${node.op} at ${node.name}: its gradient is written for steps of 1`)
  for (const [index, given] of axes.entries()) {
    const axis = normalizeAxis(given, shape.length)
    const size = shape[axis]!
    bounds[axis] = { start: fromFront(starts[index]!, size), end: fromFront(ends[index]!, size) }
  }
  return bounds
}

function fromFront(bound: Dim, size: Dim): Dim {
  if (typeof bound !== 'number') return bound
  if (bound >= 2 ** 31 - 1) return size
  const counted = bound < 0 ? addDims(size, bound) : bound
  return typeof counted === 'number' && typeof size === 'number' ? Math.min(Math.max(counted, 0), size) : counted
}

/** Each input gets its stretch of the gradient. */
const concat: GradientRule = ({ g, node, inputs, dy }) => {
  const axis = axisOf(node, 0)
  let offset: Dim = 0
  return inputs.map((value) => {
    const start = offset
    const end = addDims(start, value.shape[axis]!)
    offset = end
    return () => g.slice(dy, axis, start, end)
  })
}

const split: GradientRule = ({ g, node, outputs, gradients }) => [
  () =>
    g.concat(
      outputs.map((value, index) => gradients[index] ?? g.fill(value.shape, 0, value.type)),
      axisOf(node, 0),
    ),
]

const pad: GradientRule = ({ g, node, inputs, dy }) => [
  () => {
    const mode = stringAttribute(node.attributes, 'mode') ?? 'constant'
    if (mode !== 'constant')
      throw new Error(`${node.op} at ${node.name}: its gradient is written for mode constant, not ${mode}`)
    const shape = inputs[0]!.shape
    const pads = node.inputs[1]?.contents
    if (!pads)
      throw new Error(`${node.op} at ${node.name}: its gradient needs pads that are known when the graph is built`)
    const axes = node.inputs[3] ? knownIntegers(node, 3, 'the axes') : [...shape.keys()]
    const [before, after] = [shape.map((): Dim => 0), shape.map((): Dim => 0)]
    for (const [index, given] of axes.entries()) {
      const axis = normalizeAxis(given, shape.length)
      before[axis] = pads[index]!
      after[axis] = pads[index + axes.length]!
    }
    const crops = pads.some((amount) => typeof amount === 'number' && amount < 0)
    if (crops) return g.pad(dy, before.map(negate), after.map(negate)) // what was cropped comes back as zeros
    return before.reduce<Value>(
      (inner, start, axis) =>
        start === 0 && after[axis] === 0 ? inner : g.slice(inner, axis, start, addDims(start, shape[axis]!)),
      dy,
    )
  },
]

function negate(amount: Dim): Dim {
  return subtractDims(0, amount)
}

/** Adds the gradient of each picked slice back to where it was picked from; [Note: scatter] in the builder says why not ScatterND. */
const gather: GradientRule = (call) => {
  const { g, node, inputs, dy } = call
  const [data, indices] = [inputs[0]!, inputs[1]!]
  return [
    () => {
      const axis = axisOf(node, 0)
      const count = elementCount(indices.shape)
      const rows = data.shape.with(axis, count)
      const updates = g.reshape(dy, rows)
      const spread = g.reshape(
        g.cast(indices, 'int64'),
        rows.map((_, at) => (at === axis ? count : 1)),
      )
      return g.scatterAdd(zerosLike(g, data), g.expand(spread, rows), updates, axis)
    },
  ]
}

const gatherElements: GradientRule = ({ g, node, inputs, dy }) => [
  () => g.scatterAdd(zerosLike(g, inputs[0]!), inputs[1]!, dy, axisOf(node, 0)),
]

/** Only the values have a gradient; it goes to the elements that were picked. */
const topK: GradientRule = ({ g, node, inputs, outputs, gradients }) => {
  const picked = gradients[0]
  return picked ? [() => g.scatterAdd(zerosLike(g, inputs[0]!), outputs[1]!, picked, axisOf(node, -1))] : []
}

function zerosLike(g: GraphBuilder, value: Value): Value {
  return g.fill(value.shape, 0, value.type)
}

const trilu: GradientRule = ({ g, node, dy }: RuleCall) => [
  () => g.node('Trilu', [dy, node.inputs[1]], { attributes: node.attributes }),
]

export const movementRules = {
  Reshape: backToInputShape,
  Squeeze: backToInputShape,
  Unsqueeze: backToInputShape,
  Flatten: backToInputShape,
  Expand: ({ dy }) => [() => dy], // the walk sums what was repeated
  Transpose: transpose,
  Slice: slice,
  Concat: concat,
  Split: split,
  Pad: pad,
  Gather: gather,
  GatherElements: gatherElements,
  TopK: topK,
  Trilu: trilu,
} as const satisfies Record<string, GradientRule>
