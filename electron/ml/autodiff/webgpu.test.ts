// The training graph on WebGPU: the same gradients, and nothing large on the CPU.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Graph, GraphBuilder } from '../ir/index.ts'
import { decoderLora, dropoutNumbers, LoraParameters } from '../lora/index.ts'
import { parseModelConfig } from '../models/config.ts'
import type { TransformerModelConfig } from '../models/encode-tokens.ts'
import { ParameterInputs } from '../optim/index.ts'
import { installedDevices } from '../session/ort-session.ts'
import { randomNumbers } from '../testing/finite-differences.ts'
import { openGraph } from '../testing/run-graph.ts'
import { useSwiftShader } from '../testing/swiftshader.ts'
import { architectures, decoder, feedsOf, retrieval } from '../testing/tiny-training.ts'
import { backward } from './index.ts'

const available = installedDevices().includes('webgpu') && useSwiftShader()

/** Small operators on sizes, positions and masks, which onnxruntime keeps on the CPU. */
const smallOperators = new Set([
  'Cast',
  'Concat',
  'Equal',
  'Gather',
  'Less',
  'Range',
  'Reshape',
  'Shape',
  'Slice',
  'Squeeze',
  'Sub',
])

function trainingGraph(name: string): Graph {
  const [, json, pooling] = architectures.find(([architecture]) => architecture === name)!
  const g = new GraphBuilder()
  const parameters = new ParameterInputs()
  const loss = retrieval(g, parameters, parseModelConfig('test', json) as TransformerModelConfig, pooling)
  const { variables, tables } = backward(g, [[loss, g.scalar(1)]], parameters.parameters, parameters.tables)
  g.output('loss', loss)
  variables.forEach((gradient, index) => g.output(`gradient ${index}`, gradient))
  g.output('rows', tables[0]!.rows)
  return g.build()
}

function loraGraph(): { graph: Graph; noise: Readonly<Record<string, readonly number[]>> } {
  const g = new GraphBuilder()
  const lora = new LoraParameters(new ParameterInputs(), { ...decoderLora, rank: 2 }, { training: true })
  const loss = retrieval(
    g,
    lora,
    parseModelConfig('test', { model_type: 'qwen3', ...decoder }) as TransformerModelConfig,
    'mean',
  )
  const trained = lora.adapters.flatMap(({ a, b }) => [a, b])
  backward(g, [[loss, g.scalar(1)]], trained).variables.forEach((gradient, index) =>
    g.output(`gradient ${index}`, gradient),
  )
  const random = randomNumbers(6)
  const numbers = lora.noiseInputs.map(
    ({ name, kind, length }) => [name, [...dropoutNumbers(kind, length as number, random)]] as const,
  )
  return { graph: g.build(), noise: Object.fromEntries(numbers) }
}

async function compare(graph: Graph, noise: Readonly<Record<string, readonly number[]>> = {}): Promise<void> {
  const profiles = mkdtempSync(join(tmpdir(), 'profile-'))
  const feeds = { ...feedsOf(graph.inputs), ...noise }
  const [cpu, gpu] = [
    await openGraph(graph),
    await openGraph(graph, { device: 'webgpu', profile: join(profiles, 'run') }),
  ]
  const [expected, found] = [await cpu.run(feeds), await gpu.run(feeds)]
  await Promise.all([cpu.release(), gpu.release()])
  for (const [name, { values }] of Object.entries(expected)) {
    const difference = Math.hypot(...values.map((value, index) => value - found[name]!.values[index]!))
    expect(difference, name).toBeLessThan(2e-4 * Math.hypot(...values) + 1e-5)
  }
  const events = JSON.parse(readFileSync(join(profiles, readdirSync(profiles)[0]!), 'utf8')) as {
    args?: Record<string, string>
  }[]
  rmSync(profiles, { recursive: true })
  const onCpu = events
    .filter((event) => event.args?.['provider'] === 'CPUExecutionProvider')
    .map((event) => event.args!['op_name']!)
  expect([...new Set(onCpu)].filter((op) => !smallOperators.has(op))).toEqual([])
  expect(events.some((event) => event.args?.['provider'] === 'WebGpuExecutionProvider')).toBe(true)
}

describe.skipIf(!available)('training on WebGPU through SwiftShader', () => {
  // One model of each kind: compiling the shaders of a graph takes seconds here.
  it('bert has the gradients of the CPU', async () => compare(trainingGraph('bert')), 120_000)

  it('LoRA with dropout has the gradients of the CPU', async () => {
    const { graph, noise } = loraGraph()
    await compare(graph, noise)
  }, 120_000)
})
