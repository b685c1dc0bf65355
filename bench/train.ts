/**
 * One training step of the 33 M shape (MiniLM-L12: 8 queries of 32 tokens, 16 passages of 128, fp32), in turns with Debian's PyTorch on the
 * same machine, the optimizer's share of it, and the peak memory of both plans, before and after the first step of AdamW, whose moments
 * (8 bytes a weight) the layer-wise plan keeps in a file as runs do: `node bench/train.ts [rounds]`.
 * Random weights: the time does not depend on them. Ratios come from runs back to back; other work on the machine only slows one down, so
 * the best of each side counts.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openModelFolder } from '../electron/ml/session/model-folder.ts'
import { adamWDefaults } from '../electron/ml/optim/index.ts'
import { seededRandom } from '../electron/platform/seeded-random.ts'
import { firstPositives } from '../electron/training/engine/contrastive-batch.ts'
import { ContrastiveStep } from '../electron/training/engine/contrastive-step.ts'
import { TrainableModel } from '../electron/training/engine/trainable-model.ts'
import { writeRandomWeights } from '../electron/training/output/random-model.ts'
import { CpuEngine } from '../electron/training/engine/training-engine.ts'
import { loadKernels } from '../native/index.ts'
import { printTable } from './support/measure.ts'

const CONFIG = {
  model_type: 'bert',
  hidden_size: 384,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 1536,
  vocab_size: 30_522,
  max_position_embeddings: 512,
}
const THREADS = Math.min(2, availableParallelism())
const STEPS_A_ROUND = 3
/** All of the step's texts at once, and half of its passages. */
const MICROBATCH_TOKENS = { monolithic: 8 * 32 + 16 * 128, 'layer-wise': 8 * 128 } as const
const PYTHON = process.platform === 'linux' ? '/usr/bin/python3' : 'python3'
const self = fileURLToPath(import.meta.url)

/** What a child process reports. */
interface Measured {
  readonly steps: readonly number[]
  readonly optimizer: readonly number[]
  /** Most memory of the whole process while it computed gradients, and while it trained. */
  readonly gradientMiB: number
  readonly peakMiB: number
}

const [mode, folder] = process.argv.slice(2)
if (mode === 'monolithic' || mode === 'layer-wise') process.stdout.write(JSON.stringify(await measure(mode, folder!)))
else await compare(Number(mode ?? 2))

async function compare(rounds: number): Promise<void> {
  const model = mkdtempSync(join(tmpdir(), 'dmr-bench-'))
  try {
    await writeRandomWeights(model, CONFIG, 1)
    const ours: Measured[] = []
    const pytorch: number[] = []
    for (let round = 0; round < rounds; round++) {
      ours.push(child('monolithic', model))
      pytorch.push(...pytorchSteps())
    }
    const layerWise = child('layer-wise', model)
    const best = (values: readonly number[]) => Math.min(...values)
    const step = best(ours.flatMap(({ steps }) => steps))
    const optimizer = best(ours.flatMap((measured) => measured.optimizer))
    const reference = pytorch.length > 0 ? best(pytorch) : NaN
    const cell = (value: number, digits = 0) => (Number.isNaN(value) ? '-' : value.toFixed(digits))
    printTable(
      ['', 'ms a step', 'times as fast as PyTorch', 'optimizer share, %', 'peak MiB, gradients', 'peak MiB, training'],
      [
        ['PyTorch', cell(reference), '1', '-', '-', '-'],
        [
          'monolithic',
          cell(step),
          cell(reference / step, 2),
          cell((100 * optimizer) / step, 1),
          cell(best(ours.map(({ gradientMiB }) => gradientMiB))),
          cell(best(ours.map(({ peakMiB }) => peakMiB))),
        ],
        [
          'layer-wise',
          cell(best(layerWise.steps)),
          cell(reference / best(layerWise.steps), 2),
          cell((100 * best(layerWise.optimizer)) / best(layerWise.steps), 1),
          cell(layerWise.gradientMiB),
          cell(layerWise.peakMiB),
        ],
      ],
    )
  } finally {
    rmSync(model, { recursive: true })
  }
}

async function measure(planName: 'monolithic' | 'layer-wise', path: string): Promise<Measured> {
  const model = await TrainableModel.open(await openModelFolder(path), { tuning: 'full', maxTokens: 512, seed: 1 })
  const kernels = await loadKernels({ threads: THREADS })
  const settings = { adamW: adamWDefaults, threads: THREADS, kernels, momentsFile: join(path, 'moments') }
  const engine = new CpuEngine(model, { ...settings, plan: planName })
  const objective = { temperature: 0.01, group: 2, negatives: 'in-batch' } as const
  const random = seededRandom(1)
  const rows = (count: number, tokens: number) =>
    Array.from({ length: count }, () => Array.from({ length: tokens }, () => Math.floor(random() * CONFIG.vocab_size)))
  const batch = {
    queries: rows(8, 32),
    passages: rows(16, 128),
    positives: firstPositives(8, objective),
    noiseSeed: 1,
  }
  const microbatchTokens = MICROBATCH_TOKENS[planName]
  const step = new ContrastiveStep({
    model,
    plan: engine.plan,
    objective,
    padId: 0,
    microbatchTokens,
    threads: THREADS,
  })
  const measured = { steps: [] as number[], optimizer: [] as number[] }
  const peakMiB = () => process.resourceUsage().maxRSS / 1024
  await step.run(batch) // loads the graphs
  const gradientMiB = peakMiB()
  await engine.update({ learningRate: 1e-5, maxNorm: 1 })
  for (let i = 0; i < STEPS_A_ROUND; i++) {
    const started = performance.now()
    await step.run(batch)
    const computed = performance.now()
    await engine.update({ learningRate: 1e-5, maxNorm: 1 })
    const ended = performance.now()
    measured.steps.push(ended - started)
    measured.optimizer.push(ended - computed)
  }
  return { ...measured, gradientMiB, peakMiB: peakMiB() }
}

function child(plan: 'monolithic' | 'layer-wise', model: string): Measured {
  const { stdout, status, stderr } = spawnSync(process.execPath, [self, plan, model], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the ${plan} plan failed: ${stderr}`)
  return JSON.parse(stdout) as Measured
}

/** Milliseconds of PyTorch's steps, the first left out; none where PyTorch is not installed. */
function pytorchSteps(): number[] {
  const script = fileURLToPath(new URL('train/pytorch-minilm.py', import.meta.url))
  const { stdout, status, stderr } = spawnSync(PYTHON, [script, String(STEPS_A_ROUND + 1), String(THREADS)], {
    encoding: 'utf8',
  })
  if (status === 0) return stdout.trim().split('\n').map(Number).slice(1)
  console.log(`skipped: PyTorch (${stderr.trim().split('\n').at(-1)})`)
  return []
}
