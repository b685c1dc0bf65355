// One method an operator, over GraphAssembly. Plain numbers may stand for scalar constants.

import { type Dim, isUnknown, normalizeAxis, type Shape } from './dims.ts'
import { GraphAssembly } from './graph-assembly.ts'
import { type Attributes, type DataType, dataTypes, float, type Graph, int, ints, string, type Value } from './model.ts'
import { encodeTensor } from './tensors.ts'

/** A value, or a number that becomes a scalar constant of the other operand's type. */
export type Operand = Value | number

export interface GemmOptions {
  /** Added to the product; broadcasts to it. */
  readonly c?: Value
  readonly transposeA?: boolean
  readonly transposeB?: boolean
  readonly alpha?: number
  readonly beta?: number
}

/** Up to and including the last element, in `slice`. */
export const toEnd = Number.MAX_SAFE_INTEGER

/** Builds a graph operator by operator; see GraphAssembly for inputs, outputs, initializers, constants and scopes. */
export class GraphBuilder extends GraphAssembly {
  /** A builder that goes on from a finished graph (one read from a file, for example). */
  static from(graph: Graph): GraphBuilder {
    const builder = new GraphBuilder(graph.name)
    builder.adopt(graph)
    return builder
  }

  /** A scalar constant. */
  scalar(value: number, type: DataType = 'float32'): Value {
    return this.constant(type, [], [value])
  }

  // --- elementwise, with numpy broadcasting -------------------------------------------------------------------------

  add(a: Operand, b: Operand): Value {
    return this.#binary('Add', a, b)
  }

  sub(a: Operand, b: Operand): Value {
    return this.#binary('Sub', a, b)
  }

  mul(a: Operand, b: Operand): Value {
    return this.#binary('Mul', a, b)
  }

  div(a: Operand, b: Operand): Value {
    return this.#binary('Div', a, b)
  }

  pow(base: Operand, exponent: Operand): Value {
    return this.#binary('Pow', base, exponent)
  }

  max(a: Operand, b: Operand): Value {
    return this.#binary('Max', a, b)
  }

  min(a: Operand, b: Operand): Value {
    return this.#binary('Min', a, b)
  }

  equal(a: Operand, b: Operand): Value {
    return this.#binary('Equal', a, b)
  }

  less(a: Operand, b: Operand): Value {
    return this.#binary('Less', a, b)
  }

  lessOrEqual(a: Operand, b: Operand): Value {
    return this.#binary('LessOrEqual', a, b)
  }

  greater(a: Operand, b: Operand): Value {
    return this.#binary('Greater', a, b)
  }

  greaterOrEqual(a: Operand, b: Operand): Value {
    return this.#binary('GreaterOrEqual', a, b)
  }

  and(a: Value, b: Value): Value {
    return this.node('And', [a, b])
  }

  or(a: Value, b: Value): Value {
    return this.node('Or', [a, b])
  }

  not(x: Value): Value {
    return this.node('Not', [x])
  }

  /** `condition ? yes : no` elementwise; condition is bool. */
  where(condition: Value, yes: Operand, no: Operand): Value {
    const [a, b] = this.#pair(yes, no)
    return this.node('Where', [condition, a, b])
  }

  neg(x: Value): Value {
    return this.node('Neg', [x])
  }

  abs(x: Value): Value {
    return this.node('Abs', [x])
  }

  exp(x: Value): Value {
    return this.node('Exp', [x])
  }

  log(x: Value): Value {
    return this.node('Log', [x])
  }

  sqrt(x: Value): Value {
    return this.node('Sqrt', [x])
  }

  reciprocal(x: Value): Value {
    return this.node('Reciprocal', [x])
  }

  erf(x: Value): Value {
    return this.node('Erf', [x])
  }

  tanh(x: Value): Value {
    return this.node('Tanh', [x])
  }

  sigmoid(x: Value): Value {
    return this.node('Sigmoid', [x])
  }

  relu(x: Value): Value {
    return this.node('Relu', [x])
  }

  cos(x: Value): Value {
    return this.node('Cos', [x])
  }

  sin(x: Value): Value {
    return this.node('Sin', [x])
  }

  /** Exact GELU, `x * Phi(x)`: one fused operator (com.microsoft). */
  gelu(x: Value): Value {
    return this.node('Gelu', [x], { domain: 'com.microsoft' })
  }

  /** SiLU (Swish), `x * sigmoid(x)`. */
  silu(x: Value): Value {
    return this.mul(x, this.sigmoid(x))
  }

  cast(x: Value, type: DataType): Value {
    return x.type === type ? x : this.node('Cast', [x], { attributes: { to: int(dataTypes[type].code) } })
  }

  identity(x: Value): Value {
    return this.node('Identity', [x])
  }

  // --- matrix products ----------------------------------------------------------------------------------------------

  /** `[..., m, k] x [..., k, n] -> [..., m, n]`, batch axes broadcast. */
  matMul(a: Value, b: Value): Value {
    return this.node('MatMul', [a, b])
  }

  /** `alpha * A' B' + beta * C` of matrices. */
  gemm(a: Value, b: Value, options: GemmOptions = {}): Value {
    const { c, transposeA, transposeB, alpha, beta } = options
    const attributes: Attributes = {
      ...(transposeA ? { transA: int(1) } : {}),
      ...(transposeB ? { transB: int(1) } : {}),
      ...(alpha !== undefined && alpha !== 1 ? { alpha: float(alpha) } : {}),
      ...(beta !== undefined && beta !== 1 ? { beta: float(beta) } : {}),
    }
    return this.node('Gemm', c ? [a, b, c] : [a, b], { attributes })
  }

  /** A linear layer in the weight layout of PyTorch: `x [rows, in]`, `weight [out, in]`, `bias [out]` -> `[rows, out]`. */
  linear(x: Value, weight: Value, bias?: Value): Value {
    return this.gemm(x, weight, { transposeB: true, ...(bias ? { c: bias } : {}) })
  }

  // --- reductions ---------------------------------------------------------------------------------------------------

  /** Sums over `axes` (all of them when left out). */
  reduceSum(x: Value, axes?: readonly number[], keepDims = true): Value {
    return this.#reduce('ReduceSum', x, axes, keepDims)
  }

  reduceMean(x: Value, axes?: readonly number[], keepDims = true): Value {
    return this.#reduce('ReduceMean', x, axes, keepDims)
  }

  reduceMax(x: Value, axes?: readonly number[], keepDims = true): Value {
    return this.#reduce('ReduceMax', x, axes, keepDims)
  }

  softmax(x: Value, axis = -1): Value {
    return this.node('Softmax', [x], { attributes: { axis: int(axis) } })
  }

  /** log(softmax(x)) from primitives: LogSoftmax itself has no WebGPU kernel in onnxruntime 1.30. */
  logSoftmax(x: Value, axis = -1): Value {
    const shifted = this.sub(x, this.reduceMax(x, [axis]))
    return this.sub(shifted, this.log(this.reduceSum(this.exp(shifted), [axis])))
  }

  /** log(sum(exp(x))) over one axis, which is kept with size 1; safe for large x. */
  logSumExp(x: Value, axis = -1): Value {
    const max = this.reduceMax(x, [axis])
    return this.add(max, this.log(this.reduceSum(this.exp(this.sub(x, max)), [axis])))
  }

  /**
   * Normalizes the last axis to mean 0 and variance 1, then scales and shifts. `scale` and `bias` are `[hidden]`.
   * Mean and inverse deviation are asked for as well: one number a row each, and the gradient need not compute them again.
   */
  layerNormalization(x: Value, scale: Value, bias: Value, epsilon: number): Value {
    const attributes = { axis: int(-1), epsilon: float(epsilon) }
    return this.nodeOutputs('LayerNormalization', [x, scale, bias], { attributes, outputs: 3 })[0]!
  }

  /** RMS normalization of the last axis: `x / sqrt(mean(x^2) + epsilon) * scale`; one operator that CPU and WebGPU have. */
  rmsNormalization(x: Value, scale: Value, epsilon: number): Value {
    return this.node('SimplifiedLayerNormalization', [x, scale], {
      attributes: { axis: int(-1), epsilon: float(epsilon) },
    })
  }

  /** The `k` largest values of an axis in falling order, and their int64 indices. */
  topK(x: Value, k: number, axis = -1): { readonly values: Value; readonly indices: Value } {
    const [values, indices] = this.nodeOutputs('TopK', [x, this.vector([k])], {
      attributes: { axis: int(axis) },
      outputs: 2,
    })
    return { values: values!, indices: indices! }
  }

  argMax(x: Value, axis = -1, keepDims = false): Value {
    return this.node('ArgMax', [x], { attributes: { axis: int(axis), keepdims: int(keepDims ? 1 : 0) } })
  }

  // --- movement -----------------------------------------------------------------------------------------------------

  transpose(x: Value, permutation: readonly number[]): Value {
    return this.node('Transpose', [x], { attributes: { perm: ints(permutation) } })
  }

  /** Swaps the last two axes. */
  transposeMatrix(x: Value): Value {
    const rank = x.shape.length
    return this.transpose(x, [...Array(rank - 2).keys(), rank - 1, rank - 2])
  }

  /**
   * Reshapes to `shape`, in which one size may be -1 (whatever is left over). Symbolic sizes cost nothing when they stay on their
   * axis or when there is only one of them to fill in; otherwise they are read off the graph inputs at run time.
   */
  reshape(x: Value, shape: Shape): Value {
    const kept = shape.map((dim, axis) => (typeof dim === 'string' && dim === x.shape[axis] ? 0 : dim))
    const open = kept.filter((dim) => typeof dim === 'string').length
    if (open > 1 || (open === 1 && kept.includes(-1))) return this.node('Reshape', [x, this.shapeVector(shape)])
    const dims = kept.map((dim) => (typeof dim === 'string' ? -1 : dim))
    const reshaped = this.node('Reshape', [x, this.vector(dims)])
    const wrong = reshaped.shape.findIndex(
      (dim, axis) => typeof shape[axis] === 'string' && dim !== shape[axis] && !isUnknown(dim),
    )
    if (wrong < 0) return reshaped
    throw new Error(
      `Reshape at ${reshaped.name}: axis ${wrong} of [${x.shape.join(',')}] -> [${shape.join(',')}] is ${reshaped.shape[wrong]}`,
    )
  }

  /** Repeats axes of size 1 to `shape`. */
  expand(x: Value, shape: Shape): Value {
    return this.node('Expand', [x, this.shapeVector(shape)])
  }

  unsqueeze(x: Value, axes: readonly number[]): Value {
    return this.node('Unsqueeze', [x, this.vector(axes)])
  }

  squeeze(x: Value, axes: readonly number[]): Value {
    return this.node('Squeeze', [x, this.vector(axes)])
  }

  /** Elements `start` to `end` (exclusive) of one axis; negative bounds count from the end, `toEnd` is past the last element. */
  slice(x: Value, axis: number, start: Dim, end: Dim = toEnd, step = 1): Value {
    const bounds = [this.shapeVector([start]), this.shapeVector([end]), this.vector([axis])]
    return this.node('Slice', step === 1 ? [x, ...bounds] : [x, ...bounds, this.vector([step])])
  }

  concat(values: readonly Value[], axis: number): Value {
    return this.node('Concat', values, { attributes: { axis: int(axis) } })
  }

  /** Cuts an axis into pieces of the given sizes. */
  split(x: Value, axis: number, sizes: readonly number[]): readonly Value[] {
    return this.nodeOutputs('Split', [x, this.vector(sizes)], {
      attributes: { axis: int(axis) },
      outputs: sizes.length,
    })
  }

  /** Picks slices of `axis` by int64 `indices`: rows of an embedding table for axis 0. */
  gather(x: Value, indices: Value, axis = 0): Value {
    return this.node('Gather', [x, indices], { attributes: { axis: int(axis) } })
  }

  /** `output[i][j] = x[i][indices[i][j]]` for axis 1, and so on. */
  gatherElements(x: Value, indices: Value, axis: number): Value {
    return this.node('GatherElements', [x, indices], { attributes: { axis: int(axis) } })
  }

  /**
   * Adds `updates` into a copy of `x` at `indices` along `axis`; indices may repeat.
   * [Note: scatter] ScatterND with reduction is never used: on the CPU it loses updates when indices repeat and threads are many.
   */
  scatterAdd(x: Value, indices: Value, updates: Value, axis: number): Value {
    return this.node('ScatterElements', [x, indices, updates], {
      attributes: { axis: int(axis), reduction: string('add') },
    })
  }

  /** Adds `before[axis]` and `after[axis]` elements of `value` around the tensor. */
  pad(x: Value, before: readonly Dim[], after: readonly Dim[], value: number = 0): Value {
    const pads = this.shapeVector([...before, ...after])
    return this.node('Pad', value === 0 ? [x, pads] : [x, pads, this.scalar(value, x.type)])
  }

  /** The shape of `x` at run time, int64. */
  shape(x: Value): Value {
    return this.node('Shape', [x])
  }

  /** A tensor of one value. */
  fill(shape: Shape, value: number, type: DataType = 'float32'): Value {
    const tensor = { type, shape: [1], data: encodeTensor(type, [value]) }
    return this.node('ConstantOfShape', [this.shapeVector(shape)], {
      attributes: { value: { kind: 'tensor', value: tensor } },
    })
  }

  /** int64 `start, start + 1, ..., limit - 1`. */
  range(start: Dim, limit: Dim): Value {
    const scalarOf = (dim: Dim) =>
      typeof dim === 'number' ? this.scalar(dim, 'int64') : this.squeeze(this.shapeVector([dim]), [0])
    return this.node('Range', [scalarOf(start), scalarOf(limit), this.scalar(1, 'int64')])
  }

  // --- control flow -------------------------------------------------------------------------------------------------

  /**
   * Runs `body` `trips` times. `body` gets the iteration number (int64 scalar) and the carried values, and returns their next values.
   * It may use values of this graph.
   */
  loop(
    trips: Value | number,
    carried: readonly Value[],
    body: (inner: GraphBuilder, iteration: Value, carried: readonly Value[]) => readonly Value[],
  ): readonly Value[] {
    const inner = new GraphBuilder('loop', this)
    const iteration = inner.input(this.uniqueName('iteration'), 'int64', [])
    const condition = inner.input(this.uniqueName('continue'), 'bool', [])
    const state = carried.map((value) => inner.input(this.uniqueName('carried'), value.type, value.shape))
    const next = body(inner, iteration, state)
    if (next.length !== carried.length)
      throw new Error(`a Loop that carries ${carried.length} values must return as many, not ${next.length}`)
    for (const value of [condition, ...next]) inner.output(this.uniqueName('next'), value)
    const count = typeof trips === 'number' ? this.scalar(trips, 'int64') : trips
    return this.nodeOutputs('Loop', [count, undefined, ...carried], {
      attributes: { body: { kind: 'graph', value: inner.build() } },
      outputs: carried.length,
    })
  }

  /** Runs one of two branches; each may use values of this graph. */
  ifElse(
    condition: Value,
    yes: (inner: GraphBuilder) => readonly Value[],
    no: (inner: GraphBuilder) => readonly Value[],
  ): readonly Value[] {
    const branch = (name: string, body: (inner: GraphBuilder) => readonly Value[]): Graph => {
      const inner = new GraphBuilder(name, this)
      for (const value of body(inner)) inner.output(this.uniqueName('result'), value)
      return inner.build()
    }
    const [thenBranch, elseBranch] = [branch('then', yes), branch('else', no)]
    return this.nodeOutputs('If', [condition], {
      attributes: {
        then_branch: { kind: 'graph', value: thenBranch },
        else_branch: { kind: 'graph', value: elseBranch },
      },
      outputs: thenBranch.outputs.length,
    })
  }

  // --- helpers ------------------------------------------------------------------------------------------------------

  #pair(a: Operand, b: Operand): readonly [Value, Value] {
    if (typeof a !== 'number') return [a, typeof b === 'number' ? this.scalar(b, a.type) : b]
    return typeof b === 'number' ? [this.scalar(a), this.scalar(b)] : [this.scalar(a, b.type), b]
  }

  #binary(op: string, a: Operand, b: Operand): Value {
    return this.node(op, [...this.#pair(a, b)])
  }

  #reduce(op: string, x: Value, axes: readonly number[] | undefined, keepDims: boolean): Value {
    const wanted = (axes ?? [...x.shape.keys()]).map((axis) => normalizeAxis(axis, x.shape.length))
    return this.node(op, [x, this.vector(wanted)], { attributes: { keepdims: int(keepDims ? 1 : 0) } })
  }
}
