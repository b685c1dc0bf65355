// The backward pass of whole models, from token ids to the loss, against finite differences along directions.

import { describe, expect, it } from 'vitest'
import { checkGraph, GraphBuilder, type Value } from '../ir/index.ts'
import { decoderLora, LoraParameters } from '../lora/index.ts'
import { maskedNextTokenLoss } from '../losses/index.ts'
import { parseModelConfig } from '../models/config.ts'
import { languageModelLogits } from '../models/decoder.ts'
import { declareInputs } from '../models/encoder-inputs.ts'
import { encodeTokens, type TransformerModelConfig } from '../models/encode-tokens.ts'
import { addRows, ParameterInputs } from '../optim/index.ts'
import { randomNumbers } from '../testing/finite-differences.ts'
import { type Feeds, type GraphRunner, openGraph } from '../testing/run-graph.ts'
import { architectures, decoder, feedsOf, retrieval, sequence } from '../testing/tiny-training.ts'
import { backward } from './index.ts'

interface Step {
  readonly runner: GraphRunner
  readonly forward: GraphRunner
  readonly feeds: Feeds
  /** Weights that are trained, by name. */
  readonly weights: Readonly<Record<string, readonly number[]>>
}

async function stepOf(
  g: GraphBuilder,
  loss: Value,
  trained: readonly Value[],
  tables: readonly Value[],
): Promise<Step> {
  g.output('loss', loss)
  const forward = await openGraph(g.build())
  const { variables, tables: rowGradients } = backward(g, [[loss, g.scalar(1)]], trained, tables)
  variables.forEach((gradient, index) => g.output(`gradient:${trained[index]!.name}`, gradient))
  rowGradients.forEach(({ indices, rows }, index) => {
    g.output(`indices:${tables[index]!.name}`, indices)
    g.output(`rows:${tables[index]!.name}`, rows)
  })
  const graph = g.build()
  checkGraph(graph)
  const feeds = feedsOf(graph.inputs)
  const weights = Object.fromEntries([...trained, ...tables].map(({ name }) => [name, feeds[name]!]))
  return { runner: await openGraph(graph), forward, feeds, weights }
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, index) => sum + value * b[index]!, 0)

/** For each weight tensor: the slope of the loss along a random direction, by the gradient and by differences of the loss. */
async function expectSlopes({ runner, forward, feeds, weights }: Step): Promise<void> {
  const result = await runner.run(feeds)
  const random = randomNumbers(9)
  const scale = Math.max(...Object.values(result).flatMap(({ values }) => values.map(Math.abs)))
  expect(scale).toBeLessThan(1e3)
  for (const [name, values] of Object.entries(weights)) {
    const gradient =
      result[`gradient:${name}`]?.values ??
      denseGradient(values.length, result[`indices:${name}`]!.values, result[`rows:${name}`]!)
    const size = Math.hypot(...gradient)
    // half along the gradient, where the slope is largest, half anywhere, where a wrong component shows
    const direction = gradient.map((value) => value / (size || 1) + (random() - 0.5) * (2 / Math.sqrt(gradient.length)))
    const lossAt = async (step: number) =>
      (await forward.run({ ...feeds, [name]: values.map((value, index) => value + step * direction[index]!) }))['loss']!
        .values[0]!
    const slope = async (h: number) => ((await lossAt(h)) - (await lossAt(-h))) / (2 * h)
    const numeric = (4 * (await slope(1 / 128)) - (await slope(1 / 64))) / 3
    expect(
      Math.abs(numeric - dot(gradient, direction)),
      `${name}: ${dot(gradient, direction)} is not ${numeric}`,
    ).toBeLessThan(5e-3 * size + 3e-4)
  }
  await runner.release()
  await forward.release()
}

function denseGradient(
  length: number,
  indices: readonly number[],
  rows: { readonly shape: readonly number[]; readonly values: readonly number[] },
): readonly number[] {
  const dense = new Float32Array(length)
  addRows(dense, rows.shape[1]!, indices, Float32Array.from(rows.values))
  return [...dense]
}

describe('gradients of whole models', () => {
  it.each(architectures)('%s', async (_, json, pooling) => {
    const config = parseModelConfig('test', json) as TransformerModelConfig
    const g = new GraphBuilder()
    const parameters = new ParameterInputs()
    const loss = retrieval(g, parameters, config, pooling)
    expect(parameters.tables).toHaveLength(1)
    await expectSlopes(await stepOf(g, loss, parameters.parameters, parameters.tables))
  })

  it('qwen3 with LoRA: adapters only, the base is frozen', async () => {
    const config = parseModelConfig('test', { model_type: 'qwen3', ...decoder }) as TransformerModelConfig
    const g = new GraphBuilder()
    const base = new ParameterInputs()
    const lora = new LoraParameters(base, { ...decoderLora, rank: 2, alpha: 4, dropout: 0 })
    const loss = retrieval(g, lora, config, 'mean')
    const trained = lora.adapters.flatMap(({ a, b }) => [a, b])
    expect(trained).toHaveLength(2 * 7 * 2)
    const before = g.nodes.length
    const step = await stepOf(g, loss, trained, [])
    const frozen = new Set(base.all)
    const added = g.nodes.slice(before)
    // a frozen weight is read to pass gradients on, but nothing is computed for it: no product gives a tensor of its shape but the adapters'
    expect(added.some((node) => node.op === 'ScatterElements')).toBe(false)
    expect(added.some((node) => node.inputs.some((value) => value && frozen.has(value)))).toBe(true)
    await expectSlopes(step)
  })

  it('masked next-token prediction with a tied head', async () => {
    const config = parseModelConfig('test', { model_type: 'qwen3', ...decoder, tie_word_embeddings: true })
    if (config.family !== 'decoder') throw new Error('not a decoder')
    const g = new GraphBuilder()
    const parameters = new ParameterInputs()
    const network = { g, parameters }
    const hidden = encodeTokens(network, config, declareInputs(g, { batch: 2, sequence }), 'bidirectional')
    const masked = {
      rows: g.vector([0, 2, 7]),
      labels: g.vector([3, 3, 11]),
      weights: g.constant('float32', [3], [1, 1, 1]),
    }
    const loss = maskedNextTokenLoss(g, hidden, masked, (rows) => languageModelLogits(network, config, rows))
    expect(parameters.tables).toEqual([]) // the table is the head as well
    await expectSlopes(await stepOf(g, loss, parameters.parameters, []))
  })
})
