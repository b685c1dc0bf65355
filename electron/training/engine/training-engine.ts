// What trains a stage: the weights with their gradients and moments, the graphs that run over them, and AdamW. All in one place, on the
// CPU or on a device.
import {
  AdamW,
  type AdamWSettings,
  MemoryMoments,
  type OptimizerKernel,
  type StepOptions,
} from '../../ml/optim/index.ts'
import { FileMoments } from '../../ml/checkpoint/file-moments.ts'
import { DeviceAdamW } from './device-adamw.ts'
import { DeviceMemory } from './device-memory.ts'
import type { EncoderPlan } from './encoder-plan.ts'
import { type GraphMemory, HostMemory } from './graph-memory.ts'
import { LayerWisePlan } from './layer-wise-plan.ts'
import { MonolithicPlan, WholeGraphPlan } from './monolithic-plan.ts'
import type { TrainableModel } from './trainable-model.ts'
import type { ResidentDevice } from './training-session.ts'

/** Where a stage is trained. */
export type EngineDevice = 'cpu' | ResidentDevice

/** What a checkpoint keeps of an optimizer, in this process's memory; written out before the next step, or filled. */
export type OptimizerState = Pick<AdamW, 'parameters' | 'moments' | 'resumeAfter'>

export interface TrainingEngine {
  readonly device: EngineDevice
  /** For graphs of the whole model. */
  readonly memory: GraphMemory
  readonly plan: EncoderPlan
  /** Forgets gradients, such as those of a step that was not finished. */
  clear(): void
  /** The gradients so far, in the order of the model's layout; to be read before the next run. */
  gradients(): Promise<Float32Array>
  /**
   * One AdamW step with the gradients so far, which are gone afterwards.
   *
   * @returns the norm of the gradient before clipping; NaN, and the weights as they were, when it is not finite
   */
  update(options: StepOptions): Promise<number>
  /** Brings the weights into the model's own buffer. */
  bringHome(): Promise<void>
  state(): Promise<OptimizerState>
  /** Goes on from the state that `fill` brings back. */
  restore(fill: (state: OptimizerState) => Promise<void>): Promise<void>
  release(): Promise<void>
}

export interface EngineSettings {
  readonly adamW: AdamWSettings
  readonly plan: EncoderPlan['name']
  readonly threads: number | undefined
  readonly kernels: OptimizerKernel
  /** For a file of the moments, where the plan keeps them out of memory. */
  readonly momentsFile: string
}

/** In this process: weights in the model's own buffer, operators on the CPU. */
export class CpuEngine implements TrainingEngine {
  readonly device = 'cpu'
  readonly memory: GraphMemory
  readonly plan: EncoderPlan
  readonly #fileMoments: FileMoments | undefined
  readonly #optimizer: AdamW

  /** @throws the system's error when there is no room for the moments */
  constructor(model: TrainableModel, { adamW, plan, threads, kernels, momentsFile }: EngineSettings) {
    // The plan that takes longer to save memory also keeps the moments elsewhere.
    if (plan === 'layer-wise') this.#fileMoments = new FileMoments(momentsFile, model.layout.length)
    this.#optimizer = new AdamW(model.layout, model.parameters, adamW, kernels, this.#fileMoments)
    const { gradients } = this.#optimizer
    this.memory = new HostMemory(model, gradients, threads)
    const Plan = plan === 'layer-wise' ? LayerWisePlan : MonolithicPlan
    this.plan = new Plan(model, gradients, { threads })
  }

  clear(): void {
    this.#optimizer.gradients.fill(0)
  }

  gradients(): Promise<Float32Array> {
    return Promise.resolve(this.#optimizer.gradients)
  }

  async update(options: StepOptions): Promise<number> {
    try {
      return this.#optimizer.step(options).gradientNorm
    } catch (error) {
      if (error instanceof Error && /not finite/.test(error.message)) return NaN
      throw error
    }
  }

  async bringHome(): Promise<void> {}

  state(): Promise<OptimizerState> {
    return Promise.resolve(this.#optimizer)
  }

  restore(fill: (state: OptimizerState) => Promise<void>): Promise<void> {
    return fill(this.#optimizer)
  }

  async release(): Promise<void> {
    await this.plan.release()
    this.#fileMoments?.[Symbol.dispose]()
  }
}

/** On a device, from the first step to the last: weights and moments come home for checkpoints and for the finished model only. */
export class DeviceEngine implements TrainingEngine {
  readonly device: ResidentDevice
  readonly memory: DeviceMemory
  readonly plan: EncoderPlan
  readonly #optimizer: DeviceAdamW

  /** @param groupElements see `DeviceMemory` */
  constructor(
    model: TrainableModel,
    device: ResidentDevice,
    { adamW }: Pick<EngineSettings, 'adamW'>,
    groupElements?: number,
  ) {
    this.device = device
    this.memory = new DeviceMemory(model, device, groupElements)
    this.plan = new WholeGraphPlan(this.memory)
    this.#optimizer = new DeviceAdamW(this.memory, adamW)
  }

  clear(): void {
    this.memory.gradients.clear()
  }

  gradients(): Promise<Float32Array> {
    return this.memory.flatGradients()
  }

  async update(options: StepOptions): Promise<number> {
    const norm = await this.#optimizer.step(options)
    return Number.isFinite(norm) ? norm : NaN
  }

  bringHome(): Promise<void> {
    return this.memory.bringHome()
  }

  async state(): Promise<OptimizerState> {
    await this.bringHome()
    const { parameters } = this.memory.model
    return { parameters, moments: await this.#optimizer.moments(), resumeAfter: () => {} }
  }

  async restore(fill: (state: OptimizerState) => Promise<void>): Promise<void> {
    const { parameters, layout } = this.memory.model
    const moments = new MemoryMoments(layout.length)
    let taken = 0
    await fill({ parameters, moments, resumeAfter: (steps) => (taken = steps) })
    this.memory.weights.clear()
    this.#optimizer.resumeAfter(taken, moments)
  }

  async release(): Promise<void> {
    await this.plan.release()
    await this.#optimizer.release()
    await this.memory.release()
  }
}
