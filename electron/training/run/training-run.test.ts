import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TypescriptKernels } from '../../../native/typescript-kernels.ts'
import { Encoder } from '../../ml/session/encoder.ts'
import { modelFixture } from '../../ml/testing/model-fixtures.ts'
import { readDataSets } from '../data/examples.ts'
import { ndcg10, tinyRecipe, writeTinyData } from '../testing/tiny-run.ts'
import { TRAINING_ERROR } from '../training-error.ts'
import type { TrainingEvent } from './events.ts'
import { Paused, RunControl } from './run-control.ts'
import { runTraining, type RunOptions } from './training-run.ts'

let root = ''
let data = ''
let more = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dmr-run-'))
  data = await writeTinyData(join(root, 'data'))
  more = await writeTinyData(join(root, 'more'), 200)
})
afterAll(() => rm(root, { recursive: true, force: true }))

function options(name: string, changes: Partial<RunOptions> = {}): RunOptions & { readonly events: TrainingEvent[] } {
  const events: TrainingEvent[] = []
  return {
    recipe: tinyRecipe('bert'),
    folder: join(root, name),
    data,
    measure: ndcg10,
    kernels: new TypescriptKernels(),
    control: new RunControl(),
    emit: (event) => events.push(event),
    ...changes,
    events,
  }
}

const steps = (events: readonly TrainingEvent[]) => events.filter((event) => event.kind === 'step')

describe('a finished run', () => {
  it('learns, and its folder gives the metric that was reported when it is imported again', async () => {
    const [contrastive] = tinyRecipe('bert').stages
    const stages = [{ ...contrastive!, epochs: 12, learningRate: 2e-2 }]
    const recipe = tinyRecipe('bert', { stages, saveEvery: 50, dev: { share: 0.2, queries: 500, every: 20 } })
    const run = options('finished', { data: more, recipe })
    const result = await runTraining(run)
    const evaluations = run.events.filter((event) => event.kind === 'evaluation')
    expect(result.bestMetric!).toBeGreaterThan(evaluations[0]!.ndcg + 0.05)
    expect(result.bestMetric).toBe(Math.max(...evaluations.map(({ ndcg }) => ndcg)))

    // The same dev queries, by the encoder that search uses.
    await using encoder = await Encoder.open(result.model, { device: 'cpu' })
    const [set] = await readDataSets(more)
    const dev = await devQueriesOf(run)
    const pool = [...new Set(set!.examples.flatMap(({ positives, negatives }) => [...positives, ...negatives]))]
    const passages = await encoder.encode(pool, { kind: 'passage' })
    const queries = await encoder.encode(
      dev.map(({ query }) => query),
      { kind: 'query' },
    )
    const width = encoder.dimensions
    const dot = (q: number, p: number) =>
      queries.subarray(q * width, (q + 1) * width).reduce((sum, x, i) => sum + x * passages[p * width + i]!, 0)
    const values = dev.map(({ positives }, q) => {
      const ranked = pool.map((text, p) => ({ text, score: dot(q, p) })).sort((a, b) => b.score - a.score)
      return ndcg10(
        new Set(positives),
        ranked.slice(0, 10).map(({ text }) => text),
      )
    })
    expect(values.reduce((a, b) => a + b) / values.length).toBeCloseTo(result.bestMetric!, 5)
  })

  it('cuts texts at the longest input of its model where that is below the recipe’s', async () => {
    const long = join(root, 'long')
    await mkdir(long)
    const line = (i: number) => ({ query: `shelter ${i}`, pos: [`water ${i} `.repeat(60)], neg: [`fuel ${i}`] })
    await writeFile(join(long, 'QA.jsonl'), Array.from({ length: 24 }, (_, i) => JSON.stringify(line(i))).join('\n'))
    const [contrastive] = tinyRecipe('bert').stages
    const recipe = tinyRecipe('bert', { stages: [{ ...contrastive!, maxSteps: 2 }], maxTokens: 512 })
    // The fixture reads 24 tokens at most.
    const run = options('positions', { data: long, recipe, model: modelFixture('bert') })
    expect((await runTraining(run)).steps).toBe(2)
    const note = run.events.find((event) => event.kind === 'note')
    expect(note?.text).toMatch(/^\d+ texts are longer than 24 tokens and were cut\.$/)
  })

  it('comes with an ONNX graph that any runtime can run', async () => {
    const file = join(root, 'finished', 'model', 'model.onnx')
    const session = await InferenceSession.create(file)
    const ids = new Tensor('int64', BigInt64Array.of(2n, 7n, 3n), [1, 3])
    const mask = new Tensor('int64', BigInt64Array.of(1n, 1n, 1n), [1, 3])
    const { sentence_embedding: vector } = await session.run({ input_ids: ids, attention_mask: mask })
    expect(vector!.dims).toEqual([1, 16])
    await session.release()
  })

  it('says in its card what it was made from', async () => {
    const card = await readFile(join(root, 'finished', 'model', 'README.md'), 'utf8')
    for (const part of ['| contrastive | ', '| QA | 200 |', '"learningRate": 0.02', 'model.safetensors'])
      expect(card).toContain(part)
  })

  it('a decoder goes through all three stages, and the loss of the first falls', async () => {
    const run = options('decoder', { recipe: tinyRecipe('qwen3') })
    const result = await runTraining(run)
    const losses = steps(run.events)
      .filter(({ stage }) => stage === 0)
      .map(({ loss }) => loss)
    expect(losses.at(-1)!).toBeLessThan(losses[0]! - 0.05)
    const config = JSON.parse(await readFile(join(result.model, 'config.json'), 'utf8')) as Record<string, unknown>
    expect(config['is_causal']).toBe(false)
    expect(run.events.some((event) => event.kind === 'gate')).toBe(true)
  })
})

describe('an interrupted run', () => {
  it('pauses with a checkpoint and goes on to the same losses', async () => {
    const whole = options('whole')
    await runTraining(whole)
    const control = new RunControl()
    const first = options('paused', { control })
    const emit = first.emit
    const pausing: RunOptions = {
      ...first,
      emit(event) {
        emit(event)
        if (event.kind === 'step' && event.step === 3) control.request('pause')
      },
    }
    await expect(runTraining(pausing)).rejects.toThrow(Paused)
    const second = options('paused')
    await runTraining(second)
    const losses = (events: readonly TrainingEvent[]) => steps(events).map(({ loss }) => loss)
    expect([...losses(first.events), ...losses(second.events)]).toEqual(losses(whole.events))
  })

  it('stops early and keeps the best model', async () => {
    const control = new RunControl()
    const run = options('stopped', { control })
    const emit = run.emit
    const result = await runTraining({
      ...run,
      emit(event) {
        emit(event)
        if (event.kind === 'step' && event.step === 5) control.request('finish')
      },
    })
    expect(steps(run.events)).toHaveLength(5)
    const best = run.events.filter((event) => event.kind === 'evaluation').map(({ ndcg }) => ndcg)
    expect(result.bestMetric).toBe(Math.max(...best))
  })

  it('refuses the checkpoint of another model or other data', async () => {
    const control = new RunControl()
    control.request('pause')
    await expect(runTraining(options('own', { control }))).rejects.toThrow(Paused)
    const refused = async (changes: Partial<RunOptions>, what: string) =>
      expect(runTraining(options('own', changes))).rejects.toMatchObject({
        code: TRAINING_ERROR.checkpoint,
        message: expect.stringContaining(`belongs to another ${what}`) as string,
      })
    await refused({ data: more }, 'data')
    await refused({ model: modelFixture('bert') }, 'model')
    await refused({ recipe: tinyRecipe('bert', { maxTokens: 16 }) }, 'recipe')
  })

  it('refuses a damaged checkpoint by the name of the file', async () => {
    const control = new RunControl()
    control.request('pause')
    const run = options('damaged', { control })
    await expect(runTraining(run)).rejects.toThrow(Paused)
    const folder = join(run.folder, 'checkpoint')
    const file = (await readdir(folder)).find((name) => name.startsWith('weights'))!
    await writeFile(join(folder, file), 'x')
    await expect(runTraining(options('damaged'))).rejects.toThrow(`${file}: its content is not what was written`)
  })

  it('stops at a loss that is not finite, names the batch and keeps the checkpoint before it', async () => {
    const stages = tinyRecipe('bert')
      .stages.slice(0, 1)
      .map((stage) => ({ ...stage, learningRate: 1e30, warmup: 0 }))
    const run = options('nan', { recipe: tinyRecipe('bert', { stages }) })
    await expect(runTraining(run)).rejects.toMatchObject({
      code: TRAINING_ERROR.nan,
      message: expect.stringMatching(/step \d+ in stage contrastive is not finite \(data set QA, examples/) as string,
    })
    const kept = JSON.parse(await readFile(join(run.folder, 'checkpoint', 'manifest.json'), 'utf8')) as {
      state: { step: number }
    }
    // The step that failed is reported as well, so that a chart shows where it was.
    const last = steps(run.events).at(-1)!
    expect(Number.isFinite(last.loss) && Number.isFinite(last.gradientNorm)).toBe(false)
    expect(kept.state.step).toBe(last.step - 1)
  })
})

it('rolls a level back that makes the dev set worse', async () => {
  const [contrastive, instruction] = tinyRecipe('bert').stages
  const stages = [contrastive!, { ...instruction!, learningRate: 0.5, maxNorm: 100 }]
  const run = options('gated', { recipe: tinyRecipe('bert', { stages: stages as never }) })
  const result = await runTraining(run)
  expect(run.events.find((event) => event.kind === 'gate')).toMatchObject({ passed: false })
  const weights = (path: string) => readFile(join(root, 'gated', path, 'model.safetensors'))
  expect(await weights('model')).toEqual(await weights('stages/1'))
  expect(result.bestMetric).toBeGreaterThan(0)
})

/** Examples that were held out: those the sampler never saw are the ones the dev set has. */
async function devQueriesOf({ recipe }: RunOptions) {
  const { splitDevSet } = await import('../data/dev-set.ts')
  const [set] = await readDataSets(more)
  // Text numbers of queries are handed out in order, each with its passages after it, as tokenizeDataSets does.
  const numbers = new Map<string, number>()
  const numberOf = (text: string) => numbers.get(text) ?? (numbers.set(text, numbers.size), numbers.size - 1)
  const examples = set!.examples.map((example) => ({
    query: numberOf(example.query),
    queryText: example.query,
    positives: example.positives.map(numberOf),
    negatives: example.negatives.map(numberOf),
    intent: example.intent,
    scores: undefined,
  }))
  const texts = { count: 0, row: () => [] }
  const { dev } = splitDevSet(
    { sets: [{ name: 'QA', examples }], texts, truncated: 0 },
    { ...recipe.dev, seed: recipe.seed },
  )
  const names = new Map([...numbers].map(([text, number]) => [number, text]))
  return dev.queries.map(({ query, relevant }) => ({
    query: names.get(query)!,
    positives: [...relevant].map((number) => names.get(number)!),
  }))
}
