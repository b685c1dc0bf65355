// Where a stage stands, on disk: everything that decides what the next step computes.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CheckpointError, commitCheckpoint, readCheckpoint } from '../../ml/checkpoint/manifest.ts'
import {
  type MomentPaths,
  readFlat,
  readMoments,
  writeFlat,
  writeMoments,
} from '../../ml/checkpoint/optimizer-state.ts'
import type { ParameterLayout } from '../../ml/optim/index.ts'
import type { DevScores } from '../data/dev-set.ts'
import type { EngineDevice, OptimizerState } from '../engine/training-engine.ts'
import { TRAINING_ERROR, TrainingError } from '../training-error.ts'

export interface BestSoFar {
  readonly step: number
  readonly scores: DevScores
}

export interface StageState {
  /** Number of the stage in the run, from 0. */
  readonly stage: number
  /** Steps taken. */
  readonly step: number
  /** Dev scores before the stage's first step. */
  readonly baseline: DevScores | null
  readonly best: BestSoFar | null
  readonly evaluationsWithoutBest: number
  /** Step of the last evaluation, -1 before the first. */
  readonly evaluated: number
  /** Where it is trained; left out before it was decided. */
  readonly device?: EngineDevice
}

export const startOf = (stage: number): StageState => ({
  stage,
  step: 0,
  baseline: null,
  best: null,
  evaluationsWithoutBest: 0,
  evaluated: -1,
})

/** What a checkpoint must have in common with the run that resumes it. */
export type BelongsTo = Readonly<Record<'recipe' | 'model' | 'data', string>>

const fileNames = ({ stage, step }: Pick<StageState, 'stage' | 'step'>) => ({
  weights: `weights-${stage}-${step}.safetensors`,
  m: `adam-m-${stage}-${step}.safetensors`,
  v: `adam-v-${stage}-${step}.safetensors`,
  best: `best-${stage}-${step}.safetensors`,
})

/** The checkpoint folder of one run. */
export class CheckpointStore {
  readonly folder: string
  readonly belongsTo: BelongsTo

  constructor(folder: string, belongsTo: BelongsTo) {
    this.folder = folder
    this.belongsTo = belongsTo
  }

  /** Where the run stands; undefined before its first checkpoint. @throws TrainingError `TRAINING_CHECKPOINT` */
  async read(): Promise<StageState | undefined> {
    try {
      return (await readCheckpoint<StageState>(this.folder, this.belongsTo))?.state
    } catch (error) {
      if (error instanceof CheckpointError)
        throw new TrainingError(TRAINING_ERROR.checkpoint, error.message, { cause: error })
      throw error
    }
  }

  /** Brings weights and moments back to where `state` says. */
  async restore(state: StageState, layout: ParameterLayout, optimizer: OptimizerState): Promise<void> {
    if (state.step === 0) return
    const names = fileNames(state)
    await readFlat(join(this.folder, names.weights), layout, optimizer.parameters)
    await readMoments(this.#momentPaths(names), layout, optimizer.moments)
    optimizer.resumeAfter(state.step)
  }

  /** Keeps the weights as the best of the stage so far; they count from the next `save` on. */
  async keepBest(state: StageState, layout: ParameterLayout, parameters: Float32Array): Promise<void> {
    await this.#write(() => writeFlat(join(this.folder, fileNames(state).best), layout, parameters))
  }

  async restoreBest({ stage, best }: StageState, layout: ParameterLayout, parameters: Float32Array): Promise<void> {
    if (best && best.step > 0)
      await readFlat(join(this.folder, fileNames({ stage, step: best.step }).best), layout, parameters)
  }

  async save(state: StageState, layout: ParameterLayout, optimizer: OptimizerState): Promise<void> {
    const names = fileNames(state)
    await this.#write(async () => {
      await writeFlat(join(this.folder, names.weights), layout, optimizer.parameters)
      await writeMoments(this.#momentPaths(names), layout, optimizer.moments)
      const best = state.best && state.best.step > 0 ? [fileNames({ ...state, step: state.best.step }).best] : []
      await commitCheckpoint(this.folder, [names.weights, names.m, names.v, ...best], this.belongsTo, state)
    })
  }

  /** Says that everything before `stage` is done. */
  async beginStage(stage: number): Promise<void> {
    await this.#write(() => commitCheckpoint(this.folder, [], this.belongsTo, startOf(stage)))
  }

  #momentPaths({ m, v }: MomentPaths): MomentPaths {
    return { m: join(this.folder, m), v: join(this.folder, v) }
  }

  async #write(action: () => Promise<void>): Promise<void> {
    await writingTo(this.folder, async () => {
      await mkdir(this.folder, { recursive: true })
      await action()
    })
  }
}

/** Runs an action that writes. @throws TrainingError `TRAINING_DISK` when the disk is full; what was there before is untouched */
export async function writingTo<T>(folder: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')))
      throw error
    throw new TrainingError(
      TRAINING_ERROR.disk,
      `${folder}: the disk is full. The last checkpoint is intact: free some space and resume the run.`,
      { cause: error },
    )
  }
}
