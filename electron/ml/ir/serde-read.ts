// ONNX bytes to a graph. Field numbers are those of onnx.proto3.

import type { Dim } from './dims.ts'
import {
  type Attribute,
  type Attributes,
  type DataType,
  dataTypeFromCode,
  dataTypes,
  type Domain,
  type Graph,
  type Initializer,
  type Model,
  type Node,
  type TensorAttribute,
  type Value,
} from './model.ts'
import { type Field, readFields, readPackedIntegers } from './protobuf.ts'
import { inferShapes, integerContents } from './shape-inference.ts'
import { encodeTensor } from './tensors.ts'

/** The bytes are not a model that this project can work on; the message says what is in the way. */
export class ModelFormatError extends Error {
  override readonly name = 'ModelFormatError'
}

/**
 * Reads an .onnx file. Types and shapes of intermediate values are inferred, so every operator needs a shape rule.
 *
 * @throws ModelFormatError for bytes that are no model, and for what is not supported: sequences, sparse tensors, functions
 * @throws ShapeError for operators without a shape rule
 */
export function readModel(bytes: Uint8Array): Model {
  const message = new Message(bytes)
  const body = message.bytes(7)
  if (!body) throw new ModelFormatError('no graph in these bytes: not an ONNX model')
  if (message.all(25).length > 0)
    throw new ModelFormatError('the model defines functions of its own: export it with them inlined')
  const opsets = message.messages(8).map((opset) => [opset.string(1) ?? '', opset.number(2) ?? 1] as const)
  const metadata = message.messages(14).map((entry) => [entry.string(1) ?? '', entry.string(2) ?? ''] as const)
  return {
    irVersion: message.number(1) ?? 0,
    opsets: Object.fromEntries(opsets),
    producer: message.string(2) ?? '',
    graph: new GraphReader(undefined).read(new Message(body)),
    metadata: Object.fromEntries(metadata),
  }
}

/** Reads one graph; names are looked up here first, then in the graphs around it. */
class GraphReader {
  readonly #outer: GraphReader | undefined
  readonly #values = new Map<string, Value>()

  constructor(outer: GraphReader | undefined) {
    this.#outer = outer
  }

  read(message: Message): Graph {
    const initializers = message.messages(5).map((tensor) => this.#initializer(tensor))
    if (message.all(15).length > 0)
      throw new ModelFormatError('sparse initializers are not supported: export the model with dense ones')
    // Before IR version 4 initializers were listed among the inputs too; such an entry is no input to feed.
    const inputs = message
      .messages(11)
      .filter((info) => !this.#values.has(info.string(1) ?? ''))
      .map((info) => this.#declare(valueInfo(info)))
    const nodes = message.messages(1).map((node) => this.#node(node))
    const outputs = message.messages(12).map((info) => this.#lookUp(info.string(1) ?? '', 'graph output'))
    return { name: message.string(2) ?? '', inputs, outputs, initializers, nodes }
  }

  #declare(value: Value): Value {
    this.#values.set(value.name, value)
    return value
  }

  #lookUp(name: string, user: string): Value {
    const value = this.#find(name)
    if (!value) throw new ModelFormatError(`${user} uses ${name}, which no node before it makes`)
    return value
  }

  /** A subgraph sees the values of the graphs around it. */
  #find(name: string): Value | undefined {
    return this.#values.get(name) ?? (this.#outer ? this.#outer.#find(name) : undefined)
  }

  #initializer(message: Message): Initializer {
    const name = message.string(8) ?? ''
    const { type, shape } = tensorHeader(message)
    const external = externalData(message, type, shape)
    if (external) return { value: this.#declare({ name, type, shape }), external }
    const data = tensorData(message, type)
    const contents = integerContents({ type, shape, data })
    return { value: this.#declare({ name, type, shape, ...(contents ? { contents } : {}) }), data }
  }

  #node(message: Message): Node {
    const outputNames = message.strings(2)
    const op = message.string(4) ?? ''
    const name = message.string(3) || (outputNames[0] ?? '')
    const domain = (message.string(7) ?? '').replace(/^ai\.onnx$/, '') as Domain
    const inputs = message
      .strings(1)
      .map((input) => (input === '' ? undefined : this.#lookUp(input, `${op} at ${name}`)))
    const attributes = Object.fromEntries(message.messages(5).map((attribute) => this.#attribute(attribute)))
    const inferred = inferShapes({ op, domain, name, inputs, attributes, outputCount: outputNames.length })
    const outputs = outputNames.map((output, index) => {
      const value = inferred[index]
      if (!value)
        throw new ModelFormatError(`${op} at ${name} has ${outputNames.length} outputs, ${inferred.length} are known`)
      return this.#declare({ name: output === '' ? `${name}:unused${index}` : output, ...value })
    })
    return { op, domain, name, inputs, outputs, attributes }
  }

  #attribute(message: Message): [keyof Attributes, Attribute] {
    const name = message.string(1) ?? ''
    const [graph, tensor] = [message.bytes(6), message.bytes(5)]
    const kind = message.number(20)
    if (graph) return [name, { kind: 'graph', value: new GraphReader(this).read(new Message(graph)) }]
    if (tensor) return [name, { kind: 'tensor', value: tensorAttribute(new Message(tensor)) }]
    switch (kind) {
      case 1:
        return [name, { kind: 'float', value: message.floats(2)[0] ?? 0 }]
      case 2:
        return [name, { kind: 'int', value: message.number(3) ?? 0 }]
      case 3:
        return [name, { kind: 'string', value: message.string(4) ?? '' }]
      case 6:
        return [name, { kind: 'floats', value: message.floats(7) }]
      case 7:
        return [name, { kind: 'ints', value: message.numbers(8) }]
      case 8:
        return [name, { kind: 'strings', value: message.strings(9) }]
      default:
        throw new ModelFormatError(`attribute ${name} has type ${kind}, which is not supported`)
    }
  }
}

function valueInfo(message: Message): Value {
  const name = message.string(1) ?? ''
  const tensor = message.message(2)?.message(1)
  if (!tensor)
    throw new ModelFormatError(`${name} is not a tensor: sequences, maps and optional values are not supported`)
  const dims = tensor.message(2)?.messages(1)
  if (!dims) throw new ModelFormatError(`${name} has no shape: export the model with input shapes`)
  const shape = dims.map((dim, axis): Dim => dim.number(1) ?? (dim.string(2) || `?${name}.${axis}`))
  return { name, type: dataTypeFromCode(tensor.number(1) ?? 0), shape }
}

function tensorHeader(message: Message): { type: DataType; shape: readonly number[] } {
  return { type: dataTypeFromCode(message.number(2) ?? 0), shape: message.numbers(1) }
}

function tensorAttribute(message: Message): TensorAttribute {
  const header = tensorHeader(message)
  if (message.number(14) === 1)
    throw new ModelFormatError('a tensor inside an attribute lies in another file: not supported')
  return { ...header, data: tensorData(message, header.type) }
}

/** The bytes of a tensor: raw, or from one of the typed lists (float_data, int32_data, int64_data, double_data, uint64_data). */
function tensorData(message: Message, type: DataType): Uint8Array {
  const raw = message.bytes(9)
  if (raw) return raw
  switch (type) {
    case 'float32':
      return encodeTensor(type, message.floats(4))
    case 'float64':
      return message.concatenated(10)
    case 'int64':
      return encodeTensor(type, message.numbers(7))
    case 'uint32':
    case 'uint64':
      return encodeTensor(type, message.numbers(11))
    case 'float16':
    case 'bfloat16': // int32_data holds their bit patterns
      return encodeTensor('uint16', message.numbers(5))
    case 'string':
      throw new ModelFormatError('string tensors are not supported')
    default:
      return encodeTensor(type, message.numbers(5))
  }
}

function externalData(message: Message, type: DataType, shape: readonly number[]) {
  if (message.number(14) !== 1) return undefined
  const entries = new Map(message.messages(13).map((entry) => [entry.string(1), entry.string(2) ?? '']))
  const location = entries.get('location')
  if (!location)
    throw new ModelFormatError(`tensor ${message.string(8)} lies in another file, but no location is given`)
  const size = shape.reduce((product, dim) => product * dim, 1) * dataTypes[type].bytes
  return { location, offset: Number(entries.get('offset') ?? 0), length: Number(entries.get('length') ?? size) }
}

/** A message with its fields sorted by number. */
class Message {
  readonly #fields = new Map<number, Field[]>()

  constructor(bytes: Uint8Array) {
    try {
      for (const field of readFields(bytes)) {
        const same = this.#fields.get(field.field)
        if (same) same.push(field)
        else this.#fields.set(field.field, [field])
      }
    } catch (error) {
      throw new ModelFormatError(`not a readable ONNX model: ${(error as Error).message}`, { cause: error })
    }
  }

  all(field: number): readonly Field[] {
    return this.#fields.get(field) ?? []
  }

  number(field: number): number | undefined {
    const last = this.all(field).at(-1)
    return last?.type === 'number' ? last.value : undefined
  }

  bytes(field: number): Uint8Array | undefined {
    const last = this.all(field).at(-1)
    return last?.type === 'bytes' ? last.value : undefined
  }

  string(field: number): string | undefined {
    return this.strings(field).at(-1)
  }

  strings(field: number): readonly string[] {
    return this.#chunks(field).map((bytes) => new TextDecoder().decode(bytes))
  }

  message(field: number): Message | undefined {
    return this.messages(field).at(-1)
  }

  messages(field: number): readonly Message[] {
    return this.#chunks(field).map((bytes) => new Message(bytes))
  }

  /** A repeated integer field, packed or not. */
  numbers(field: number): readonly number[] {
    return this.all(field).flatMap((item) => (item.type === 'number' ? item.value : readPackedIntegers(item.value)))
  }

  /** A repeated float field, packed or not. */
  floats(field: number): readonly number[] {
    const bytes = this.concatenated(field)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(index * 4, true))
  }

  concatenated(field: number): Uint8Array {
    const chunks = this.all(field).flatMap((item) => (item.type === 'number' ? [] : [item.value]))
    if (chunks.length === 1) return chunks[0]!
    const result = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
    let offset = 0
    for (const chunk of chunks) {
      result.set(chunk, offset)
      offset += chunk.length
    }
    return result
  }

  #chunks(field: number): readonly Uint8Array[] {
    return this.all(field).flatMap((item) => (item.type === 'bytes' ? [item.value] : []))
  }
}
