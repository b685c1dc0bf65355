import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, describe, expect, it } from 'vitest'
import { openGraph, runGraph } from '../testing/run-graph.ts'
import {
  checkGraph,
  encodeTensor,
  GraphBuilder,
  model,
  ModelFormatError,
  printGraph,
  readModel,
  writeModel,
} from './index.ts'
import { MessageWriter } from './protobuf.ts'

const folder = mkdtempSync(join(tmpdir(), 'ir-serde-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Attributes of every kind that fits in a runnable graph, subgraphs, symbolic sizes, an optional input left out. */
function everything(): GraphBuilder {
  const g = new GraphBuilder('everything')
  const x = g.input('x', 'float32', ['batch', 4])
  const weight = g.initializer(
    'weight',
    'float32',
    [3, 4],
    encodeTensor(
      'float32',
      Array.from({ length: 12 }, (_, i) => i / 7),
    ),
  )
  const hidden = g.scope('layer.0', () => g.gelu(g.gemm(x, weight, { transposeB: true, alpha: 0.5 })))
  const clipped = g.node('Clip', [hidden, undefined, g.scalar(1.25)])
  const [looped] = g.loop(2, [clipped], (inner, iteration, [state]) => [
    inner.add(state!, inner.cast(iteration, 'float32')),
  ])
  g.output('y', g.add(looped!, g.fill(['batch', 1], -0.25)))
  g.output('indices', g.topK(hidden, 2).indices)
  return g
}

const feeds = { x: { type: 'float32' as const, shape: [2, 4], values: [1, -2, 3, 0.5, 0, 1, -1, 2] } }

describe('writeModel and readModel', () => {
  it('round-trip to the same text, the same bytes and the same results', async () => {
    const graph = everything().build()
    checkGraph(graph)
    const bytes = writeModel(model(graph, { recipe: 'stage 2' }))
    const read = readModel(bytes)
    expect(printGraph(read.graph)).toBe(printGraph(graph))
    expect(writeModel(read)).toEqual(bytes)
    expect(read.metadata).toEqual({ recipe: 'stage 2' })
    expect(read.opsets).toEqual({ '': 21, 'com.microsoft': 1 })
    checkGraph(read.graph)
    expect(await runGraph(read.graph, feeds)).toEqual(await runGraph(graph, feeds))
  })

  it('read what onnxruntime itself writes', async () => {
    const path = join(folder, 'optimized.onnx')
    const graph = everything().build()
    const options = { graphOptimizationLevel: 'basic', optimizedModelFilePath: path, logSeverityLevel: 3 } as const
    await (await InferenceSession.create(writeModel(model(graph)), options)).release()
    const read = readModel(readFileSync(path))
    checkGraph(read.graph)
    expect(await runGraph(read.graph, feeds)).toEqual(await runGraph(graph, feeds))
  })

  it('go on building a graph that was read', async () => {
    const read = readModel(writeModel(model(everything().build())))
    const g = GraphBuilder.from(read.graph)
    const y = read.graph.outputs[0]!
    g.output('doubled', g.mul(y, 2))
    const graph = g.build()
    checkGraph(graph)
    const result = await runGraph(graph, feeds)
    expect(result['doubled']!.values).toEqual(result['y']!.values.map((value) => 2 * value))
  })

  it('point into a file beside the model for external data', async () => {
    writeFileSync(
      join(folder, 'weights.bin'),
      Buffer.concat([Buffer.alloc(12), Buffer.from(encodeTensor('float32', [1, 2, 3]))]),
    )
    const g = new GraphBuilder()
    const external = { location: 'weights.bin', offset: 12, length: 12 }
    g.output('y', g.neg(g.initializer('w', 'float32', [3], external)))
    const bytes = writeModel(model(g.build()))
    expect(readModel(bytes).graph.initializers[0]).toMatchObject({ external })
    const path = join(folder, 'model.onnx')
    writeFileSync(path, bytes)
    const session = await InferenceSession.create(path)
    expect(Array.from((await session.run({}))['y']!.data as Float32Array)).toEqual([-1, -2, -3])
    await session.release()
  })

  it('read tensors from the typed lists that other exporters use', () => {
    const header = (type: number) => new MessageWriter().int(1, 2).int(2, type).string(8, `t${type}`)
    const packed = (...varints: number[]) => Uint8Array.from(varints)
    const graph = new MessageWriter()
      .message(5, header(7).bytes(7, packed(3, 5)))
      .message(5, header(6).bytes(5, packed(7, 9)))
      .message(5, header(9).int(5, 1).int(5, 0))
      .message(5, header(1).float(4, 0.5).float(4, -2))
    const { initializers } = readModel(new MessageWriter().message(7, graph).finish()).graph
    expect(initializers.map((item) => [item.value.type, 'data' in item && [...item.data]])).toEqual([
      ['int64', [...encodeTensor('int64', [3, 5])]],
      ['int32', [...encodeTensor('int32', [7, 9])]],
      ['bool', [1, 0]],
      ['float32', [...encodeTensor('float32', [0.5, -2])]],
    ])
  })

  it('refuse bytes that are no model, and cut-off ones, with a reason', () => {
    expect(() => readModel(new TextEncoder().encode('{"model_type":"bert"}'))).toThrow(ModelFormatError)
    expect(() => readModel(new Uint8Array())).toThrow('not an ONNX model')
    const bytes = writeModel(model(everything().build()))
    expect(() => readModel(bytes.subarray(0, bytes.length - 40))).toThrow(/cut off/)
  })

  it('keep negative and very large integers', async () => {
    const g = new GraphBuilder()
    const x = g.input('x', 'float32', [4])
    g.output('y', g.slice(x, 0, -2))
    const runner = await openGraph(readModel(writeModel(model(g.build()))).graph)
    expect((await runner.run({ x: [1, 2, 3, 4] }))['y']!.values).toEqual([3, 4])
    await runner.release()
  })

  it('agree with onnxruntime about graph inputs and outputs', async () => {
    const session = await InferenceSession.create(writeModel(model(everything().build())), { logSeverityLevel: 3 })
    expect(session.inputNames).toEqual(['x'])
    expect(session.outputNames).toEqual(['y', 'indices'])
    expect(session.inputMetadata[0]).toMatchObject({ name: 'x', type: 'float32', shape: ['batch', 4] })
    const { y } = await session.run({ x: new Tensor('float32', Float32Array.from(feeds.x.values), [2, 4]) })
    expect(y!.dims).toEqual([2, 3])
    await session.release()
  })
})
