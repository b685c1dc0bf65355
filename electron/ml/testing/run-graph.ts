// Runs a graph on onnxruntime's CPU provider: the ground truth of the tests in ir, autodiff, losses and lora.

import { InferenceSession, Tensor } from 'onnxruntime-node'
import { type DataType, type Graph, model, type Value, writeModel } from '../ir/index.ts'

/** A tensor in plain numbers, row-major. */
export interface Numbers {
  readonly type: DataType
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

export type Feeds = Readonly<Record<string, readonly number[] | Numbers>>

/** A session that stays open, for graphs that are run many times. */
export interface GraphRunner {
  run(feeds: Feeds): Promise<Readonly<Record<string, Numbers>>>
  release(): Promise<void>
}

/** Loads `graph` without graph optimizations, so that what runs is what was built. `profile` is a prefix for the profile's file name. */
export async function openGraph(
  graph: Graph,
  { threads = 1, device = 'cpu', profile = '' } = {},
): Promise<GraphRunner> {
  const session = await InferenceSession.create(writeModel(model(graph)), {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
    intraOpNumThreads: threads,
    executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
    ...(profile === '' ? {} : { enableProfiling: true, profileFilePrefix: profile }),
  })
  return {
    async run(feeds) {
      const inputs = Object.fromEntries(graph.inputs.map((value) => [value.name, toTensor(value, feeds[value.name])]))
      const results = await session.run(inputs)
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromTensor(tensor)]))
    },
    async release() {
      if (profile !== '') session.endProfiling()
      await session.release()
    },
  }
}

/** Runs `graph` once. Feeds are numbers by input name; the shape of an input with symbolic sizes must be given along. */
export async function runGraph(graph: Graph, feeds: Feeds = {}): Promise<Readonly<Record<string, Numbers>>> {
  const runner = await openGraph(graph)
  try {
    return await runner.run(feeds)
  } finally {
    await runner.release()
  }
}

function toTensor(value: Value, feed: readonly number[] | Numbers | undefined): Tensor {
  if (!feed) throw new Error(`no feed for graph input ${value.name}`)
  const { values, shape } = 'type' in feed ? feed : { values: feed, shape: value.shape }
  const dims = shape.map((dim) => {
    if (typeof dim !== 'number') throw new Error(`give the shape of ${value.name}: ${dim} is symbolic`)
    return dim
  })
  switch (value.type) {
    case 'float32':
      return new Tensor('float32', Float32Array.from(values), dims)
    case 'float64':
      return new Tensor('float64', Float64Array.from(values), dims)
    case 'int64':
      return new Tensor('int64', BigInt64Array.from(values.map(BigInt)), dims)
    case 'int32':
      return new Tensor('int32', Int32Array.from(values), dims)
    case 'bool':
      return new Tensor('bool', Uint8Array.from(values), dims)
    default:
      throw new Error(`feeds of type ${value.type} are not supported in tests`)
  }
}

function fromTensor(tensor: Tensor): Numbers {
  return {
    type: tensor.type as DataType,
    shape: tensor.dims,
    values: Array.from(tensor.data as ArrayLike<number | bigint>, Number),
  }
}
