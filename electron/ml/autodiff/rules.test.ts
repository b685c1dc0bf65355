import { describe, expect, it } from 'vitest'
import { compareGradients, randomNumbers } from '../testing/finite-differences.ts'
import { float, GraphBuilder, int, type Value } from '../ir/index.ts'
import { gradientRules } from './index.ts'

/** One way to call an operator: shapes of its variables, the range their values are drawn from, and the call. */
interface Case {
  readonly shapes: readonly (readonly number[])[]
  readonly range?: readonly [number, number]
  readonly build: (g: GraphBuilder, ...variables: Value[]) => Value | readonly Value[]
}

type Build = Case['build']
const of = (shapes: Case['shapes'], build: Build, range?: Case['range']): Case => ({
  shapes,
  build,
  ...(range ? { range } : {}),
})
const unary = (build: (g: GraphBuilder, x: Value) => Value, range?: Case['range']): Case[] => [
  of([[2, 3]], build as Build, range),
]

/** Both operands are variables, and each is broadcast in one of the cases. */
const binary = (build: (g: GraphBuilder, a: Value, b: Value) => Value, range?: Case['range']): Case[] => [
  of(
    [
      [2, 3],
      [2, 3],
    ],
    build as Build,
    range,
  ),
  of(
    [
      [2, 1, 3],
      [4, 1],
    ],
    build as Build,
    range,
  ),
  of([[3], [2, 3]], build as Build, range),
  of([[2, 3], []], build as Build, range),
]

const positive = [0.5, 2] as const

/** Values that differ by more than the finite difference steps, so that no comparison flips. */
const distinct = (count: number, seed: number) => {
  const random = randomNumbers(seed)
  return Array.from({ length: count }, (_, index) => ({ index, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ index }) => 0.3 * (index - Math.floor(count / 2)) + 0.05)
}

const bool = (g: GraphBuilder, shape: readonly number[], values: readonly number[]) => g.constant('bool', shape, values)

const cases: Readonly<Record<string, readonly Case[]>> = {
  Add: binary((g, a, b) => g.add(a, b)),
  Sub: binary((g, a, b) => g.sub(a, b)),
  Mul: binary((g, a, b) => g.mul(a, b)),
  Div: binary((g, a, b) => g.div(a, b), positive),
  Pow: [...binary((g, a, b) => g.pow(a, b), positive), of([[4]], (g, x) => g.pow(x, 3), [-2, 2])],
  Max: binary((g, a, b) => g.max(a, b)),
  Min: binary((g, a, b) => g.min(a, b)),
  Where: [
    of(
      [
        [2, 3],
        [2, 3],
      ],
      (g, a, b) => g.where(bool(g, [2, 3], [1, 0, 1, 1, 0, 0]), a, b),
    ),
    of([[3], []], (g, a, b) => g.where(bool(g, [2, 1], [1, 0]), a, b)),
  ],
  Clip: [
    of([[6]], (g, x) => g.node('Clip', [x, g.scalar(-0.5), g.scalar(0.5)])),
    of([[6]], (g, x) => g.node('Clip', [x, undefined, g.scalar(0)])),
  ],
  Abs: unary((g, x) => g.abs(x)),
  Cast: [of([[3]], (g, x) => g.cast(g.mul(g.cast(x, 'float64'), g.scalar(2, 'float64')), 'float32'))],
  Cos: unary((g, x) => g.cos(x)),
  Erf: unary((g, x) => g.erf(x)),
  Exp: unary((g, x) => g.exp(x)),
  Gelu: unary((g, x) => g.gelu(x)),
  Identity: unary((g, x) => g.identity(x)),
  Log: unary((g, x) => g.log(x), positive),
  Neg: unary((g, x) => g.neg(x)),
  Reciprocal: unary((g, x) => g.reciprocal(x), positive),
  Relu: unary((g, x) => g.relu(x)),
  Sigmoid: unary((g, x) => g.sigmoid(x)),
  Sin: unary((g, x) => g.sin(x)),
  Softplus: unary((g, x) => g.node('Softplus', [x])),
  Sqrt: unary((g, x) => g.sqrt(x), positive),
  Tanh: unary((g, x) => g.tanh(x)),
  Ceil: unary((g, x) => g.add(g.node('Ceil', [x]), x)),
  Floor: unary((g, x) => g.add(g.node('Floor', [x]), x)),
  Round: unary((g, x) => g.add(g.node('Round', [x]), x)),
  Sign: unary((g, x) => g.add(g.node('Sign', [x]), x)),

  MatMul: [
    of(
      [
        [2, 3],
        [3, 4],
      ],
      (g, a, b) => g.matMul(a, b),
    ),
    of(
      [
        [2, 2, 3],
        [2, 3, 2],
      ],
      (g, a, b) => g.matMul(a, b),
    ),
    of(
      [
        [2, 2, 3],
        [3, 2],
      ],
      (g, a, b) => g.matMul(a, b),
    ),
    of(
      [
        [2, 3],
        [2, 3, 2],
      ],
      (g, a, b) => g.matMul(a, b),
    ),
    of(
      [
        [2, 1, 2, 3],
        [3, 3, 2],
      ],
      (g, a, b) => g.matMul(a, b),
    ),
  ],
  Gemm: [
    ...[0, 1, 2, 3].map((flags) =>
      of([flags & 1 ? [3, 2] : [2, 3], flags & 2 ? [4, 3] : [3, 4], [4]], (g, a, b, c) =>
        g.gemm(a, b, { transposeA: (flags & 1) > 0, transposeB: (flags & 2) > 0, c, alpha: 0.5, beta: 2 }),
      ),
    ),
    of([[2, 3], [4, 3], [4]], (g, x, w, b) => g.linear(x, w, b)),
    of(
      [
        [2, 3],
        [4, 3],
        [2, 1],
      ],
      (g, x, w, b) => g.linear(x, w, b),
    ),
  ],

  ReduceSum: [
    of([[2, 3, 2]], (g, x) => g.reduceSum(x, [1])),
    of([[2, 3, 2]], (g, x) => g.reduceSum(x, [0, -1], false)),
    of([[2, 3]], (g, x) => g.node('ReduceSum', [x])),
    of([[2, 3]], (g, x) => g.node('ReduceSum', [x], { attributes: { noop_with_empty_axes: int(1) } })),
  ],
  ReduceMean: [of([[2, 3, 2]], (g, x) => g.reduceMean(x, [1, 2])), of([[2, 3]], (g, x) => g.reduceMean(x, [0], false))],
  ReduceMax: [of([[2, 3]], (g, x) => g.reduceMax(x, [1])), of([[2, 3]], (g, x) => g.reduceMax(x, [0], false))],
  ReduceMin: [of([[2, 3]], (g, x) => g.node('ReduceMin', [x, g.vector([1])]))],

  Softmax: [of([[2, 4]], (g, x) => g.softmax(x)), of([[3, 2]], (g, x) => g.softmax(x, 0))],
  LogSoftmax: [
    of([[2, 4]], (g, x) => g.node('LogSoftmax', [x], { attributes: { axis: int(-1) } })),
    of([[2, 4]], (g, x) => g.logSoftmax(x)),
  ],
  LayerNormalization: [
    of([[2, 2, 5], [5], [5]], (g, x, scale, bias) => g.layerNormalization(x, scale, bias, 1e-5)),
    of([[3, 5], [5], [5]], (g, x, scale, bias) =>
      g.node('LayerNormalization', [x, scale, bias], { attributes: { epsilon: float(1e-3) } }),
    ),
    of(
      [
        [2, 2, 3],
        [2, 3],
      ],
      (g, x, scale) => g.node('LayerNormalization', [x, scale], { attributes: { axis: int(1) } }),
    ),
  ],
  SimplifiedLayerNormalization: [of([[2, 2, 5], [5]], (g, x, scale) => g.rmsNormalization(x, scale, 1e-3))],

  Reshape: [of([[2, 6]], (g, x) => g.reshape(x, [3, -1]))],
  Squeeze: [of([[2, 1, 3]], (g, x) => g.squeeze(x, [1]))],
  Unsqueeze: [of([[2, 3]], (g, x) => g.unsqueeze(x, [0, 3]))],
  Flatten: [of([[2, 3, 2]], (g, x) => g.node('Flatten', [x]))],
  Expand: [of([[2, 1]], (g, x) => g.expand(x, [3, 2, 4])), of([[3]], (g, x) => g.expand(x, [1]))],
  Transpose: [of([[2, 3, 4]], (g, x) => g.transpose(x, [2, 0, 1])), of([[2, 3]], (g, x) => g.node('Transpose', [x]))],
  Slice: [
    of([[4, 3]], (g, x) => g.slice(x, 0, 1, 3)),
    of([[4, 3]], (g, x) => g.slice(x, -1, -2)),
    of([[5]], (g, x) => g.node('Slice', [x, g.vector([-100]), g.vector([-2])])),
    of([[4, 5]], (g, x) => g.node('Slice', [x, g.vector([1, 2]), g.vector([3, 100])])),
  ],
  Concat: [
    of(
      [
        [2, 3],
        [2, 1],
        [2, 2],
      ],
      (g, a, b, c) => g.concat([a, b, c, a], -1),
    ),
  ],
  Split: [of([[5, 2]], (g, x) => g.split(x, 0, [2, 3])), of([[5, 2]], (g, x) => g.split(x, 0, [1, 3, 1])[1]!)],
  Pad: [
    of([[2, 3]], (g, x) => g.pad(x, [1, 0], [0, 2], 5)),
    of([[3, 3]], (g, x) => g.pad(x, [-1, 0], [0, 1])),
    of([[2, 3]], (g, x) => g.node('Pad', [x, g.vector([2, 1]), undefined, g.vector([1])])),
  ],
  Gather: [
    of([[4, 3]], (g, x) => g.gather(x, g.constant('int64', [2, 3], [0, 3, 3, 0, 1, 3]))),
    of([[2, 4, 2]], (g, x) => g.gather(x, g.constant('int64', [3], [-1, 1, 1]), 1)),
    of([[2, 4]], (g, x) => g.gather(x, g.scalar(2, 'int64'), -1)),
    of([[4, 3]], (g, x) => g.gather(x, g.constant('int32', [2], [1, 1]))),
  ],
  GatherElements: [of([[2, 4]], (g, x) => g.gatherElements(x, g.constant('int64', [2, 2], [0, 0, 3, 1]), 1))],
  TopK: [of([[2, 4]], (g, x) => g.topK(x, 2).values)],
  Trilu: [
    of([[3, 4]], (g, x) => g.node('Trilu', [x], { attributes: { upper: int(0) } })),
    of([[3, 3]], (g, x) => g.node('Trilu', [x, g.scalar(1, 'int64')])),
  ],
}

async function check({ shapes, range, build }: Case): Promise<void> {
  const g = new GraphBuilder()
  const random = randomNumbers(7)
  const variables = shapes.map((shape, index) => g.input(`x${index}`, 'float32', shape))
  const feeds = Object.fromEntries(
    shapes.map((shape, index) => {
      const count = shape.reduce((product, dim) => product * dim, 1)
      // without a range: values of both signs, no two within a finite difference step of each other, of zero or of an integer
      const values = range
        ? Array.from({ length: count }, () => range[0] + (range[1] - range[0]) * random())
        : distinct(count, 5 + index).map((value) => value + 0.1 * index)
      return [`x${index}`, values]
    }),
  )
  const outputs = [build(g, ...variables)].flat()
  for (const { name, analytic, numeric, error } of await compareGradients(g, outputs, variables, feeds)) {
    expect(error, `${name}: ${analytic} is not ${numeric}`).toBeLessThan(3e-4)
  }
}

describe('gradient rules against finite differences', () => {
  it('all have a case, and no case is left over', () => {
    expect(Object.keys(cases).sort()).toEqual(Object.keys(gradientRules).sort())
  })

  it.each(Object.keys(gradientRules))('%s', async (op) => {
    for (const item of cases[op]!) await check(item)
  })

  it.each(Object.keys(gradientRules))('%s: its cases call it', (op) => {
    for (const { shapes, build } of cases[op]!) {
      const g = new GraphBuilder()
      const outputs = build(g, ...shapes.map((shape, index) => g.input(`x${index}`, 'float32', shape)))
      expect([outputs].flat().length).toBeGreaterThan(0)
      // the composite logSoftmax stands beside the operator of that name
      if (op !== 'LogSoftmax') expect(g.nodes.map((node) => node.op)).toContain(op)
    }
  })
})
