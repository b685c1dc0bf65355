import { elementCount, intAttribute, normalizeAxis, type Node, type Value } from '../../ir/index.ts'
import { type GradientRule, knownIntegers, type RuleCall } from './rule.ts'

/** The axes a reduction runs over, 0..rank-1. */
function reducedAxes(node: Node): readonly number[] {
  const x = node.inputs[0]!
  const axes = node.inputs[1] ? knownIntegers(node, 1, 'the axes') : []
  if (axes.length > 0) return axes.map((axis) => normalizeAxis(axis, x.shape.length))
  return intAttribute(node.attributes, 'noop_with_empty_axes', 0) === 1 ? [] : [...x.shape.keys()]
}

/** A result of the reduction with its axes put back as size 1, so that it broadcasts against the input. */
function withReducedAxes({ g, node }: RuleCall, reduced: Value): Value {
  const axes = new Set(reducedAxes(node))
  return g.reshape(
    reduced,
    node.inputs[0]!.shape.map((dim, axis) => (axes.has(axis) ? 1 : dim)),
  )
}

function expandToInput(call: RuleCall, reduced: Value): Value {
  return call.g.expand(withReducedAxes(call, reduced), call.inputs[0]!.shape)
}

const reduceSum: GradientRule = (call) => [() => expandToInput(call, call.dy)]

const reduceMean: GradientRule = (call) => {
  const { g, inputs, node, dy } = call
  const x = inputs[0]!
  const count = elementCount(reducedAxes(node).map((axis) => x.shape[axis]!))
  const share = () => {
    if (typeof count === 'number') return g.mul(dy, 1 / count)
    return g.div(dy, g.cast(g.reshape(g.shapeVector([count]), []), dy.type))
  }
  return [() => expandToInput(call, share())]
}

/** Elements that tie for the extremum share the gradient evenly. */
const reduceExtremum: GradientRule = (call) => {
  const { g, inputs, outputs, node, dy } = call
  return [
    () => {
      const isExtremum = g.cast(g.equal(inputs[0]!, withReducedAxes(call, outputs[0]!)), dy.type)
      const share = g.div(withReducedAxes(call, dy), g.reduceSum(isExtremum, reducedAxes(node)))
      return g.mul(isExtremum, share)
    },
  ]
}

export const reductionRules = {
  ReduceSum: reduceSum,
  ReduceMean: reduceMean,
  ReduceMax: reduceExtremum,
  ReduceMin: reduceExtremum,
} as const satisfies Record<string, GradientRule>
