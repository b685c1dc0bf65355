import type { GraphBuilder, Value } from '../../ir/index.ts'
import { type GradientRule, once, unaryRule } from './rule.ts'

/** Where two inputs tie, each gets half of the gradient, as in PyTorch and JAX. */
function extremum(wins: 'greater' | 'less'): GradientRule {
  return ({ g, node, inputs, dy }) => {
    const [a, b] = inputs
    if (!a || !b || inputs.length !== 2)
      throw new Error(`${node.op} at ${node.name}: the gradient is written for two inputs, not ${inputs.length}`)
    const half = once(() => g.mul(g.cast(g.equal(a, b), dy.type), 0.5))
    const share = (x: Value, y: Value) => g.mul(dy, g.add(g.cast(g[wins](x, y), dy.type), half()))
    return [() => share(a, b), () => share(b, a)]
  }
}

/** d/dx of `x * Phi(x)` is `Phi(x) + x * phi(x)`. */
function geluDerivative(g: GraphBuilder, x: Value): Value {
  const distribution = g.add(g.mul(g.erf(g.mul(x, Math.SQRT1_2)), 0.5), 0.5)
  const density = g.mul(g.exp(g.mul(g.mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI))
  return g.add(distribution, g.mul(x, density))
}

/** 1 where `min <= x <= max`; a bound left out does not bind. */
const clip: GradientRule = ({ g, node, inputs, dy }) => {
  const [x, [, min, max]] = [inputs[0]!, node.inputs]
  return [
    () => {
      const inside = [min && g.greaterOrEqual(x, min), max && g.lessOrEqual(x, max)].filter(
        (mask) => mask !== undefined,
      )
      return inside.length === 0
        ? dy
        : g.where(
            inside.reduce((a, b) => g.and(a, b)),
            dy,
            0,
          )
    },
  ]
}

export const elementwiseRules = {
  Add: ({ dy }) => [() => dy, () => dy],
  Sub: ({ g, dy }) => [() => dy, () => g.neg(dy)],
  Mul: ({ g, inputs: [a, b], dy }) => [() => g.mul(dy, b!), () => g.mul(dy, a!)],
  Div: ({ g, inputs: [, b], outputs: [y], dy }) => {
    const quotient = once(() => g.div(dy, b!))
    return [() => quotient(), () => g.neg(g.mul(quotient(), y!))]
  },
  Pow: ({ g, inputs: [base, exponent], outputs: [y], dy }) => [
    () => g.mul(dy, g.mul(exponent!, g.pow(base!, g.sub(exponent!, 1)))),
    () => g.mul(dy, g.mul(y!, g.log(base!))), // for positive bases
  ],
  Max: extremum('greater'),
  Min: extremum('less'),
  Where: ({ g, inputs: [condition], dy }) => [
    undefined,
    () => g.where(condition!, dy, 0),
    () => g.where(condition!, 0, dy),
  ],
  Clip: clip,

  Abs: unaryRule((g, dy, x) => g.mul(dy, g.node('Sign', [x]))),
  Cast: unaryRule((g, dy, x) => g.cast(dy, x.type)),
  Cos: unaryRule((g, dy, x) => g.neg(g.mul(dy, g.sin(x)))),
  Erf: unaryRule((g, dy, x) => g.mul(dy, g.mul(g.exp(g.neg(g.mul(x, x))), 2 / Math.sqrt(Math.PI)))),
  Exp: unaryRule((g, dy, _, y) => g.mul(dy, y)),
  Gelu: unaryRule((g, dy, x) => g.mul(dy, geluDerivative(g, x))),
  Identity: unaryRule((_g, dy) => dy),
  Log: unaryRule((g, dy, x) => g.div(dy, x)),
  Neg: unaryRule((g, dy) => g.neg(dy)),
  Reciprocal: unaryRule((g, dy, _, y) => g.neg(g.mul(dy, g.mul(y, y)))),
  Relu: unaryRule((g, dy, x) => g.where(g.greater(x, 0), dy, 0)),
  Sigmoid: unaryRule((g, dy, _, y) => g.mul(dy, g.mul(y, g.sub(1, y)))),
  Sin: unaryRule((g, dy, x) => g.mul(dy, g.cos(x))),
  Softplus: unaryRule((g, dy, x) => g.mul(dy, g.sigmoid(x))),
  Sqrt: unaryRule((g, dy, _, y) => g.div(g.mul(dy, 0.5), y)),
  Tanh: unaryRule((g, dy, _, y) => g.mul(dy, g.sub(1, g.mul(y, y)))),

  // piecewise constant: the derivative is zero wherever it exists
  Ceil: () => [],
  Floor: () => [],
  Round: () => [],
  Sign: () => [],
} as const satisfies Record<string, GradientRule>
