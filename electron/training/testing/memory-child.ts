// A step that needs more memory than this process may have: `node memory-child.ts MODEL_FOLDER MICROBATCH_TOKENS`, one JSON line.
import { openModelFolder } from '../../ml/session/model-folder.ts'
import { firstPositives } from '../engine/contrastive-batch.ts'
import { ContrastiveStep } from '../engine/contrastive-step.ts'
import { MonolithicPlan } from '../engine/monolithic-plan.ts'
import { TrainableModel } from '../engine/trainable-model.ts'

const [folder, tokens] = process.argv.slice(2) as [string, string]
const [QUERIES, LENGTH] = [16, 512]
const model = await TrainableModel.open(await openModelFolder(folder), { tuning: 'full', maxTokens: LENGTH, seed: 1 })
const gradients = new Float32Array(model.layout.length)
const objective = { temperature: 0.05, group: 2, negatives: 'in-batch' } as const
const microbatchTokens = Number(tokens)
const plan = new MonolithicPlan(model, gradients, { threads: 1 })
const step = new ContrastiveStep({ model, plan, objective, padId: 0, microbatchTokens, threads: 1 })
const texts = (count: number) => Array.from({ length: count }, () => new Array<number>(LENGTH).fill(1))
try {
  const { loss } = await step.run({
    queries: texts(QUERIES),
    passages: texts(2 * QUERIES),
    positives: firstPositives(QUERIES, objective),
    noiseSeed: 1,
  })
  console.log(JSON.stringify({ loss }))
} catch (error) {
  console.log(JSON.stringify({ code: (error as { code?: string }).code, message: (error as Error).message }))
}
