// What a run will cost, from three real steps of every stage.
import type { EngineDevice } from '../engine/training-engine.ts'
import type { RecipeStage } from '../recipe.ts'
import { startOf, writingTo } from './stage-checkpoint.ts'
import { openStage, type PreparedRun } from './training-run.ts'

export interface StageEstimate {
  readonly name: string
  readonly steps: number
  /** Texts that one step embeds. */
  readonly textsPerStep: number
  readonly tokensPerStep: number
  readonly secondsPerStep: number
  /** Seconds of all steps; dev evaluations come on top. */
  readonly seconds: number
  readonly trainedParameters: number
  /** Where the steps were taken. */
  readonly device: EngineDevice
}

export interface RunEstimate {
  readonly stages: readonly StageEstimate[]
  readonly seconds: number
  /** Most memory this process held so far, bytes. */
  readonly peakMemoryBytes: number
}

const REHEARSED_STEPS = 3

/** Measures every stage with the run's first model: later stages have the same shape. */
export function estimateRun(run: PreparedRun): Promise<RunEstimate> {
  return writingTo(run.options.folder, () => rehearseStages(run))
}

async function rehearseStages(run: PreparedRun): Promise<RunEstimate> {
  const stages: StageEstimate[] = []
  for (const [index, { name, settings }] of run.stages.entries()) {
    const { trainer, model } = await openStage({ ...run, fromBase: true }, index, startOf(index))
    const { steps } = trainer
    const { seconds, tokens } = await trainer.rehearse(Math.min(REHEARSED_STEPS, steps))
    stages.push({
      name,
      steps,
      textsPerStep: textsPerStep(settings),
      tokensPerStep: tokens,
      secondsPerStep: seconds,
      seconds: seconds * steps,
      trainedParameters: model.layout.length,
      device: trainer.device,
    })
  }
  return {
    stages,
    seconds: stages.reduce((sum, stage) => sum + stage.seconds, 0),
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  }
}

function textsPerStep(settings: RecipeStage): number {
  return settings.kind === 'adaptation' ? settings.batch : settings.batch * (2 + settings.negatives)
}
