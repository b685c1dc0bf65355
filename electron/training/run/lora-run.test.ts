// A decoder trained through adapters: what is written, what it computes, and what it scores when it is imported again.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TypescriptKernels } from '../../../native/typescript-kernels.ts'
import { openSafetensors, readTensor } from '../../ml/checkpoint/safetensors.ts'
import { mergeAdapter, parsePeftConfig, parsePeftName } from '../../ml/lora/index.ts'
import { openModelFolder } from '../../ml/session/model-folder.ts'
import { loadTokenizer } from '../../ml/tokenizer/load-tokenizer.ts'
import { evaluateDevSet } from '../data/dev-set.ts'
import { MonolithicPlan } from '../engine/monolithic-plan.ts'
import { TrainableModel } from '../engine/trainable-model.ts'
import { parseRecipe, type Recipe } from '../recipe.ts'
import { ndcg10, tinyRecipe, writeTinyData } from '../testing/tiny-run.ts'
import { RunControl } from './run-control.ts'
import { prepareRun, runTraining, type RunOptions } from './training-run.ts'

let root = ''
let options: RunOptions
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dmr-lora-run-'))
  options = {
    recipe: loraRecipe(),
    folder: join(root, 'run'),
    data: await writeTinyData(join(root, 'data'), 160),
    measure: ndcg10,
    kernels: new TypescriptKernels(),
    control: new RunControl(),
    emit: () => {},
  }
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** The recipe's "auto" means adapters for decoders; here by hand, with a rank that fits the size. */
function loraRecipe(): Recipe {
  const tiny = tinyRecipe('qwen3')
  const tuning = { rank: 4, alpha: 8, dropout: 0.1 }
  const stages = [{ kind: 'contrastive', tuning, batch: 16, temperature: 0.05, learningRate: 3e-2, epochs: 8 }]
  const settings = { name: 'lora', description: '', model: tiny.model, maxTokens: 32, microbatchTokens: 512 }
  return parseRecipe('lora', JSON.stringify({ ...settings, dev: { share: 0.25, every: 16 }, stages }))
}

it('trains adapters only, saves them as peft does, and merges them into a model that scores the same', async () => {
  const result = await runTraining(options)
  const adapter = join(result.model, 'adapter')

  const json = JSON.parse(await readFile(join(adapter, 'adapter_config.json'), 'utf8')) as Record<string, unknown>
  const config = parsePeftConfig(json)
  expect(json).toMatchObject({ peft_type: 'LORA', r: 4, lora_alpha: 8, lora_dropout: 0.1, bias: 'none' })
  expect(config.targets).toContain('gate_proj')

  const { tensors: saved } = await openSafetensors(join(adapter, 'adapter_model.safetensors'))
  expect(saved.size).toBe(2 * 7 * 2) // layers x projections x (A and B)
  expect(saved.get('base_model.model.layers.0.self_attn.q_proj.lora_A.weight')!.shape).toEqual([4, 16])
  expect(saved.get('base_model.model.layers.1.mlp.down_proj.lora_B.weight')!.shape).toEqual([16, 4])
  const bs = await Promise.all(
    [...saved].filter(([name]) => name.includes('lora_B')).map(([, entry]) => readTensor(entry)),
  )
  expect(bs.every((values) => values.some((value) => value !== 0))).toBe(true)

  // Base + adapters = merged, by the files alone; whatever has no adapter is untouched.
  const base = await openSafetensors(join(options.folder, 'base', 'model.safetensors'))
  const merged = await openSafetensors(join(result.model, 'model.safetensors'))
  const layers = new Map<string, Partial<Record<'A' | 'B', Float32Array>>>()
  for (const [name, entry] of saved) {
    const { layer, part } = parsePeftName(name)!
    layers.set(layer, { ...layers.get(layer), [part]: await readTensor(entry) })
  }
  for (const [name, entry] of base.tensors) {
    const weight = await readTensor(entry)
    const { A: a, B: b } = layers.get(name.replace(/\.weight$/, '')) ?? {}
    if (a && b) mergeAdapter({ weight, a, b }, config)
    expect([name, await readTensor(merged.tensors.get(name)!)]).toEqual([name, weight])
  }

  // The merged folder, opened anew as a whole model, has the dev score that the run reported with adapters.
  const { prepared } = await prepareRun(options)
  const folder = await openModelFolder(result.model)
  const model = await TrainableModel.open(folder, { tuning: 'full', maxTokens: 32, seed: 1 })
  const plan = new MonolithicPlan(model, new Float32Array(0))
  const { padId } = await loadTokenizer(folder.root)
  const { scores } = await evaluateDevSet(prepared.dev, {
    plan,
    dimensions: model.dimensions,
    texts: prepared.texts,
    padId,
    microbatchTokens: 512,
    measure: ndcg10,
  })
  await plan.release()
  expect(scores.queries).toBe(40)
  expect(scores.mean).toBeCloseTo(result.bestMetric!, 5)
}, 60_000)
