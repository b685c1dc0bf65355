import { describe, expect, it } from 'vitest'
import { checkGraph, GraphBuilder, type Value } from '../ir/index.ts'
import { linear, type ParameterSource } from '../nn/parameters.ts'
import { compareGradients, randomNumbers } from '../testing/finite-differences.ts'
import { runGraph } from '../testing/run-graph.ts'
import {
  adaptedLayers,
  decoderLora,
  dropout,
  dropoutNumbers,
  initialAdapterWeight,
  type LoraConfig,
  type LoraOptions,
  LoraParameters,
  mergeAdapter,
  parsePeftConfig,
  parsePeftName,
  peftConfig,
  peftName,
} from './index.ts'

const config: LoraConfig = { rank: 2, alpha: 6, dropout: 0, targets: ['q_proj', 'o_proj'] }
const [rows, width] = [5, 4]

function randomValues(count: number, seed: number): number[] {
  const random = randomNumbers(seed)
  return Array.from({ length: count }, () => Math.fround(random() - 0.5))
}

/** Base weights as graph inputs, by name. */
function inputs(): ParameterSource {
  const made = new Map<string, Value>()
  return {
    has: () => true,
    parameter(g, name, shape) {
      if (!made.has(name)) made.set(name, g.input(name, 'float32', shape))
      return made.get(name)!
    },
  }
}

/** Two layers with adapters around one without, applied twice, as in a graph that encodes queries and passages. */
function network(settings = config, options: LoraOptions = {}) {
  const g = new GraphBuilder()
  const x = g.input('x', 'float32', [rows, width])
  const parameters = new LoraParameters(inputs(), settings, options)
  const layer = (input: Value, name: string) =>
    linear({ g, parameters }, input, { name, inputs: width, outputs: width, bias: name === 'l.q_proj' })
  const encode = (input: Value) => layer(g.tanh(layer(g.tanh(layer(input, 'l.q_proj')), 'l.k_proj')), 'l.o_proj')
  const y = g.add(encode(x), encode(g.neg(x)))
  return { g, x, y, parameters }
}

const base = {
  x: randomValues(rows * width, 1),
  'l.q_proj.weight': randomValues(width * width, 2),
  'l.q_proj.bias': randomValues(width, 3),
  'l.k_proj.weight': randomValues(width * width, 4),
  'l.o_proj.weight': randomValues(width * width, 5),
}
const adapters = {
  'l.q_proj.lora_A.weight': randomValues(2 * width, 6),
  'l.q_proj.lora_B.weight': randomValues(2 * width, 7),
  'l.o_proj.lora_A.weight': randomValues(2 * width, 8),
  'l.o_proj.lora_B.weight': randomValues(2 * width, 9),
}

describe('LoraParameters', () => {
  it('puts adapters on the target layers, once per layer', () => {
    const { g, parameters } = network()
    expect(parameters.weights).toEqual([
      ['l.q_proj.lora_A.weight', [2, width]],
      ['l.q_proj.lora_B.weight', [width, 2]],
      ['l.o_proj.lora_A.weight', [2, width]],
      ['l.o_proj.lora_B.weight', [width, 2]],
    ])
    expect(g.inputs.filter((input) => input.name.includes('lora'))).toHaveLength(4)
    expect(parameters.noiseInputs).toEqual([])
  })

  it('leaves the model as it was while B is zero', async () => {
    const { g, y } = network()
    g.output('y', y)
    const zeros = Object.fromEntries(
      Object.entries(adapters).map(([name, values]) => [name, name.includes('lora_B') ? values.map(() => 0) : values]),
    )
    const plain = network({ ...config, targets: ['none_of_them'] })
    plain.g.output('y', plain.y)
    const [adapted, original] = [
      await runGraph(g.build(), { ...base, ...zeros }),
      await runGraph(plain.g.build(), base),
    ]
    adapted['y']!.values.forEach((value, index) => expect(value).toBeCloseTo(original['y']!.values[index]!, 6))
  })

  it('computes what the merged model computes', async () => {
    const { g, y } = network()
    g.output('y', y)
    const merged: Record<string, number[]> = { ...base }
    for (const name of ['l.q_proj', 'l.o_proj']) {
      const weight = Float32Array.from(merged[`${name}.weight`]!)
      const [a, b] = (['A', 'B'] as const).map((part) =>
        Float32Array.from(adapters[`${name}.lora_${part}.weight` as keyof typeof adapters]),
      )
      mergeAdapter({ weight, a: a!, b: b! }, config)
      merged[`${name}.weight`] = [...weight]
    }
    const plain = network({ ...config, targets: ['none_of_them'] })
    plain.g.output('y', plain.y)
    const [adapted, expected] = [
      await runGraph(g.build(), { ...base, ...adapters }),
      await runGraph(plain.g.build(), merged),
    ]
    adapted['y']!.values.forEach((value, index) => expect(value).toBeCloseTo(expected['y']!.values[index]!, 5))
  })

  it('has gradients that meet finite differences', async () => {
    const { g, y, parameters } = network()
    const variables = parameters.adapters.flatMap(({ a, b }) => [a, b])
    for (const { name, error } of await compareGradients(g, [y], variables, { ...base, ...adapters }))
      expect([name, error < 3e-4]).toEqual([name, true])
  })

  it('has gradients that meet finite differences with dropout on', async () => {
    const { g, y, parameters } = network({ ...config, dropout: 0.4 }, { training: true })
    checkGraph(g.build())
    const random = randomNumbers(4)
    const noise = Object.fromEntries(
      parameters.noiseInputs.map(({ name, kind, length }) => [
        name,
        [...dropoutNumbers(kind, length as number, random)],
      ]),
    )
    expect(Object.keys(noise)).toEqual(['dropout.rows.5', 'dropout.columns.4'])
    const variables = parameters.adapters.flatMap(({ a, b }) => [a, b])
    for (const { name, error } of await compareGradients(g, [y], variables, { ...base, ...adapters, ...noise }))
      expect([name, error < 3e-4]).toEqual([name, true])
  })

  it('adds to layers that the base replaces', () => {
    const g = new GraphBuilder()
    const x = g.input('x', 'float32', [rows, width])
    const replacing = {
      ...inputs(),
      linear: (builder: GraphBuilder, input: Value) => builder.scope('int8', () => builder.neg(input)),
    }
    const parameters = new LoraParameters(replacing, config)
    linear({ g, parameters }, x, { name: 'l.q_proj', inputs: width, outputs: width, bias: false })
    expect(g.nodes.map((node) => node.name)).toEqual(['int8/Neg', 'lora/Gemm', 'lora/Gemm_1', 'Add'])
  })

  it.each<[Partial<LoraConfig>, string]>([
    [{ rank: 0 }, 'the LoRA rank must be a whole number from 1, not 0'],
    [{ alpha: 0 }, 'LoRA alpha must be above 0'],
    [{ dropout: 1 }, 'LoRA dropout must be from 0 to below 1, not 1'],
    [{ targets: [] }, 'at least one target layer'],
  ])('refuses %o', (settings, message) => {
    expect(() => new LoraParameters(inputs(), { ...config, ...settings })).toThrow(message)
  })
})

describe('dropout', () => {
  const [count, columns, rate] = [200, 64, 0.1]

  async function masks(seed: number, salts: readonly number[]): Promise<readonly (readonly number[])[]> {
    const g = new GraphBuilder()
    const noise = { rows: g.input('rows', 'float32', [count]), columns: g.input('columns', 'float32', [columns]) }
    salts.forEach((salt) => g.output(`y${salt}`, dropout(g, g.fill([count, columns], 1), rate, noise, salt)))
    const random = randomNumbers(seed)
    const feeds = {
      rows: [...dropoutNumbers('rows', count, random)],
      columns: [...dropoutNumbers('columns', columns, random)],
    }
    const result = await runGraph(g.build(), feeds)
    return salts.map((salt) => result[`y${salt}`]!.values)
  }

  it('drops the share asked for and keeps the mean', async () => {
    const [values] = await masks(1, [1])
    const kept = values!.filter((value) => value !== 0)
    expect(kept.every((value) => Math.abs(value - 1 / 0.9) < 1e-6)).toBe(true)
    // 12,800 draws: the standard deviation of the share is 0.0027
    expect(Math.abs(1 - kept.length / values!.length - rate)).toBeLessThan(0.01)
  })

  it('drops rows, columns and layers independently', async () => {
    const [first, second] = (await masks(2, [1, 2])).map((values) => values.map((value) => (value === 0 ? 1 : 0)))
    const share = (pairs: readonly number[]) => pairs.reduce((sum, value) => sum + value, 0) / pairs.length
    const both = (a: readonly number[], b: readonly number[]) => share(a.map((value, index) => value * b[index]!))
    const at = (mask: readonly number[], row: number, column: number) =>
      mask[((row + count) % count) * columns + ((column + columns) % columns)]!
    const shifted = (mask: readonly number[], rowShift: number, columnShift: number) =>
      mask.map((_, index) => at(mask, Math.floor(index / columns) + rowShift, (index % columns) + columnShift))
    // two independent drops of 0.1 coincide in 0.01 of the places
    for (const other of [second!, shifted(first!, 1, 0), shifted(first!, 0, 1), shifted(first!, 3, 5)])
      expect(Math.abs(both(first!, other) - 0.01)).toBeLessThan(0.006)
  })

  it('repeats with the same numbers and changes with others', async () => {
    expect(await masks(3, [1])).toEqual(await masks(3, [1]))
    expect(await masks(3, [1])).not.toEqual(await masks(4, [1]))
  })

  it('is nothing at a rate of zero', () => {
    const g = new GraphBuilder()
    const x = g.input('x', 'float32', [2, 2])
    expect(dropout(g, x, 0, { rows: x, columns: x }, 1)).toBe(x)
  })
})

describe('adapter files', () => {
  it('start as peft starts: A small and uniform, B zero', () => {
    const a = initialAdapterWeight('l.q_proj.lora_A.weight', [2, 16], randomNumbers(1))
    expect(a).toHaveLength(32)
    expect(Math.max(...a.map(Math.abs))).toBeLessThanOrEqual(0.25)
    expect(Math.max(...a.map(Math.abs))).toBeGreaterThan(0.2)
    expect(
      initialAdapterWeight('l.q_proj.lora_B.weight', [16, 2], randomNumbers(1)).every((value) => value === 0),
    ).toBe(true)
  })

  it('have peft names, with and without the prefix of a language model', () => {
    const name = 'layers.0.self_attn.q_proj.lora_A.weight'
    expect(peftName(name)).toBe('base_model.model.layers.0.self_attn.q_proj.lora_A.weight')
    for (const written of [peftName(name), peftName(name, 'model.')])
      expect(parsePeftName(written)).toEqual({ layer: 'layers.0.self_attn.q_proj', part: 'A' })
    expect(parsePeftName('base_model.model.embed_tokens.weight')).toBeUndefined()
  })

  it('have a configuration that reads back', () => {
    expect(parsePeftConfig(JSON.parse(JSON.stringify(peftConfig(decoderLora, 'Qwen/Qwen3-0.6B'))))).toEqual(decoderLora)
  })

  it.each([
    [{ peft_type: 'IA3' }, 'adapter of type IA3'],
    [{ use_dora: true }, 'adapter with use_dora'],
    [{ rank_pattern: { q_proj: 8 } }, 'rank_pattern'],
    [{ target_modules: 'all-linear' }, 'a list target_modules'],
  ])('refuse %o', (change, message) => {
    expect(() => parsePeftConfig({ ...peftConfig(decoderLora, 'base'), ...change })).toThrow(message)
  })

  it('name the layers of a base model that have adapters', () => {
    const names = [
      'layers.0.self_attn.q_proj.weight',
      'layers.0.self_attn.q_proj.bias',
      'layers.0.mlp.up_proj.weight',
      'norm.weight',
    ]
    expect(adaptedLayers(config, names)).toEqual(['layers.0.self_attn.q_proj'])
  })

  it('refuse to merge an adapter of another size', () => {
    expect(() =>
      mergeAdapter({ weight: new Float32Array(12), a: new Float32Array(8), b: new Float32Array(8) }, config),
    ).toThrow('an adapter of 4 x 4 for a weight of 12 elements')
  })
})
