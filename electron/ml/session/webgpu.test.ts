import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { expectedVectors, maxDifference, modelFixture } from '../testing/model-fixtures.ts'
import { useSwiftShader } from '../testing/swiftshader.ts'
import { padBatch } from './batches.ts'
import { buildEmbeddingModel } from './build-model.ts'
import { openBuiltModel } from './embedding-runner.ts'
import { Encoder } from './encoder.ts'
import { openModelFolder } from './model-folder.ts'
import { installedDevices, int64Tensor } from './ort-session.ts'

const available = installedDevices().includes('webgpu') && useSwiftShader()

describe.skipIf(!available)('WebGPU through SwiftShader', () => {
  it.each(['bert', 'modernbert', 'qwen3'])('%s gives the reference vectors', async (name) => {
    const folder = await openModelFolder(modelFixture(name))
    if (folder.source.kind === 'onnx') throw new Error('fixture has no weights')
    const model = buildEmbeddingModel(folder, folder.source, { precision: 'fp32', narrowTables: false })
    const runner = await openBuiltModel(model, { device: 'webgpu' }, 0)
    const { ids, vectors } = expectedVectors(name)
    const { vectors: found } = await runner.run(ids, Math.max(...ids.map((row) => row.length)))
    expect(maxDifference(found, vectors.flat())).toBeLessThan(1e-4)
    await runner.release()
  })

  it.each(['bert', 'qwen3'])('leaves nothing of %s to the CPU but sizes and positions', async (name) => {
    const small = ['Cast', 'Concat', 'Less', 'Range', 'Reshape', 'Shape', 'Slice', 'Squeeze']
    const operators = await cpuOperators(name)
    expect(operators.filter((operator) => !small.includes(operator))).toEqual([])
  })

  it('measures both devices, keeps the one asked for, and agrees with the CPU', async () => {
    await using gpu = await Encoder.open(modelFixture('static'), { device: 'webgpu', threads: 1 })
    await using cpu = await Encoder.open(modelFixture('static'), { device: 'cpu', threads: 1 })
    expect(gpu.info.device).toBe('webgpu')
    expect(gpu.info.devices.map((report) => report.device)).toEqual(['cpu', 'webgpu'])
    for (const report of gpu.info.devices) expect(report.tokensPerSecond).toBeGreaterThan(0)
    const texts = ['move to higher ground', 'fire', 'when does the shelter open? the storm is here']
    const [a, b] = [await gpu.encode(texts, { kind: 'query' }), await cpu.encode(texts, { kind: 'query' })]
    expect(maxDifference(a, b)).toBeLessThan(1e-4)
  })

  it('chooses the faster device on its own', async () => {
    await using encoder = await Encoder.open(modelFixture('static'), { threads: 1 })
    const speeds = encoder.info.devices.map(({ device, tokensPerSecond = 0 }) => ({ device, tokensPerSecond }))
    const fastest = speeds.reduce((a, b) => (b.tokensPerSecond > a.tokensPerSecond ? b : a))
    expect(encoder.info.device).toBe(fastest.device)
  })
})

/** Operators that the CPU ran in a session on WebGPU, from the profile: the only place that shows them. */
async function cpuOperators(name: string): Promise<string[]> {
  const folder = await openModelFolder(modelFixture(name))
  if (folder.source.kind === 'onnx') throw new Error('fixture has no weights')
  const model = buildEmbeddingModel(folder, folder.source, { precision: 'fp32', narrowTables: false })
  const profiles = await mkdtemp(join(tmpdir(), 'profile-'))
  const session = await InferenceSession.create(model.bytes, {
    executionProviders: ['webgpu', 'cpu'],
    logSeverityLevel: 3,
    enableProfiling: true,
    profileFilePrefix: join(profiles, 'run'),
    extra: { session: { model_external_initializers_file_folder_path: model.externalFolder } },
  })
  const { ids, mask } = padBatch([[5, 6, 7], [8]], 3, 0)
  await session.run({ input_ids: int64Tensor(ids, [2, 3]), attention_mask: int64Tensor(mask, [2, 3]) })
  session.endProfiling()
  const [file] = await readdir(profiles)
  const events = JSON.parse(await readFile(join(profiles, file!), 'utf8')) as { args?: Record<string, string> }[]
  await Promise.all([session.release(), rm(profiles, { recursive: true })])
  const onCpu = events.filter((event) => event.args?.['provider'] === 'CPUExecutionProvider')
  expect(events.length).toBeGreaterThan(onCpu.length)
  return onCpu.map((event) => event.args!['op_name']!)
}
