// The state behind a graph under construction: unique names, scopes, known values, constants, inputs, outputs, nodes.

import { type Dim, dimTerms, elementCount, type Shape } from './dims.ts'
import {
  type Attributes,
  type DataType,
  dataTypes,
  type Domain,
  type ExternalData,
  type Graph,
  type Initializer,
  int,
  type Node,
  subgraphs,
  type Value,
} from './model.ts'
import { inferShapes, integerContents } from './shape-inference.ts'
import { encodeTensor } from './tensors.ts'

export interface NodeOptions {
  readonly attributes?: Attributes
  readonly domain?: Domain
  /** How many outputs to ask for; 1 when left out. */
  readonly outputs?: number
}

/**
 * Assembles one graph. Every value gets its type and shape when it is made, so a mistake is reported where it happens.
 * `GraphBuilder` adds one method an operator; code that only needs `node` can do without it.
 */
export class GraphAssembly {
  readonly name: string
  readonly #parent: GraphAssembly | undefined
  readonly #names: Set<string>
  readonly #inputs: Value[] = []
  readonly #outputs: { readonly name: string; readonly value: Value }[] = []
  readonly #initializers: Initializer[] = []
  readonly #nodes: Node[] = []
  readonly #producers = new Map<Value, Node>()
  readonly #known = new Set<Value>()
  readonly #constants = new Map<string, Value>()
  readonly #symbols = new Map<string, { readonly value: Value; readonly axis: number }>()
  #scope: readonly string[] = []

  /** @param parent the graph around this one when it is the body of a Loop or the branch of an If */
  constructor(name = 'main', parent?: GraphAssembly) {
    this.name = name
    this.#parent = parent
    this.#names = parent ? parent.#names : new Set()
    if (parent) this.#scope = [...parent.#scope, name]
  }

  /** Takes over the contents of `graph`, to add to it. Its outputs stay outputs. */
  protected adopt(graph: Graph): void {
    for (const value of graph.inputs) this.#addInput(value)
    for (const initializer of graph.initializers) {
      this.#initializers.push(initializer)
      this.#register(initializer.value)
    }
    for (const node of graph.nodes) this.append(node)
    for (const value of graph.outputs) this.#outputs.push({ name: value.name, value })
  }

  get inputs(): readonly Value[] {
    return this.#inputs
  }

  get nodes(): readonly Node[] {
    return this.#nodes
  }

  get initializers(): readonly Initializer[] {
    return this.#initializers
  }

  /** The node that makes `value`; undefined for inputs, initializers and values of an outer graph. */
  producer(value: Value): Node | undefined {
    return this.#producers.get(value)
  }

  /** Whether `value` belongs to this graph or to one around it. */
  knows(value: Value): boolean {
    return this.#known.has(value) || (this.#parent?.knows(value) ?? false)
  }

  /** Runs `body` with `name` added to the names of the nodes it makes: `encoder/layer.3/attention/MatMul`. */
  scope<T>(name: string, body: () => T): T {
    const outer = this.#scope
    this.#scope = [...outer, name]
    try {
      return body()
    } finally {
      this.#scope = outer
    }
  }

  /** A graph input. Symbolic dimensions ('batch') name sizes that are only known at run time. */
  input(name: string, type: DataType, shape: Shape): Value {
    this.#claim(name)
    const value = { name, type, shape }
    this.#addInput(value)
    return value
  }

  /** Makes `value` a graph output called `name`. The value takes that name when the graph is built. */
  output(name: string, value: Value): void {
    this.#claim(name)
    const taken = this.#outputs.some((output) => output.value === value)
    const renamable = this.#producers.has(value) && !taken
    this.#outputs.push({ name, value: renamable ? value : this.node('Identity', [value]) })
  }

  /** A value known before the run, with its bytes inline (little-endian, row-major) or in a file beside the model. */
  initializer(name: string, type: DataType, shape: readonly number[], data: Uint8Array | ExternalData): Value {
    const size = (elementCount(shape) as number) * dataTypes[type].bytes
    if (data.length !== size) {
      throw new Error(`initializer ${name} ${type}[${shape.join(',')}] takes ${size} bytes, ${data.length} were given`)
    }
    this.#claim(name)
    const inline = data instanceof Uint8Array
    const contents = inline ? integerContents({ type, shape, data }) : undefined
    const value: Value = { name, type, shape, ...(contents ? { contents } : {}) }
    this.#initializers.push(inline ? { value, data } : { value, external: data })
    this.#register(value)
    return value
  }

  /** A constant tensor. Equal constants are shared. */
  constant(type: DataType, shape: readonly number[], values: ArrayLike<number>): Value {
    if (this.#parent) return this.#parent.constant(type, shape, values) // outer values are visible inside
    const label = constantLabel(type, shape, values)
    const key = `${type}[${shape.join()}]:${Array.from(values)
      .map((value) => (Object.is(value, -0) ? '-0' : value))
      .join()}`
    const small = values.length <= 64
    const existing = small ? this.#constants.get(key) : undefined
    if (existing) return existing
    const value = this.initializer(this.uniqueName(`constant/${label}`), type, shape, encodeTensor(type, values))
    if (small) this.#constants.set(key, value)
    return value
  }

  /** An int64 vector constant: axes, shapes, pads. */
  vector(values: readonly number[]): Value {
    return this.constant('int64', [values.length], values)
  }

  /**
   * Adds an operator call and returns its first output.
   *
   * @throws ShapeError when the inputs do not fit the operator
   */
  node(op: string, inputs: readonly (Value | undefined)[], options: NodeOptions = {}): Value {
    return this.nodeOutputs(op, inputs, options)[0]!
  }

  /** As `node`, for operators with several outputs. */
  nodeOutputs(op: string, inputs: readonly (Value | undefined)[], options: NodeOptions = {}): readonly Value[] {
    const name = this.uniqueName([...this.#scope, op].join('/'))
    const stray = inputs.find((value) => value && !this.knows(value))
    if (stray) throw new Error(`${op} at ${name}: input ${stray.name} belongs to another graph`)
    const { attributes = {}, domain = '', outputs: outputCount = 1 } = options
    const inferred = inferShapes({ op, domain, name, inputs, attributes, outputCount })
    const outputs = inferred.map((value, index) => ({
      name: index === 0 ? name : this.uniqueName(`${name}:${index}`),
      ...value,
    }))
    this.append({ op, domain, name, inputs, outputs, attributes })
    return outputs
  }

  /** Adds a node as it is. */
  protected append(node: Node): void {
    this.#nodes.push(node)
    for (const value of node.outputs) {
      this.#producers.set(value, node)
      this.#register(value)
    }
    for (const inner of subgraphs(node)) this.#reserveNames(inner)
  }

  /** Names inside a Loop or If count: an inner value must not hide one of this graph. */
  #reserveNames(graph: Graph): void {
    const initialized = graph.initializers.map((initializer) => initializer.value)
    for (const value of [...graph.inputs, ...initialized, ...graph.nodes.flatMap((node) => node.outputs)])
      this.#names.add(value.name)
    for (const node of graph.nodes) for (const inner of subgraphs(node)) this.#reserveNames(inner)
  }

  /**
   * A shape as an int64 vector. Symbolic sizes are read off the graph inputs that carry them.
   *
   * @throws Error when a symbol is not a dimension of any graph input
   */
  shapeVector(shape: Shape): Value {
    if (shape.every((dim) => typeof dim === 'number')) return this.vector(shape)
    const parts = shape.map((dim) => (typeof dim === 'number' ? this.vector([dim]) : this.#dimension(dim)))
    return parts.length === 1 ? parts[0]! : this.node('Concat', parts, { attributes: { axis: int(0) } })
  }

  #dimension(dim: Dim): Value {
    const terms = dimTerms(dim).map(({ coefficient, symbols }) => {
      const factors = symbols.map((symbol) => this.#symbol(symbol))
      if (coefficient !== 1 || factors.length === 0) factors.push(this.vector([coefficient]))
      return factors.reduce((a, b) => this.node('Mul', [a, b]))
    })
    return terms.reduce((a, b) => this.node('Add', [a, b]))
  }

  #symbol(symbol: string): Value {
    const source = this.#symbolSource(symbol)
    if (!source)
      throw new Error(`size ${symbol} is not known at run time: no graph input has it as a dimension of its own`)
    return this.node('Shape', [source.value], { attributes: { start: int(source.axis), end: int(source.axis + 1) } })
  }

  #symbolSource(symbol: string): { readonly value: Value; readonly axis: number } | undefined {
    return this.#symbols.get(symbol) ?? (this.#parent ? this.#parent.#symbolSource(symbol) : undefined)
  }

  /** The finished graph. The builder can go on being used; later additions do not change a graph already built. */
  build(): Graph {
    const renamed = new Map<Value, Value>()
    for (const { name, value } of this.#outputs) if (name !== value.name) renamed.set(value, { ...value, name })
    const graph = {
      name: this.name,
      inputs: [...this.#inputs],
      outputs: this.#outputs.map((output) => output.value),
      initializers: [...this.#initializers],
      nodes: [...this.#nodes],
    }
    return renamed.size === 0 ? graph : substitute(graph, renamed)
  }

  #addInput(value: Value): void {
    this.#inputs.push(value)
    for (const [axis, dim] of value.shape.entries()) {
      if (typeof dim === 'string' && !this.#symbols.has(dim)) this.#symbols.set(dim, { value, axis })
    }
    this.#register(value)
  }

  #register(value: Value): void {
    this.#names.add(value.name)
    this.#known.add(value)
  }

  #claim(name: string): void {
    if (this.#names.has(name))
      throw new Error(`the name ${name} is taken: graph ${this.name} already has a value called so`)
    this.#names.add(name)
  }

  /** `wanted`, or `wanted_1`, `wanted_2`... when a value of this model has that name. The name is not taken yet. */
  uniqueName(wanted: string): string {
    let name = wanted
    for (let count = 1; this.#names.has(name); count++) name = `${wanted}_${count}`
    return name
  }
}

function constantLabel(type: DataType, shape: readonly number[], values: ArrayLike<number>): string {
  const typeLabel = type === 'float32' || type === 'int64' ? '' : `${type}/`
  if (shape.length === 0) return `${typeLabel}${values[0]}`
  if (shape.length === 1 && values.length <= 6) return `${typeLabel}[${Array.from(values).join(',')}]`
  return `${type}[${shape.join('x')}]`
}

/** The same graph with each value in `replacement` replaced wherever it occurs, the graphs inside nodes included. */
export function substitute(graph: Graph, replacement: ReadonlyMap<Value, Value>): Graph {
  const swap = (value: Value): Value => replacement.get(value) ?? value
  const swapAttributes = (attributes: Attributes): Attributes =>
    Object.fromEntries(
      Object.entries(attributes).map(([name, attribute]) => [
        name,
        attribute.kind === 'graph'
          ? { kind: 'graph' as const, value: substitute(attribute.value, replacement) }
          : attribute,
      ]),
    )
  return {
    ...graph,
    inputs: graph.inputs.map(swap),
    outputs: graph.outputs.map(swap),
    initializers: graph.initializers.map((initializer) => ({ ...initializer, value: swap(initializer.value) })),
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((value) => value && swap(value)),
      outputs: node.outputs.map(swap),
      attributes: swapAttributes(node.attributes),
    })),
  }
}
