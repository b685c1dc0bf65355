// Graph to ONNX bytes. Field numbers are those of onnx.proto3.

import { isUnknown } from './dims.ts'
import {
  type Attribute,
  type DataType,
  dataTypes,
  type Graph,
  type Initializer,
  type Model,
  type Node,
  type Value,
} from './model.ts'
import { MessageWriter } from './protobuf.ts'

const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8 } as const

/** Serializes a model to the bytes of an .onnx file. External initializers are written as references. */
export function writeModel(model: Model): Uint8Array {
  const message = new MessageWriter().int(1, model.irVersion).string(2, model.producer).message(7, graph(model.graph))
  for (const [domain, version] of Object.entries(model.opsets)) {
    message.message(8, new MessageWriter().string(1, domain).int(2, version))
  }
  for (const [key, value] of Object.entries(model.metadata)) message.message(14, keyValue(key, value))
  return message.finish()
}

function graph(graph: Graph): MessageWriter {
  const message = new MessageWriter()
  for (const item of graph.nodes) message.message(1, node(item))
  message.string(2, graph.name)
  for (const item of graph.initializers) message.message(5, initializer(item))
  for (const value of graph.inputs) message.message(11, valueInfo(value))
  for (const value of graph.outputs) message.message(12, valueInfo(value))
  return message
}

function node(node: Node): MessageWriter {
  const message = new MessageWriter()
  for (const value of node.inputs) message.string(1, value?.name ?? '')
  for (const value of node.outputs) message.string(2, value.name)
  message.string(3, node.name).string(4, node.op)
  for (const [name, value] of Object.entries(node.attributes)) message.message(5, attribute(name, value))
  if (node.domain !== '') message.string(7, node.domain)
  return message
}

function attribute(name: string, attribute: Attribute): MessageWriter {
  const message = new MessageWriter().string(1, name)
  switch (attribute.kind) {
    case 'float':
      message.float(2, attribute.value)
      break
    case 'int':
      message.int(3, attribute.value)
      break
    case 'string':
      message.string(4, attribute.value)
      break
    case 'tensor': {
      const { type, shape, data } = attribute.value
      message.message(5, tensor('', type, shape).bytes(9, data))
      break
    }
    case 'graph':
      message.message(6, graph(attribute.value))
      break
    case 'floats':
      for (const value of attribute.value) message.float(7, value)
      break
    case 'ints':
      for (const value of attribute.value) message.int(8, value)
      break
    case 'strings':
      for (const value of attribute.value) message.string(9, value)
      break
  }
  return message.int(20, attributeTypes[attribute.kind])
}

function initializer(initializer: Initializer): MessageWriter {
  const { name, type, shape } = initializer.value
  const message = tensor(name, type, shape as readonly number[])
  if ('data' in initializer) return message.bytes(9, initializer.data)
  const { location, offset, length } = initializer.external
  message.message(13, keyValue('location', location))
  message.message(13, keyValue('offset', `${offset}`))
  message.message(13, keyValue('length', `${length}`))
  return message.int(14, 1)
}

function tensor(name: string, type: DataType, shape: readonly number[]): MessageWriter {
  const message = new MessageWriter()
  for (const dim of shape) message.int(1, dim)
  return message.int(2, dataTypes[type].code).string(8, name)
}

function valueInfo(value: Value): MessageWriter {
  const shape = new MessageWriter()
  for (const dim of value.shape) {
    const size = new MessageWriter()
    if (typeof dim === 'number') size.int(1, dim)
    else if (!isUnknown(dim)) size.string(2, dim)
    shape.message(1, size)
  }
  const tensorType = new MessageWriter().int(1, dataTypes[value.type].code).message(2, shape)
  return new MessageWriter().string(1, value.name).message(2, new MessageWriter().message(1, tensorType))
}

function keyValue(key: string, value: string): MessageWriter {
  return new MessageWriter().string(1, key).string(2, value)
}
