import { describe, expect, it } from 'vitest'
import { runGraph } from '../testing/run-graph.ts'
import {
  type Attributes,
  type DataType,
  encodeTensor,
  float,
  GraphBuilder,
  int,
  ints,
  ShapeError,
  type Value,
} from './index.ts'
import { shapeRules } from './shape-inference.ts'

/** Builds one call of each operator; the values returned are compared with what onnxruntime computes. */
type Case = (g: GraphBuilder) => Value | readonly Value[]

function tensor(g: GraphBuilder, shape: readonly number[], type: DataType = 'float32'): Value {
  const count = shape.reduce((product, dim) => product * dim, 1)
  return g.constant(
    type,
    shape,
    Array.from({ length: count }, (_, index) => (type === 'float32' ? 0.1 * (index + 1) : index % 2)),
  )
}

const on =
  (op: string, shapes: readonly (readonly number[])[], attributes: Attributes = {}, type: DataType = 'float32'): Case =>
  (g) =>
    g.node(
      op,
      shapes.map((shape) => tensor(g, shape, type)),
      { attributes },
    )

const contrib =
  (op: string, shapes: readonly (readonly number[])[], attributes: Attributes = {}): Case =>
  (g) =>
    g.node(
      op,
      shapes.map((shape) => tensor(g, shape)),
      { attributes, domain: 'com.microsoft' },
    )

const unaryOps = [
  'Abs',
  'Acos',
  'Asin',
  'Atan',
  'Ceil',
  'Cos',
  'Elu',
  'Erf',
  'Exp',
  'Floor',
  'HardSigmoid',
  'HardSwish',
  'Identity',
  'LeakyRelu',
  'Log',
  'LogSoftmax',
  'Neg',
  'RandomNormalLike',
  'RandomUniformLike',
  'Reciprocal',
  'Relu',
  'Round',
  'Selu',
  'Sigmoid',
  'Sign',
  'Sin',
  'Softmax',
  'Softplus',
  'Softsign',
  'Sqrt',
  'Tan',
  'Tanh',
  'Trilu',
  'IsNaN',
  'IsInf',
  'Clip',
]
const reductions = [
  'ReduceSum',
  'ReduceMean',
  'ReduceMax',
  'ReduceMin',
  'ReduceProd',
  'ReduceL1',
  'ReduceL2',
  'ReduceLogSum',
  'ReduceLogSumExp',
  'ReduceSumSquare',
]
const variadic = [
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Max',
  'Min',
  'Mean',
  'Sum',
  'Pow',
  'Equal',
  'Greater',
  'GreaterOrEqual',
  'Less',
  'LessOrEqual',
]

const cases: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(unaryOps.map((op) => [op, on(op, [[2, 3]])])),
  ...Object.fromEntries(
    variadic.map((op) => [
      op,
      on(op, [
        [2, 1, 3],
        [4, 1],
      ]),
    ]),
  ),
  ...Object.fromEntries(
    reductions.map((op) => [
      op,
      (g: GraphBuilder) => [
        g.node(op, [tensor(g, [2, 3, 4]), g.vector([-1, 0])]),
        g.node(op, [tensor(g, [2, 3, 4]), g.vector([1])], { attributes: { keepdims: int(0) } }),
        g.node(op, [tensor(g, [2, 3])]),
        g.node(op, [tensor(g, [2, 3])], { attributes: { noop_with_empty_axes: int(1) } }),
      ],
    ]),
  ),
  Mod: on('Mod', [[2, 3], [3]], { fmod: int(1) }),
  PRelu: on('PRelu', [[2, 3], [3]]),
  And: on('And', [[2, 1], [3]], {}, 'bool'),
  Or: on('Or', [[2, 1], [3]], {}, 'bool'),
  Xor: on('Xor', [[2, 1], [3]], {}, 'bool'),
  Not: on('Not', [[2]], {}, 'bool'),
  Where: (g) => g.where(tensor(g, [2, 1], 'bool'), tensor(g, [3]), 0),
  CumSum: (g) => g.node('CumSum', [tensor(g, [2, 3]), g.scalar(1, 'int64')]),
  Dropout: (g) => g.nodeOutputs('Dropout', [tensor(g, [2, 3])], { outputs: 2 }),
  BiasGelu: contrib('BiasGelu', [[2, 3], [3]]),
  FastGelu: contrib('FastGelu', [[2, 3]]),
  Gelu: contrib('Gelu', [[2, 3]]),
  QuickGelu: contrib('QuickGelu', [[2, 3]]),
  MatMul: on('MatMul', [
    [2, 1, 3, 4],
    [5, 4, 6],
  ]),
  Gemm: (g) => [
    g.gemm(tensor(g, [2, 3]), tensor(g, [3, 4])),
    g.gemm(tensor(g, [3, 2]), tensor(g, [4, 3]), { transposeA: true, transposeB: true, c: tensor(g, [4]) }),
  ],
  FusedMatMul: contrib(
    'FusedMatMul',
    [
      [2, 3, 4],
      [2, 5, 4],
    ],
    { transB: int(1), alpha: float(0.5) },
  ),
  MatMulInteger: (g) => g.node('MatMulInteger', [tensor(g, [2, 3], 'uint8'), tensor(g, [3, 4], 'int8')]),
  MatMulIntegerToFloat: (g) =>
    g.node('MatMulIntegerToFloat', [tensor(g, [2, 3], 'uint8'), tensor(g, [3, 4], 'int8'), g.scalar(1), g.scalar(1)], {
      domain: 'com.microsoft',
    }),
  DynamicQuantizeMatMul: (g) =>
    g.node('DynamicQuantizeMatMul', [tensor(g, [2, 3]), tensor(g, [3, 4], 'int8'), g.scalar(1)], {
      domain: 'com.microsoft',
    }),
  MatMulNBits: (g) =>
    g.node('MatMulNBits', [tensor(g, [2, 32]), tensor(g, [6, 1, 16], 'uint8'), tensor(g, [6])], {
      domain: 'com.microsoft',
      attributes: { K: int(32), N: int(6), bits: int(4), block_size: int(32) },
    }),
  QuantizeLinear: (g) => g.node('QuantizeLinear', [tensor(g, [2, 3]), g.scalar(1), g.scalar(0, 'int8')]),
  DequantizeLinear: (g) => g.node('DequantizeLinear', [tensor(g, [2, 3], 'int8'), g.scalar(1)]),
  DynamicQuantizeLinear: (g) => g.nodeOutputs('DynamicQuantizeLinear', [tensor(g, [2, 3])], { outputs: 3 }),
  MultiHeadAttention: contrib(
    'MultiHeadAttention',
    [
      [2, 3, 4],
      [2, 5, 4],
      [2, 5, 6],
    ],
    { num_heads: int(2) },
  ),
  RotaryEmbedding: (g) =>
    g.node(
      'RotaryEmbedding',
      [tensor(g, [2, 2, 3, 4]), tensor(g, [2, 3], 'int64'), tensor(g, [3, 2]), tensor(g, [3, 2])],
      {
        domain: 'com.microsoft',
      },
    ),
  ArgMax: (g) => [g.argMax(tensor(g, [2, 3]), 1), g.argMax(tensor(g, [2, 3]), 0, true)],
  ArgMin: on('ArgMin', [[2, 3]], { axis: int(1) }),
  LayerNormalization: (g) =>
    g.nodeOutputs('LayerNormalization', [tensor(g, [2, 3, 4]), tensor(g, [4]), tensor(g, [4])], {
      outputs: 3,
      attributes: { axis: int(-1) },
    }),
  SimplifiedLayerNormalization: (g) =>
    g.nodeOutputs('SimplifiedLayerNormalization', [tensor(g, [2, 3, 4]), tensor(g, [4])], { outputs: 2 }),
  SkipLayerNormalization: (g) =>
    g.node('SkipLayerNormalization', [tensor(g, [2, 3, 4]), tensor(g, [2, 3, 4]), tensor(g, [4])], {
      domain: 'com.microsoft',
    }),
  SkipSimplifiedLayerNormalization: (g) =>
    g.node('SkipSimplifiedLayerNormalization', [tensor(g, [2, 3, 4]), tensor(g, [2, 3, 4]), tensor(g, [4])], {
      domain: 'com.microsoft',
    }),
  Transpose: (g) => [g.transpose(tensor(g, [2, 3, 4]), [2, 0, 1]), g.node('Transpose', [tensor(g, [2, 3])])],
  Reshape: (g) => [g.reshape(tensor(g, [2, 3, 4]), [4, -1]), g.reshape(tensor(g, [2, 3, 4]), [0, 12])],
  Expand: (g) => [g.expand(tensor(g, [3, 1]), [2, 1, 4]), g.expand(tensor(g, [3]), [1])],
  Squeeze: (g) => [g.squeeze(tensor(g, [1, 3, 1]), [-1]), g.node('Squeeze', [tensor(g, [1, 3, 1])])],
  Unsqueeze: (g) => g.unsqueeze(tensor(g, [2, 3]), [0, -1]),
  Concat: (g) => g.concat([tensor(g, [2, 3]), tensor(g, [2, 1])], -1),
  Slice: (g) => {
    const x = tensor(g, [5, 7])
    const reversed = g.node('Slice', [x, g.vector([-1]), g.vector([-(2 ** 33)]), g.vector([1]), g.vector([-2])])
    return [g.slice(x, 0, 1, -1), g.slice(x, 1, -3), g.slice(x, 1, 0, 100, 2), g.slice(x, 0, 3, 2), reversed]
  },
  Split: (g) => [
    ...g.split(tensor(g, [5, 2]), 0, [1, 4]),
    ...g.nodeOutputs('Split', [tensor(g, [4, 2])], { outputs: 2, attributes: { num_outputs: int(2) } }),
  ],
  Pad: (g) => [
    g.pad(tensor(g, [2, 3]), [1, 0], [0, 2]),
    g.node('Pad', [tensor(g, [2, 3]), g.vector([1, 2]), undefined, g.vector([1])]),
  ],
  Tile: (g) => g.node('Tile', [tensor(g, [2, 3]), g.vector([2, 1])]),
  Flatten: (g) => [
    g.node('Flatten', [tensor(g, [2, 3, 4])]),
    g.node('Flatten', [tensor(g, [2, 3])], { attributes: { axis: int(0) } }),
  ],
  Gather: (g) => [
    g.gather(tensor(g, [4, 3]), g.constant('int64', [2, 2], [0, 1, 3, 3])),
    g.gather(tensor(g, [4, 3]), g.scalar(1, 'int64'), 1),
  ],
  GatherElements: (g) => g.gatherElements(tensor(g, [2, 3]), tensor(g, [2, 1], 'int64'), 1),
  GatherND: (g) => g.node('GatherND', [tensor(g, [2, 3, 4]), g.constant('int64', [5, 2], Array(10).fill(1))]),
  OneHot: (g) =>
    [0, 1, -1].map((axis) =>
      g.node('OneHot', [g.vector([1, 0]), g.scalar(3, 'int64'), tensor(g, [2])], { attributes: { axis: int(axis) } }),
    ),
  NonZero: on('NonZero', [[2, 3]]),
  ScatterElements: (g) => g.scatterAdd(tensor(g, [3, 2]), tensor(g, [1, 2], 'int64'), tensor(g, [1, 2]), 0),
  ScatterND: (g) => g.node('ScatterND', [tensor(g, [3, 2]), g.constant('int64', [1, 1], [1]), tensor(g, [1, 2])]),
  TopK: (g) => Object.values(g.topK(tensor(g, [2, 5]), 3)),
  Shape: (g) => [
    g.shape(tensor(g, [2, 3])),
    g.node('Shape', [tensor(g, [2, 3, 4])], { attributes: { start: int(-2), end: int(-1) } }),
  ],
  Size: on('Size', [[2, 3]]),
  Cast: (g) => (['float64', 'int32', 'bool'] as const).map((type) => g.cast(tensor(g, [2]), type)),
  CastLike: (g) => g.node('CastLike', [tensor(g, [2, 3]), g.scalar(1, 'int64')]),
  Constant: (g) => [
    g.node('Constant', [], {
      attributes: {
        value: { kind: 'tensor', value: { type: 'int32', shape: [2], data: encodeTensor('int32', [1, 2]) } },
      },
    }),
    g.node('Constant', [], { attributes: { value_int: int(2) } }),
    g.node('Constant', [], { attributes: { value_ints: ints([2, 3]) } }),
    g.node('Constant', [], { attributes: { value_float: float(2) } }),
    g.node('Constant', [], { attributes: { value_floats: { kind: 'floats', value: [2, 3] } } }),
  ],
  ConstantOfShape: (g) => [g.fill([2, 3], 1), g.fill([2], 3, 'int64'), g.node('ConstantOfShape', [g.vector([2, 1])])],
  Range: (g) => g.range(2, 7),
  Loop: (g) => {
    const carried = g.input('state', 'float32', [2])
    return g.loop(3, [carried], (inner, _, [state]) => [inner.neg(state!)])
  },
  If: (g) =>
    g.ifElse(
      g.scalar(1, 'bool'),
      (inner) => [inner.neg(tensor(g, [2]))],
      (inner) => [inner.exp(tensor(g, [2]))],
    ),
}

describe('inferShapes', () => {
  it('has a test case for every rule', () => {
    expect(Object.keys(shapeRules).filter((op) => !(op in cases))).toEqual([])
  })

  it.each(Object.keys(shapeRules))('%s: types and shapes are those onnxruntime computes', async (op) => {
    const g = new GraphBuilder()
    const values = [cases[op]!(g)].flat()
    values.forEach((value, index) => g.output(`out${index}`, value))
    const feeds = Object.fromEntries(g.inputs.map((input) => [input.name, Array<number>(2).fill(1)]))
    const results = await runGraph(g.build(), feeds)
    for (const [index, value] of values.entries()) {
      const actual = results[`out${index}`]!
      expect(actual.type).toBe(value.type)
      expect(actual.shape.length).toBe(value.shape.length)
      value.shape.forEach(
        (dim, axis) => typeof dim === 'number' && expect([axis, dim]).toEqual([axis, actual.shape[axis]]),
      )
      if (value.contents) expect(value.contents).toEqual(actual.values)
      if (op !== 'NonZero') expect(value.shape.every((dim) => typeof dim === 'number')).toBe(true)
    }
  })

  it('names an operator without a rule', () => {
    const g = new GraphBuilder()
    const x = g.input('x', 'float32', [2])
    expect(() => g.scope('head', () => g.node('Einsum', [x]))).toThrow(
      'Einsum at head/Einsum: no shape rule for this operator',
    )
  })

  it.each<[string, Case, string]>([
    [
      'element types',
      (g) => g.node('Add', [g.scalar(1), g.scalar(1, 'int64')]),
      'element types float32 and int64 differ',
    ],
    ['a reshape', (g) => g.reshape(tensor(g, [2, 3]), [4, 2]), '6 elements do not fill [4,2]'],
    ['an open reshape', (g) => g.reshape(tensor(g, [2, 3]), [4, -1]), '6 elements do not divide into [4,-1]'],
    ['a permutation', (g) => g.transpose(tensor(g, [2, 3]), [0, 0]), 'perm [0,0] is not a permutation of 2 axes'],
    ['an axis', (g) => g.softmax(g.reduceSum(tensor(g, [2, 3]), [2])), 'axis 2 is outside rank 2'],
    ['a squeeze', (g) => g.squeeze(tensor(g, [2, 3]), [0]), 'axis 0 has size 2, not 1'],
    ['a concatenation', (g) => g.concat([tensor(g, [2, 3]), tensor(g, [3, 3])], 1), 'sizes 2 and 3 of axis 0 differ'],
    [
      'a Gemm bias',
      (g) => g.linear(tensor(g, [2, 3]), tensor(g, [4, 3]), tensor(g, [3])),
      'C does not broadcast to [2,4]',
    ],
    [
      'a normalization scale',
      (g) => g.rmsNormalization(tensor(g, [2, 3]), tensor(g, [4]), 1e-6),
      'scale [4] does not fit',
    ],
    ['a condition', (g) => g.where(tensor(g, [2]), 1, 0), 'the condition must be bool, not float32'],
  ])('refuses %s that does not fit', (_, build, message) => {
    expect(() => build(new GraphBuilder())).toThrow(message)
    expect(() => build(new GraphBuilder())).toThrow(/^(ShapeError: )?\w+ at|axis/)
  })

  it('keeps what is symbolic symbolic', () => {
    const g = new GraphBuilder()
    const x = g.input('x', 'float32', ['batch', 'sequence', 8])
    expect(g.reshape(x, [-1, 8]).shape).toEqual(['batch*sequence', 8])
    expect(g.reshape(x, [0, 0, 2, 4]).shape).toEqual(['batch', 'sequence', 2, 4])
    expect(g.concat([x, x], 1).shape).toEqual(['batch', '2*sequence', 8])
    expect(g.slice(x, 1, 1).shape).toEqual(['batch', 'sequence+-1', 8])
    expect(g.pad(x, [0, 1, 0], [0, 0, 0]).shape).toEqual(['batch', 'sequence+1', 8])
    expect(g.topK(g.reshape(x, ['batch', '8*sequence']), 3).values.shape).toEqual(['batch', 3])
    expect(g.range(0, 'sequence').shape).toEqual(['sequence'])
    expect(g.expand(g.slice(x, 1, 0, 1), ['batch', 'sequence', 8]).shape).toEqual(['batch', 'sequence', 8])
  })

  it('throws ShapeError with the place in the model', () => {
    const g = new GraphBuilder()
    const run = () => g.scope('layer.2', () => g.matMul(tensor(g, [2, 3]), tensor(g, [2, 3])))
    expect(run).toThrow(ShapeError)
    expect(run).toThrow('MatMul at layer.2/MatMul')
  })
})
