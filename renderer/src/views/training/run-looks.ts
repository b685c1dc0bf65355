import CircleAlert from '@lucide/svelte/icons/circle-alert'
import CircleCheck from '@lucide/svelte/icons/circle-check'
import CirclePause from '@lucide/svelte/icons/circle-pause'
import Clock from '@lucide/svelte/icons/clock'
import Play from '@lucide/svelte/icons/play'
import RotateCcw from '@lucide/svelte/icons/rotate-ccw'
import TriangleAlert from '@lucide/svelte/icons/triangle-alert'
import type { Component } from 'svelte'
import type {
  PlannedTrainingStage,
  TrainingRun,
  TrainingRunStage,
  TrainingRunState,
} from '../../../../electron/contracts/training.ts'
import { count } from '../../format/number.ts'
import { strings } from '../../strings/index.ts'

const words = strings.training

export interface RunLook {
  readonly tone: 'neutral' | 'good' | 'warn' | 'bad' | 'accent'
  readonly icon: Component
  readonly label: string
}

const STATES = {
  waiting: { tone: 'neutral', icon: Clock },
  running: { tone: 'accent', icon: Play },
  paused: { tone: 'neutral', icon: CirclePause },
  interrupted: { tone: 'warn', icon: TriangleAlert },
  failed: { tone: 'bad', icon: CircleAlert },
  done: { tone: 'neutral', icon: CircleCheck },
} as const satisfies Record<TrainingRunState, Omit<RunLook, 'label'>>

/** The badge of a run. @param modelInUse id of the model that search uses */
export function runLook({ state, modelId }: TrainingRun, modelInUse: string | null): RunLook {
  if (modelId !== null && modelId === modelInUse) return { tone: 'good', icon: CircleCheck, label: words.inUse }
  return { ...STATES[state], label: words.states[state] }
}

const STAGE_STATES = {
  waiting: { tone: 'neutral', icon: Clock },
  running: { tone: 'accent', icon: Play },
  done: { tone: 'good', icon: CircleCheck },
  'rolled-back': { tone: 'warn', icon: RotateCcw },
} as const satisfies Record<TrainingRunStage['state'], Omit<RunLook, 'label'>>

/** @param run a stage under way stands still with its run */
export function stageLook({ state }: TrainingRunStage, run: TrainingRun): RunLook {
  if (state === 'running' && run.state !== 'running')
    return { tone: 'neutral', icon: CirclePause, label: words.plan.held }
  return { ...STAGE_STATES[state], label: words.plan.states[state] }
}

/** "Negatives 0.75": what a stage does, in the words of the view. */
export function stageName({ kind, alpha }: Pick<PlannedTrainingStage, 'kind' | 'alpha'>): string {
  return alpha === null ? words.stages[kind] : words.level(String(alpha))
}

/** A line of the log, its stages named as the view names them: "Began Negatives 0.75" and not "Began instruction-0.75". */
export function logText(text: string, stages: readonly PlannedTrainingStage[]): string {
  return stages.reduce((line, stage) => {
    const name = stage.name.replaceAll('.', '\\.')
    return line.replace(new RegExp(`\\b${name}\\b(?!\\.?\\d)`, 'g'), stageName(stage))
  }, text)
}

/** True for a run that pause and stop mean something to. */
export function isActive({ state }: TrainingRun): boolean {
  return state === 'running' || state === 'waiting'
}

/** "1,075 of 2,000": steps of a stage or run, as far as they are known. */
export function stepsText(done: number, total: number | null): string {
  return total === null ? count(done) : strings.format.of(count(done), count(total))
}

/** 0 to 1; 0 while the number of steps is not known. */
export function shareOfSteps(done: number, total: number | null): number {
  return total === null || total === 0 ? 0 : Math.min(1, done / total)
}

/** Where a run stands, with stages that are not opened yet at their planned size. */
export function runShare({ state, step, totalSteps }: TrainingRun): number {
  return state === 'done' ? 1 : shareOfSteps(step, totalSteps)
}

/** The same of a stage that is only known by its name, such as `instruction-0.65`. */
export function plannedName(name: string): string {
  const level = /^instruction-(.+)$/u.exec(name)?.[1]
  if (level !== undefined) return words.level(level)
  return name in words.stages ? words.stages[name as keyof typeof words.stages] : name
}

/** Data as people know it: the sample library has a name in every language. */
export function dataName(data: string): string {
  return data === 'sample-library' ? strings.trainingSheet.sampleName : data
}
