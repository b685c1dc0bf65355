import { broadcastShapes, type Dim } from '../dims.ts'
import {
  type DataType,
  dataTypeFromCode,
  type Graph,
  type Initializer,
  intAttribute,
  type Node,
  type Value,
} from '../model.ts'
import { decodeTensor, encodeTensor } from '../tensors.ts'

/** Larger results are left to run time: a folded tensor takes room in the model file. */
const maxElements = 65_536

interface Constant {
  readonly type: DataType
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

/**
 * Replaces nodes whose results are known by initializers: shape arithmetic (by the contents that shape inference found) and
 * elementwise arithmetic, casts and reshapes of inline float32 and integer constants. Values keep their names; the graphs inside Loop and If
 * are left as they are.
 */
export function foldConstants(graph: Graph): Graph {
  const constants = new Map<Value, Constant>()
  const lookUp = (value: Value): Constant | undefined => constants.get(value) ?? fromContents(value)
  for (const initializer of graph.initializers) {
    const constant = fromInitializer(initializer)
    if (constant) constants.set(initializer.value, constant)
  }
  const outputs = new Set(graph.outputs)
  const folded: Initializer[] = []
  const nodes = graph.nodes.filter((node) => {
    const [value] = node.outputs
    if (!value || node.outputs.length !== 1 || outputs.has(value)) return true // an initializer cannot be a graph output
    const constant = fromContents(value) ?? evaluate(node, lookUp)
    if (!constant) return true
    constants.set(value, constant)
    folded.push({ value, data: encodeTensor(constant.type, constant.values) })
    return false
  })
  return { ...graph, initializers: [...graph.initializers, ...folded], nodes }
}

function isNumeric(dims: readonly Dim[]): dims is readonly number[] {
  return dims.every((dim) => typeof dim === 'number')
}

function fromContents({ type, shape, contents }: Value): Constant | undefined {
  return contents && isNumeric(contents) && isNumeric(shape) ? { type, shape, values: contents } : undefined
}

function fromInitializer(initializer: Initializer): Constant | undefined {
  const { type, shape } = initializer.value
  if (!('data' in initializer) || !isFoldable(type) || !isNumeric(shape) || size(shape) > maxElements) return undefined
  return { type, shape, values: decodeTensor(type, initializer.data) }
}

/** Types whose arithmetic JavaScript numbers reproduce (int64 to 2^53, which shapes and indices stay below). */
function isFoldable(type: DataType): boolean {
  return type === 'float32' || type === 'int64' || type === 'int32'
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1)
}

const unary: Readonly<Record<string, (x: number) => number>> = {
  Abs: Math.abs,
  Exp: Math.exp,
  Log: Math.log,
  Neg: (x) => -x,
  Reciprocal: (x) => 1 / x,
  Sqrt: Math.sqrt,
  Tanh: Math.tanh,
}

const binary: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Max: Math.max,
  Min: Math.min,
}

/** Operators that only change the shape. */
const reshapes: ReadonlySet<string> = new Set(['Identity', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten'])

function evaluate(node: Node, lookUp: (value: Value) => Constant | undefined): Constant | undefined {
  const result = node.outputs[0]!
  if (node.domain !== '' || !isFoldable(result.type) || !isNumeric(result.shape) || size(result.shape) > maxElements)
    return undefined
  const inputs = node.inputs.map((value) => value && lookUp(value))
  if (inputs.length === 0 || !inputs.every((input) => input !== undefined)) return undefined
  const [a, b] = inputs
  const values = evaluateValues(node, a!, b, result.shape)
  if (!values || (result.type !== 'float32' && !values.every(Number.isFinite))) return undefined // integer division by zero
  return { type: result.type, shape: result.shape, values: values.map((value) => toType(result.type, value)) }
}

function evaluateValues(
  node: Node,
  a: Constant,
  b: Constant | undefined,
  shape: readonly number[],
): readonly number[] | undefined {
  const [one, two] = [unary[node.op], binary[node.op]]
  if (reshapes.has(node.op)) return a.values
  if (node.op === 'Cast')
    return isFoldable(dataTypeFromCode(intAttribute(node.attributes, 'to', 0))) ? a.values : undefined
  if (one && a.type === 'float32') return a.values.map(one)
  if (two && b && node.inputs.length === 2) {
    const [left, right] = [broadcast(a, shape), broadcast(b, shape)]
    return left.map((value, index) => two(value, right[index]!))
  }
  return undefined
}

function toType(type: DataType, value: number): number {
  return type === 'float32' ? Math.fround(value) : Math.trunc(value)
}

/** The values of `constant` repeated to `shape`. */
function broadcast({ shape: from, values }: Constant, shape: readonly number[]): readonly number[] {
  if (broadcastShapes(from, shape) === undefined) throw new Error(`[${from}] does not broadcast to [${shape}]`)
  const lead = shape.length - from.length
  return Array.from({ length: size(shape) }, (_, flat) => {
    let [rest, source, stride] = [flat, 0, 1]
    for (let axis = shape.length - 1; axis >= lead; axis--) {
      const dim = from[axis - lead]!
      if (dim !== 1) source += (rest % shape[axis]!) * stride
      stride *= dim
      rest = Math.floor(rest / shape[axis]!)
    }
    return values[source]!
  })
}
