// The graph intermediate representation: ONNX's own vocabulary (model, graph, node, value, initializer, attribute), as plain read-only data.

import type { Dim, Shape } from './dims.ts'

/** Element types with their ONNX `TensorProto.DataType` code and their width in bytes (0: not a fixed-width type). */
export const dataTypes = {
  float32: { code: 1, bytes: 4 },
  uint8: { code: 2, bytes: 1 },
  int8: { code: 3, bytes: 1 },
  uint16: { code: 4, bytes: 2 },
  int16: { code: 5, bytes: 2 },
  int32: { code: 6, bytes: 4 },
  int64: { code: 7, bytes: 8 },
  string: { code: 8, bytes: 0 },
  bool: { code: 9, bytes: 1 },
  float16: { code: 10, bytes: 2 },
  float64: { code: 11, bytes: 8 },
  uint32: { code: 12, bytes: 4 },
  uint64: { code: 13, bytes: 8 },
  bfloat16: { code: 16, bytes: 2 },
} as const satisfies Record<string, { readonly code: number; readonly bytes: number }>

/** An element type, named as onnxruntime names tensor types. */
export type DataType = keyof typeof dataTypes

/** The element type of an ONNX `TensorProto.DataType` code; throws for codes this representation does not carry (float8, int4, complex). */
export function dataTypeFromCode(code: number): DataType {
  for (const [name, entry] of Object.entries(dataTypes)) if (entry.code === code) return name as DataType
  throw new Error(`ONNX data type ${code} is not supported: use a model with float, integer, bool or string tensors`)
}

export function isFloat(type: DataType): boolean {
  return type === 'float32' || type === 'float16' || type === 'bfloat16' || type === 'float64'
}

/** Operator sets in use: the ONNX standard ('') and onnxruntime's own operators. */
export type Domain = '' | 'com.microsoft'

/** A tensor that flows through the graph. Values are compared by identity; names are unique within a model. */
export interface Value {
  readonly name: string
  readonly type: DataType
  readonly shape: Shape
  /** What a small integer tensor is known to hold, symbolic dimensions included: lets shapes that are computed in the graph be inferred. */
  readonly contents?: readonly Dim[]
}

/** Where an initializer's bytes lie in a file beside the model: `location` is a path relative to the model, offsets and lengths are in bytes. */
export interface ExternalData {
  readonly location: string
  readonly offset: number
  readonly length: number
}

/** A value known before the run. `data` is little-endian and row-major; bool is one byte an element. */
export type Initializer =
  { readonly value: Value; readonly data: Uint8Array } | { readonly value: Value; readonly external: ExternalData }

/** A constant tensor inside an attribute. */
export interface TensorAttribute {
  readonly type: DataType
  readonly shape: readonly number[]
  readonly data: Uint8Array
}

export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: TensorAttribute }
  | { readonly kind: 'graph'; readonly value: Graph }

export type Attributes = Readonly<Record<string, Attribute>>

/** One operator call. `name` is the node's place in the model (`encoder/layer.3/attention/MatMul`); an optional input left out is `undefined`. */
export interface Node {
  readonly op: string
  readonly domain: Domain
  readonly name: string
  readonly inputs: readonly (Value | undefined)[]
  readonly outputs: readonly Value[]
  readonly attributes: Attributes
}

/** A graph in topological order. The graphs inside Loop and If also see the values of the graphs around them. */
export interface Graph {
  readonly name: string
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  readonly initializers: readonly Initializer[]
  readonly nodes: readonly Node[]
}

export interface Model {
  readonly irVersion: number
  /** Operator set version by domain. */
  readonly opsets: Readonly<Record<string, number>>
  readonly producer: string
  readonly graph: Graph
  readonly metadata: Readonly<Record<string, string>>
}

/** [Note: versions] Opset 21 and IR 10 are what every execution provider of onnxruntime 1.30 runs; newer opsets lose WebGPU kernels. */
export const irVersion = 10
export const opsets: Readonly<Record<Domain, number>> = { '': 21, 'com.microsoft': 1 }

/** Wraps a graph for writing with the versions this project targets. */
export function model(graph: Graph, metadata: Readonly<Record<string, string>> = {}): Model {
  return { irVersion, opsets, producer: 'dmretriever-workbench', graph, metadata }
}

/** The value of an integer attribute, or `fallback` when the node does not carry it. */
export function intAttribute(attributes: Attributes, name: string, fallback: number): number {
  const attribute = attributes[name]
  return attribute?.kind === 'int' ? attribute.value : fallback
}

export function intsAttribute(attributes: Attributes, name: string): readonly number[] | undefined {
  const attribute = attributes[name]
  return attribute?.kind === 'ints' ? attribute.value : undefined
}

export function floatAttribute(attributes: Attributes, name: string, fallback: number): number {
  const attribute = attributes[name]
  return attribute?.kind === 'float' ? attribute.value : fallback
}

export function stringAttribute(attributes: Attributes, name: string): string | undefined {
  const attribute = attributes[name]
  return attribute?.kind === 'string' ? attribute.value : undefined
}

export function tensorAttribute(attributes: Attributes, name: string): TensorAttribute | undefined {
  const attribute = attributes[name]
  return attribute?.kind === 'tensor' ? attribute.value : undefined
}

export function graphAttribute(attributes: Attributes, name: string): Graph | undefined {
  const attribute = attributes[name]
  return attribute?.kind === 'graph' ? attribute.value : undefined
}

/** The graphs a node carries as attributes (the body of a Loop, the branches of an If). */
export function subgraphs(node: Node): readonly Graph[] {
  return Object.values(node.attributes).flatMap((attribute) => (attribute.kind === 'graph' ? [attribute.value] : []))
}

export const int = (value: number): Attribute => ({ kind: 'int', value })
export const float = (value: number): Attribute => ({ kind: 'float', value })
export const string = (value: string): Attribute => ({ kind: 'string', value })
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value })
