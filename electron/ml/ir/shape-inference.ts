// Types and shapes of a node's outputs from those of its inputs: one rule an operator, in one total table.

import {
  addDims,
  broadcastShapes,
  type Dim,
  divideDims,
  elementCount,
  formatShape,
  isUnknown,
  multiplyDims,
  normalizeAxis,
  type Shape,
  subtractDims,
  unifyDims,
} from './dims.ts'
import {
  type DataType,
  dataTypeFromCode,
  graphAttribute,
  intAttribute,
  intsAttribute,
  type Node,
  tensorAttribute,
  type TensorAttribute,
  type Value,
} from './model.ts'

/** What is inferred of an output: everything of a value but its name. */
export type Inferred = Omit<Value, 'name'>

/** A node as it is being made. `outputCount` includes optional outputs asked for. */
export interface Call extends Omit<Node, 'outputs'> {
  readonly outputCount: number
}

export type ShapeRule = (call: Call) => readonly Inferred[]

/** An operator was given inputs it cannot take. The message names the operator, its place in the model and the input shapes. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError'
}

/** Integer tensors up to this many elements carry their contents, so that computed shapes can be inferred. */
const maxContents = 64

/**
 * Infers type and shape of each output of `call`.
 *
 * @throws ShapeError when the operator has no rule or its inputs do not fit.
 */
export function inferShapes(call: Call): readonly Inferred[] {
  const rule = shapeRules[call.op]
  const place = `${call.op} at ${call.name === '' ? '(unnamed node)' : call.name}`
  if (!rule) throw new ShapeError(`${place}: no shape rule for this operator; add one to shapeRules`)
  try {
    return rule(call)
  } catch (error) {
    if (error instanceof ShapeError) throw error // from a node of a subgraph, which names itself
    const inputs = call.inputs.map((value) => (value ? describe(value) : '-')).join(', ')
    throw new ShapeError(`${place}: ${(error as Error).message}; inputs: ${inputs || 'none'}`, { cause: error })
  }
}

function describe(value: Value): string {
  return `${value.name} ${value.type}${formatShape(value.shape)}`
}

// --- reading a call -------------------------------------------------------------------------------------------------

function input(call: Call, index: number): Value {
  const value = call.inputs[index]
  if (!value) throw new Error(`input ${index} is missing`)
  return value
}

function required<T>(value: T | undefined, message: string): T {
  if (value === undefined) throw new Error(message)
  return value
}

function isInteger(type: DataType): boolean {
  return type === 'int64' || type === 'int32'
}

/** The integers an input is known to hold, symbolic ones included; undefined when it is computed from data. */
function contentsOf(call: Call, index: number): readonly Dim[] | undefined {
  return call.inputs[index]?.contents
}

/** Integers given as an input (recent opsets) or as an attribute (older ones); undefined when neither is there. */
function integers(call: Call, index: number, attribute: string): readonly number[] | undefined {
  const fromAttribute = intsAttribute(call.attributes, attribute)
  if (fromAttribute || !call.inputs[index]) return fromAttribute
  const contents = required(
    contentsOf(call, index),
    `${attribute} (input ${index}) must be known when the graph is built`,
  )
  if (!contents.every((item) => typeof item === 'number')) throw new Error(`${attribute} must be integers`)
  return contents as readonly number[]
}

function unknown(call: Call, label: string | number): Dim {
  return `?${call.name.replaceAll(/[+*]/g, '_')}.${label}`
}

function axisOf(call: Call, rank: number, fallback: number): number {
  return normalizeAxis(intAttribute(call.attributes, 'axis', fallback), rank)
}

function withContents(result: Inferred, contents: readonly Dim[] | undefined): Inferred {
  return contents && isInteger(result.type) && contents.length <= maxContents ? { ...result, contents } : result
}

/** Decodes the integers of a small constant tensor, for use as contents. */
export function integerContents(tensor: TensorAttribute): readonly number[] | undefined {
  const count = tensor.shape.reduce((product, dim) => product * dim, 1)
  if (!isInteger(tensor.type) || count > maxContents || tensor.shape.length > 1) return undefined
  const view = new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength)
  return Array.from({ length: count }, (_, index) =>
    tensor.type === 'int64' ? Number(view.getBigInt64(index * 8, true)) : view.getInt32(index * 4, true),
  )
}

// --- families of operators ------------------------------------------------------------------------------------------

const sameAsInput: ShapeRule = (call) => [{ type: input(call, 0).type, shape: input(call, 0).shape }]

function broadcastAll(values: readonly Value[]): Shape {
  return values.reduce<Shape>((shape, value) => {
    return required(broadcastShapes(shape, value.shape), `shapes cannot be broadcast together`)
  }, [])
}

function presentInputs(call: Call): readonly Value[] {
  return call.inputs.filter((value) => value !== undefined)
}

function elementwise(resultType?: DataType, compute?: (a: Dim, b: Dim) => Dim | undefined): ShapeRule {
  return (call) => {
    const values = presentInputs(call)
    const first = input(call, 0)
    const odd = values.find((value) => value.type !== first.type)
    if (odd) throw new Error(`element types ${first.type} and ${odd.type} differ`)
    const result = { type: resultType ?? first.type, shape: broadcastAll(values) }
    return [compute ? withContents(result, combine(values, compute)) : result]
  }
}

/** Integer arithmetic on contents: scalars and vectors only. */
function combine(values: readonly Value[], compute: (a: Dim, b: Dim) => Dim | undefined): readonly Dim[] | undefined {
  const [a, b] = [values[0]?.contents, values[1]?.contents]
  if (!a || !b || values.length !== 2) return undefined
  const result = Array.from({ length: Math.max(a.length, b.length) }, (_, index) =>
    compute(a[a.length === 1 ? 0 : index]!, b[b.length === 1 ? 0 : index]!),
  )
  return result.every((item) => item !== undefined) ? (result as Dim[]) : undefined
}

function reduction(resultType?: DataType): ShapeRule {
  return (call) => {
    const { type, shape } = input(call, 0)
    const axes = integers(call, 1, 'axes')
    const none = !axes || axes.length === 0
    if (none && intAttribute(call.attributes, 'noop_with_empty_axes', 0) === 1) return [{ type, shape }]
    const reduced = new Set(none ? shape.keys() : axes.map((axis) => normalizeAxis(axis, shape.length)))
    const keep = intAttribute(call.attributes, 'keepdims', 1) === 1
    const dims = shape.flatMap((dim, axis) => (reduced.has(axis) ? (keep ? [1] : []) : [dim]))
    return [{ type: resultType ?? type, shape: dims }]
  }
}

const argReduction: ShapeRule = (call) => {
  const { shape } = input(call, 0)
  const reduced = axisOf(call, shape.length, 0)
  const keep = intAttribute(call.attributes, 'keepdims', 1) === 1
  return [{ type: 'int64', shape: shape.flatMap((dim, axis) => (axis === reduced ? (keep ? [1] : []) : [dim])) }]
}

/** Shape of a matrix product with numpy batching; `transposeA` and `transposeB` swap the last two axes. */
function matrixProduct(a: Shape, b: Shape, transposeA = false, transposeB = false): Shape {
  if (a.length < 2 || b.length < 2) throw new Error('operands need rank 2 or more: reshape vectors to matrices')
  const [rows, innerA] = lastTwo(a, transposeA)
  const [innerB, columns] = lastTwo(b, transposeB)
  if (unifyDims(innerA, innerB) === undefined) throw new Error(`inner dimensions ${innerA} and ${innerB} differ`)
  const batch = required(broadcastShapes(a.slice(0, -2), b.slice(0, -2)), 'batch dimensions do not fit')
  return [...batch, rows, columns]
}

function lastTwo(shape: Shape, swap: boolean): readonly [Dim, Dim] {
  const [row, column] = [shape.at(-2)!, shape.at(-1)!]
  return swap ? [column, row] : [row, column]
}

function matMul(resultType?: DataType): ShapeRule {
  return (call) => {
    const [a, b] = [input(call, 0), input(call, 1)]
    return [{ type: resultType ?? a.type, shape: matrixProduct(a.shape, b.shape) }]
  }
}

/** LayerNormalization and relatives: output, then mean and inverse standard deviation (float32, reduced axes kept as 1). */
const normalization: ShapeRule = (call) => {
  const { type, shape } = input(call, 0)
  const axis = axisOf(call, shape.length, -1)
  const scale = input(call, 1).shape
  const normalized = shape.slice(axis)
  if (!broadcastShapes(normalized, scale)) {
    throw new Error(`scale ${formatShape(scale)} does not fit the normalized axes ${formatShape(normalized)}`)
  }
  const statistics = { type: 'float32' as const, shape: shape.map((dim, index) => (index < axis ? dim : 1)) }
  return [{ type, shape }, statistics, statistics].slice(0, call.outputCount)
}

/** SkipLayerNormalization: output, mean, inverse deviation, then the sum of input and skip. */
const skipNormalization: ShapeRule = (call) => {
  const { type, shape } = input(call, 0)
  const statistics = { type: 'float32' as const, shape: [...shape.slice(0, -1), 1] }
  return [{ type, shape }, statistics, statistics, { type, shape }].slice(0, call.outputCount)
}

// --- movement -------------------------------------------------------------------------------------------------------

const reshape: ShapeRule = (call) => {
  const source = input(call, 0)
  const wanted = contentsOf(call, 1) ?? intsAttribute(call.attributes, 'shape')
  if (!wanted) {
    const rank = input(call, 1).shape[0]
    if (typeof rank !== 'number') throw new Error('the rank of the new shape is not known')
    return [{ type: source.type, shape: Array.from({ length: rank }, (_, axis) => unknown(call, axis)) }]
  }
  const allowZero = intAttribute(call.attributes, 'allowzero', 0) === 1
  const dims = wanted.map((dim, axis) =>
    dim === 0 && !allowZero ? required(source.shape[axis], `dimension ${axis} copies an axis that is not there`) : dim,
  )
  const total = elementCount(source.shape)
  const open = dims.indexOf(-1)
  if (open >= 0) {
    const rest = elementCount(dims.filter((_, axis) => axis !== open))
    const mayDiffer = [...source.shape, ...dims].some(isUnknown)
    const size = divideDims(total, rest) ?? (mayDiffer ? unknown(call, open) : undefined)
    dims[open] = required(size, `${total} elements do not divide into ${formatShape(wanted)}`)
  } else if (elementCount(dims) !== total && ![...source.shape, ...dims].some(isUnknown)) {
    throw new Error(`${total} elements do not fill ${formatShape(dims)}`)
  }
  return [withContents({ type: source.type, shape: dims }, dims.length <= 1 ? source.contents : undefined)]
}

const transpose: ShapeRule = (call) => {
  const { type, shape } = input(call, 0)
  const permutation = intsAttribute(call.attributes, 'perm') ?? [...shape.keys()].reverse()
  const isPermutation = [...permutation].sort((a, b) => a - b).every((axis, index) => axis === index)
  if (permutation.length !== shape.length || !isPermutation) {
    throw new Error(`perm ${formatShape(permutation)} is not a permutation of ${shape.length} axes`)
  }
  return [{ type, shape: permutation.map((axis) => shape[axis]!) }]
}

const expand: ShapeRule = (call) => {
  const { type, shape } = input(call, 0)
  const wanted = required(contentsOf(call, 1), 'the shape to expand to must be known')
  const result = required(broadcastShapes(shape, wanted), `cannot be expanded to ${formatShape(wanted)}`)
  return [{ type, shape: result }]
}

const unsqueeze: ShapeRule = (call) => {
  const source = input(call, 0)
  const axes = required(integers(call, 1, 'axes'), 'axes are missing')
  const rank = source.shape.length + axes.length
  const added = new Set(axes.map((axis) => normalizeAxis(axis, rank)))
  const rest = source.shape[Symbol.iterator]()
  const shape = Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : rest.next().value!))
  return [withContents({ type: source.type, shape }, rank === 1 ? source.contents : undefined)]
}

const squeeze: ShapeRule = (call) => {
  const source = input(call, 0)
  const rank = source.shape.length
  const axes = integers(call, 1, 'axes')?.map((axis) => normalizeAxis(axis, rank))
  const removed = new Set(axes ?? [...source.shape.keys()].filter((axis) => source.shape[axis] === 1))
  for (const axis of removed) {
    const dim = source.shape[axis]!
    if (dim !== 1 && !isUnknown(dim)) throw new Error(`axis ${axis} has size ${dim}, not 1`)
  }
  return [
    withContents({ type: source.type, shape: source.shape.filter((_, axis) => !removed.has(axis)) }, source.contents),
  ]
}

const concat: ShapeRule = (call) => {
  const values = presentInputs(call)
  const first = input(call, 0)
  const axis = axisOf(call, first.shape.length, 0)
  for (const value of values) if (value.shape.length !== first.shape.length) throw new Error('ranks differ')
  const shape = first.shape.map((_, at) => {
    const sizes = values.map((value) => value.shape[at]!)
    if (at === axis) return sizes.reduce(addDims)
    return sizes.reduce((a, b) => required(unifyDims(a, b), `sizes ${a} and ${b} of axis ${at} differ`))
  })
  const parts = values.map((value) => value.contents)
  const known = shape.length === 1 && parts.every((part) => part !== undefined)
  return [withContents({ type: first.type, shape }, known ? parts.flat() : undefined)]
}

/** Values at or above this mean "to the end" in Slice. */
const toTheEnd = 2 ** 31 - 1

/** [Note: slice bounds] A bound is clamped to a size that is known; against a symbolic size it is taken to lie inside the axis. */
function slicedSize(call: Call, size: Dim, start: Dim, end: Dim, step: number, axis: number): Dim {
  const from = bound(size, start)
  const to = bound(size, end)
  if (typeof size === 'number' && typeof from === 'number' && typeof to === 'number') {
    if (step > 0) return Math.max(0, Math.ceil((Math.min(to, size) - Math.max(from, 0)) / step))
    return Math.max(0, Math.ceil((Math.max(to, -1) - Math.min(from, size - 1)) / step))
  }
  return step === 1 ? subtractDims(to, from) : unknown(call, axis)
}

function bound(size: Dim, at: Dim): Dim {
  if (typeof at !== 'number') return at
  if (at >= toTheEnd) return size
  if (at <= -toTheEnd) return typeof size === 'number' ? -1 : 0
  return at < 0 ? addDims(size, at) : at
}

const slice: ShapeRule = (call) => {
  const source = input(call, 0)
  const starts = contentsOf(call, 1) ?? intsAttribute(call.attributes, 'starts')
  const ends = contentsOf(call, 2) ?? intsAttribute(call.attributes, 'ends')
  const count = starts?.length ?? ends?.length ?? source.shape.length
  const axes = integers(call, 3, 'axes') ?? Array.from({ length: count }, (_, axis) => axis)
  const steps = integers(call, 4, 'steps') ?? axes.map(() => 1)
  const shape = [...source.shape]
  for (const [index, given] of axes.entries()) {
    const axis = normalizeAxis(given, shape.length)
    const [start, end] = [starts?.[index], ends?.[index]]
    if (start === undefined || end === undefined) shape[axis] = unknown(call, axis)
    else shape[axis] = slicedSize(call, shape[axis]!, start, end, steps[index]!, axis)
  }
  return [withContents({ type: source.type, shape }, slicedContents(source, starts, ends, steps))]
}

function slicedContents(source: Value, starts?: readonly Dim[], ends?: readonly Dim[], steps?: readonly number[]) {
  const [start, end] = [starts?.[0], ends?.[0]]
  if (source.shape.length !== 1 || typeof start !== 'number' || typeof end !== 'number' || steps?.[0] !== 1) return
  return source.contents?.slice(start, end >= toTheEnd ? undefined : end)
}

const gather: ShapeRule = (call) => {
  const [data, indices] = [input(call, 0), input(call, 1)]
  const axis = axisOf(call, data.shape.length, 0)
  if (!isInteger(indices.type)) throw new Error(`indices must be int32 or int64, not ${indices.type}`)
  const shape = [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)]
  const picked =
    data.shape.length === 1
      ? indices.contents?.map((at) => (typeof at === 'number' ? data.contents?.at(at) : undefined))
      : undefined
  return [
    withContents(
      { type: data.type, shape },
      picked?.every((item) => item !== undefined) ? (picked as Dim[]) : undefined,
    ),
  ]
}

const pad: ShapeRule = (call) => {
  const { type, shape } = input(call, 0)
  const pads = contentsOf(call, 1) ?? intsAttribute(call.attributes, 'pads')
  if (!pads) return [{ type, shape: shape.map((_, axis) => unknown(call, axis)) }]
  const axes = integers(call, 3, 'axes') ?? [...shape.keys()]
  if (pads.length !== 2 * axes.length) throw new Error(`${pads.length} pads for ${axes.length} axes`)
  const padded = [...shape]
  for (const [index, given] of axes.entries()) {
    const axis = normalizeAxis(given, shape.length)
    padded[axis] = addDims(padded[axis]!, addDims(pads[index]!, pads[index + axes.length]!))
  }
  return [{ type, shape: padded }]
}

const split: ShapeRule = (call) => {
  const { type, shape } = input(call, 0)
  const axis = axisOf(call, shape.length, 0)
  const even = divideDims(shape[axis]!, call.outputCount)
  const sizes =
    integers(call, 1, 'split') ?? Array.from({ length: call.outputCount }, (_, at) => even ?? unknown(call, at))
  return sizes.map((size) => ({ type, shape: shape.with(axis, size) }))
}

const tile: ShapeRule = (call) => {
  const { type, shape } = input(call, 0)
  const repeats = required(contentsOf(call, 1), 'repeats must be known')
  return [{ type, shape: shape.map((dim, axis) => multiplyDims(dim, repeats[axis] ?? 1)) }]
}

const shapeOf: ShapeRule = (call) => {
  const { shape } = input(call, 0)
  const start = clampAxis(intAttribute(call.attributes, 'start', 0), shape.length)
  const end = clampAxis(intAttribute(call.attributes, 'end', shape.length), shape.length)
  const contents = shape.slice(start, end)
  return [{ type: 'int64', shape: [contents.length], ...(contents.some(isUnknown) ? {} : { contents }) }]
}

function clampAxis(axis: number, rank: number): number {
  return Math.min(Math.max(axis < 0 ? axis + rank : axis, 0), rank)
}

// --- constants and selection ----------------------------------------------------------------------------------------

const constant: ShapeRule = (call) => {
  const { attributes } = call
  const tensor = tensorAttribute(attributes, 'value')
  if (tensor) return [withContents({ type: tensor.type, shape: tensor.shape }, integerContents(tensor))]
  if (attributes['value_int']) {
    return [{ type: 'int64', shape: [], contents: [intAttribute(attributes, 'value_int', 0)] }]
  }
  if (attributes['value_float']) return [{ type: 'float32', shape: [] }]
  const list = intsAttribute(attributes, 'value_ints')
  if (list) return [withContents({ type: 'int64', shape: [list.length] }, list)]
  const floats = attributes['value_floats']
  if (floats?.kind === 'floats') return [{ type: 'float32', shape: [floats.value.length] }]
  throw new Error('no value, value_int, value_float, value_ints or value_floats attribute')
}

const constantOfShape: ShapeRule = (call) => {
  const tensor = tensorAttribute(call.attributes, 'value')
  const rank = input(call, 0).shape[0]
  const dims =
    contentsOf(call, 0) ??
    (typeof rank === 'number' ? Array.from({ length: rank }, (_, axis) => unknown(call, axis)) : undefined)
  const shape = required(dims, 'the shape must be known')
  const filled =
    tensor && shape.length === 1 && typeof shape[0] === 'number' && shape[0] <= maxContents
      ? integerContents(tensor)
      : undefined
  return [
    withContents({ type: tensor?.type ?? 'float32', shape }, filled && Array<Dim>(shape[0] as number).fill(filled[0]!)),
  ]
}

const range: ShapeRule = (call) => {
  const [start, limit, delta] = [contentsOf(call, 0)?.[0], contentsOf(call, 1)?.[0], contentsOf(call, 2)?.[0]]
  const size = start !== undefined && limit !== undefined && delta === 1 ? subtractDims(limit, start) : unknown(call, 0)
  return [{ type: input(call, 0).type, shape: [size] }]
}

const topK: ShapeRule = (call) => {
  const { type, shape } = input(call, 0)
  const axis = axisOf(call, shape.length, -1)
  const picked = shape.with(axis, contentsOf(call, 1)?.[0] ?? unknown(call, axis))
  return [
    { type, shape: picked },
    { type: 'int64', shape: picked },
  ]
}

const where: ShapeRule = (call) => {
  const [condition, a, b] = [input(call, 0), input(call, 1), input(call, 2)]
  if (condition.type !== 'bool') throw new Error(`the condition must be bool, not ${condition.type}`)
  if (a.type !== b.type) throw new Error(`branches have types ${a.type} and ${b.type}`)
  return [{ type: a.type, shape: broadcastAll([condition, a, b]) }]
}

const gemm: ShapeRule = (call) => {
  const [a, b, c] = [input(call, 0), input(call, 1), call.inputs[2]]
  const flag = (name: string) => intAttribute(call.attributes, name, 0) === 1
  if (a.shape.length !== 2 || b.shape.length !== 2) throw new Error('Gemm takes matrices')
  const shape = matrixProduct(a.shape, b.shape, flag('transA'), flag('transB'))
  if (c && !broadcastShapes(c.shape, shape)) throw new Error(`C does not broadcast to ${formatShape(shape)}`)
  return [{ type: a.type, shape }]
}

const fusedMatMul: ShapeRule = (call) => {
  const [a, b] = [input(call, 0), input(call, 1)]
  const flag = (name: string) => intAttribute(call.attributes, name, 0) === 1
  return [{ type: a.type, shape: matrixProduct(a.shape, b.shape, flag('transA'), flag('transB')) }]
}

const multiHeadAttention: ShapeRule = (call) => {
  const query = input(call, 0)
  const value = call.inputs[2] ?? query
  return [{ type: query.type, shape: [...query.shape.slice(0, -1), value.shape.at(-1)!] }]
}

// --- control flow ---------------------------------------------------------------------------------------------------

/** Inputs: trip count, condition, then the carried values. Body outputs: condition, carried values, then one row of each scan output. */
const loop: ShapeRule = (call) => {
  const body = required(graphAttribute(call.attributes, 'body'), 'attribute body is missing')
  const carried = call.inputs.length - 2
  const trips = contentsOf(call, 0)?.[0] ?? unknown(call, 'trips')
  return body.outputs.slice(1).map(({ type, shape }, index) => {
    if (index >= carried) return { type, shape: [trips, ...shape] }
    const initial = input(call, index + 2)
    if (initial.type !== type) throw new Error(`carried value ${index} starts as ${initial.type} and becomes ${type}`)
    return { type, shape: mergeShapes(call, initial.shape, shape, index) }
  })
}

const conditional: ShapeRule = (call) => {
  const yes = required(graphAttribute(call.attributes, 'then_branch'), 'attribute then_branch is missing').outputs
  const no = required(graphAttribute(call.attributes, 'else_branch'), 'attribute else_branch is missing').outputs
  return yes.map(({ type, shape }, index) => {
    const other = required(no[index], `else_branch has no output ${index}`)
    if (other.type !== type) throw new Error(`branches give ${type} and ${other.type} for output ${index}`)
    return { type, shape: mergeShapes(call, shape, other.shape, index) }
  })
}

/** Where two shapes of one value disagree, the size is unknown. */
function mergeShapes(call: Call, a: Shape, b: Shape, label: number): Shape {
  if (a.length !== b.length) throw new Error(`output ${label} has ranks ${a.length} and ${b.length}`)
  return a.map((dim, axis) => unifyDims(dim, b[axis]!) ?? unknown(call, `${label}.${axis}`))
}

// --- the table ------------------------------------------------------------------------------------------------------

const comparison = elementwise('bool')

/** Integer division truncates towards zero; what divides by zero is left unknown. */
function quotient(a: Dim, b: Dim): Dim | undefined {
  if (typeof a === 'number' && typeof b === 'number') return b === 0 ? undefined : Math.trunc(a / b)
  return divideDims(a, b)
}

/** One rule an operator (com.microsoft operators have names of their own, so one table serves both domains). */
export const shapeRules: Readonly<Record<string, ShapeRule>> = {
  Abs: sameAsInput,
  Acos: sameAsInput,
  Asin: sameAsInput,
  Atan: sameAsInput,
  BiasGelu: sameAsInput,
  Ceil: sameAsInput,
  Clip: sameAsInput,
  Cos: sameAsInput,
  CumSum: sameAsInput,
  Elu: sameAsInput,
  Erf: sameAsInput,
  Exp: sameAsInput,
  FastGelu: sameAsInput,
  Floor: sameAsInput,
  Gelu: sameAsInput,
  HardSigmoid: sameAsInput,
  HardSwish: sameAsInput,
  Identity: (call) => [withContents({ type: input(call, 0).type, shape: input(call, 0).shape }, contentsOf(call, 0))],
  LeakyRelu: sameAsInput,
  Log: sameAsInput,
  LogSoftmax: sameAsInput,
  Neg: sameAsInput,
  Not: sameAsInput,
  QuickGelu: sameAsInput,
  Reciprocal: sameAsInput,
  Relu: sameAsInput,
  Round: sameAsInput,
  ScatterElements: sameAsInput,
  ScatterND: sameAsInput,
  Selu: sameAsInput,
  Sigmoid: sameAsInput,
  Sign: sameAsInput,
  Sin: sameAsInput,
  Softmax: sameAsInput,
  Softplus: sameAsInput,
  Softsign: sameAsInput,
  Sqrt: sameAsInput,
  Tan: sameAsInput,
  Tanh: sameAsInput,
  Trilu: sameAsInput,
  RotaryEmbedding: sameAsInput,
  Dropout: (call) =>
    [...sameAsInput(call), { type: 'bool' as const, shape: input(call, 0).shape }].slice(0, call.outputCount),
  IsNaN: (call) => [{ type: 'bool', shape: input(call, 0).shape }],
  IsInf: (call) => [{ type: 'bool', shape: input(call, 0).shape }],

  Add: elementwise(undefined, addDims),
  Sub: elementwise(undefined, subtractDims),
  Mul: elementwise(undefined, multiplyDims),
  Div: elementwise(undefined, quotient),
  Mod: elementwise(),
  Max: elementwise(),
  Min: elementwise(),
  Mean: elementwise(),
  Sum: elementwise(),
  PRelu: elementwise(),
  And: elementwise('bool'),
  Or: elementwise('bool'),
  Xor: elementwise('bool'),
  Equal: comparison,
  Greater: comparison,
  GreaterOrEqual: comparison,
  Less: comparison,
  LessOrEqual: comparison,
  // the exponent may have another type than the base
  Pow: (call) => [{ type: input(call, 0).type, shape: broadcastAll([input(call, 0), input(call, 1)]) }],
  Where: where,

  MatMul: matMul(),
  Gemm: gemm,
  FusedMatMul: fusedMatMul,
  MatMulInteger: matMul('int32'),
  MatMulIntegerToFloat: matMul('float32'),
  DynamicQuantizeMatMul: matMul('float32'),
  MatMulNBits: (call) => {
    const { type, shape } = input(call, 0)
    return [{ type, shape: shape.with(-1, intAttribute(call.attributes, 'N', 0)) }]
  },
  QuantizeLinear: (call) => [{ type: call.inputs[2]?.type ?? 'uint8', shape: input(call, 0).shape }],
  DequantizeLinear: (call) => [{ type: input(call, 1).type, shape: input(call, 0).shape }],
  DynamicQuantizeLinear: (call) => [
    { type: 'uint8', shape: input(call, 0).shape },
    { type: 'float32', shape: [] },
    { type: 'uint8', shape: [] },
  ],
  MultiHeadAttention: multiHeadAttention,

  ReduceSum: reduction(),
  ReduceMean: reduction(),
  ReduceMax: reduction(),
  ReduceMin: reduction(),
  ReduceProd: reduction(),
  ReduceL1: reduction(),
  ReduceL2: reduction(),
  ReduceLogSum: reduction(),
  ReduceLogSumExp: reduction(),
  ReduceSumSquare: reduction(),
  ArgMax: argReduction,
  ArgMin: argReduction,

  LayerNormalization: normalization,
  SimplifiedLayerNormalization: normalization,
  SkipLayerNormalization: skipNormalization,
  SkipSimplifiedLayerNormalization: skipNormalization,

  Transpose: transpose,
  Reshape: reshape,
  Expand: expand,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Concat: concat,
  Slice: slice,
  Split: split,
  Pad: pad,
  Tile: tile,
  Flatten: (call) => {
    const { type, shape } = input(call, 0)
    const axis = clampAxis(intAttribute(call.attributes, 'axis', 1), shape.length)
    return [{ type, shape: [elementCount(shape.slice(0, axis)), elementCount(shape.slice(axis))] }]
  },
  Gather: gather,
  GatherElements: (call) => [{ type: input(call, 0).type, shape: input(call, 1).shape }],
  GatherND: (call) => {
    const [data, indices] = [input(call, 0), input(call, 1)]
    const depth = indices.shape.at(-1)
    if (typeof depth !== 'number') throw new Error('the last dimension of the indices must be known')
    const batch = intAttribute(call.attributes, 'batch_dims', 0)
    return [{ type: data.type, shape: [...indices.shape.slice(0, -1), ...data.shape.slice(batch + depth)] }]
  },
  OneHot: (call) => {
    const { shape } = input(call, 0)
    const axis = intAttribute(call.attributes, 'axis', -1)
    return [
      {
        type: input(call, 2).type,
        shape: shape.toSpliced(
          axis < 0 ? shape.length + 1 + axis : axis,
          0,
          contentsOf(call, 1)?.[0] ?? unknown(call, 'depth'),
        ),
      },
    ]
  },
  NonZero: (call) => [{ type: 'int64', shape: [input(call, 0).shape.length, unknown(call, 1)] }],
  TopK: topK,

  Shape: shapeOf,
  Size: (call) => [withContents({ type: 'int64', shape: [] }, [elementCount(input(call, 0).shape)])],
  Cast: (call) => [
    withContents(
      { type: dataTypeFromCode(intAttribute(call.attributes, 'to', 0)), shape: input(call, 0).shape },
      contentsOf(call, 0),
    ),
  ],
  CastLike: (call) => [{ type: input(call, 1).type, shape: input(call, 0).shape }],
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Range: range,
  RandomNormalLike: sameAsInput,
  RandomUniformLike: sameAsInput,

  Loop: loop,
  If: conditional,
}
