// Does a run that goes on from its checkpoint take exactly the step that an uninterrupted one takes?
import { createHash } from 'node:crypto'
import { AdamW, adamWDefaults, MOMENTS, type OptimizerKernel } from '../../ml/optim/index.ts'
import { firstPositives } from '../engine/contrastive-batch.ts'
import { ContrastiveStep } from '../engine/contrastive-step.ts'
import { MonolithicPlan } from '../engine/monolithic-plan.ts'
import type { TrainableModel } from '../engine/trainable-model.ts'
import { CheckpointStore, startOf } from '../run/stage-checkpoint.ts'
import { probeTexts } from './probe-model.ts'

export interface RoundTrip {
  /** Whether loss, weights and moments after the second step are the same to the last bit. */
  readonly isExact: boolean
  readonly losses: readonly [uninterrupted: number, resumed: number]
  /** Trained weights, each with its two moments. */
  readonly weights: number
}

const OBJECTIVE = { temperature: 0.05, group: 2, negatives: 'in-batch' } as const
const QUERIES = 4

/**
 * Takes a step, keeps a checkpoint, takes another; then forgets everything, reads the checkpoint and takes the second step again.
 *
 * @param model is trained by it
 * @param folder for the checkpoint: 12 bytes a trained weight, deleted by the caller
 */
export async function compareResumed(
  model: TrainableModel,
  folder: string,
  kernels: OptimizerKernel,
  threads?: number,
): Promise<RoundTrip> {
  const { layout, parameters } = model
  const store = new CheckpointStore(folder, { recipe: 'self-check', model: model.folder.name, data: 'random' })
  const state = { ...startOf(0), step: 1 }
  // A trainer each, of which nothing outlives its part: gradients and moments are three times the model.
  const train = async <T>(work: (trainer: Trainer) => Promise<T>): Promise<T> => {
    const trainer = new Trainer(model, kernels, threads)
    return work(trainer).finally(() => trainer.release())
  }
  const uninterrupted = await train(async (trainer) => {
    await trainer.step(1)
    await store.save(state, layout, trainer.optimizer)
    return trainer.step(2)
  })
  parameters.fill(0)
  const resumed = await train(async (trainer) => {
    await store.restore(state, layout, trainer.optimizer)
    return trainer.step(2)
  })
  return {
    isExact: uninterrupted.loss === resumed.loss && uninterrupted.hash === resumed.hash,
    losses: [uninterrupted.loss, resumed.loss],
    weights: layout.length,
  }
}

/** As much of a run as has a state. */
class Trainer {
  readonly optimizer: AdamW
  readonly #model: TrainableModel
  readonly #plan: MonolithicPlan
  readonly #step: ContrastiveStep

  constructor(model: TrainableModel, kernels: OptimizerKernel, threads: number | undefined) {
    this.#model = model
    this.optimizer = new AdamW(model.layout, model.parameters, adamWDefaults, kernels)
    const { gradients } = this.optimizer
    this.#plan = new MonolithicPlan(model, gradients, { threads })
    const options = { objective: OBJECTIVE, padId: 0, microbatchTokens: 4096, threads }
    this.#step = new ContrastiveStep({ model, plan: this.#plan, ...options })
  }

  /** @returns the loss, and a hash of weights and moments after the step */
  async step(number: number): Promise<{ readonly loss: number; readonly hash: string }> {
    const { loss } = await this.#step.run({
      queries: probeTexts(this.#model, QUERIES, 10 * number),
      passages: probeTexts(this.#model, QUERIES * OBJECTIVE.group, 10 * number + 1),
      positives: firstPositives(QUERIES, OBJECTIVE),
      noiseSeed: number,
    })
    this.optimizer.step({ learningRate: 1e-3, maxNorm: 1 })
    const { moments } = this.optimizer
    const kept = MOMENTS.map((moment) => moments.read(moment, 0, moments.length))
    const hash = createHash('sha256')
    for (const { buffer, byteOffset, byteLength } of [this.#model.parameters, ...kept])
      hash.update(new Uint8Array(buffer, byteOffset, byteLength))
    return { loss, hash: hash.digest('hex') }
  }

  async release(): Promise<void> {
    await this.#step.release()
    await this.#plan.release()
  }
}
