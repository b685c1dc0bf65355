import {
  floatAttribute,
  type GraphBuilder,
  intAttribute,
  type Node,
  normalizeAxis,
  type Value,
} from '../../ir/index.ts'
import { type GradientRule, once } from './rule.ts'

function axisOf(node: Node): number {
  return normalizeAxis(intAttribute(node.attributes, 'axis', -1), node.inputs[0]!.shape.length)
}

/** dx = y * (dy - sum(dy * y)) */
const softmax: GradientRule = ({ g, node, outputs, dy }) => [
  () => {
    const product = g.mul(dy, outputs[0]!)
    return g.sub(product, g.mul(outputs[0]!, g.reduceSum(product, [axisOf(node)])))
  },
]

/** dx = dy - softmax(x) * sum(dy) */
const logSoftmax: GradientRule = ({ g, node, outputs, dy }) => [
  () => g.sub(dy, g.mul(g.exp(outputs[0]!), g.reduceSum(dy, [axisOf(node)]))),
]

/** The axes from `axis` to the last: those that are normalized. */
function normalizedAxes(node: Node): readonly number[] {
  const rank = node.inputs[0]!.shape.length
  return Array.from({ length: rank - axisOf(node) }, (_, index) => axisOf(node) + index)
}

interface Statistics {
  /** The normalized input, before scale and shift. */
  readonly normalized: Value
  /** The factor each row was multiplied with: 1 / deviation. */
  readonly inverse: Value
}

/** Mean and inverse deviation come from the forward node when it was asked for them, else they are computed again. */
function layerStatistics(g: GraphBuilder, node: Node): Statistics {
  const x = node.inputs[0]!
  const axes = normalizedAxes(node)
  const centered = g.sub(x, node.outputs[1] ?? g.reduceMean(x, axes))
  const inverse = node.outputs[2] ?? inverseRoot(g, node, centered, axes)
  return { normalized: g.mul(centered, inverse), inverse }
}

function rootMeanSquareStatistics(g: GraphBuilder, node: Node): Statistics {
  const x = node.inputs[0]!
  const inverse = inverseRoot(g, node, x, normalizedAxes(node))
  return { normalized: g.mul(x, inverse), inverse }
}

/** 1 / sqrt(mean(x^2) + epsilon) */
function inverseRoot(g: GraphBuilder, node: Node, x: Value, axes: readonly number[]): Value {
  const epsilon = floatAttribute(node.attributes, 'epsilon', 1e-5)
  return g.reciprocal(g.sqrt(g.add(g.reduceMean(g.mul(x, x), axes), epsilon)))
}

/**
 * With n the normalized input and e = dy * scale: dx = (e - mean(e) - n * mean(e * n)) / deviation. RMS normalization does not
 * center, so its mean(e) term falls away.
 */
function normalization(statisticsOf: (g: GraphBuilder, node: Node) => Statistics, centers: boolean): GradientRule {
  return ({ g, node, inputs, dy }) => {
    const scale = inputs[1]!
    const axes = normalizedAxes(node)
    const statistics = once(() => statisticsOf(g, node))
    return [
      () => {
        const { normalized, inverse } = statistics()
        const scaled = g.mul(dy, scale)
        const along = g.mul(normalized, g.reduceMean(g.mul(scaled, normalized), axes))
        const centered = centers ? g.sub(scaled, g.reduceMean(scaled, axes)) : scaled
        return g.mul(g.sub(centered, along), inverse)
      },
      () => g.mul(dy, statistics().normalized),
      () => dy,
    ]
  }
}

export const normalizationRules = {
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  LayerNormalization: normalization(layerStatistics, true),
  SimplifiedLayerNormalization: normalization(rootMeanSquareStatistics, false),
} as const satisfies Record<string, GradientRule>
