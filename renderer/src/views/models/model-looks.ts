import CircleAlert from '@lucide/svelte/icons/circle-alert'
import CircleCheck from '@lucide/svelte/icons/circle-check'
import CirclePause from '@lucide/svelte/icons/circle-pause'
import Clock from '@lucide/svelte/icons/clock'
import Info from '@lucide/svelte/icons/info'
import ListOrdered from '@lucide/svelte/icons/list-ordered'
import RefreshCw from '@lucide/svelte/icons/refresh-cw'
import Star from '@lucide/svelte/icons/star'
import TriangleAlert from '@lucide/svelte/icons/triangle-alert'
import type { Component } from 'svelte'
import type { Job } from '../../../../electron/contracts/jobs.ts'
import type { ModelCard } from '../../../../electron/contracts/models.ts'
import { count, roundCount } from '../../format/number.ts'
import { date, roughly } from '../../format/time.ts'
import { stageShare } from '../../state/jobs.svelte.ts'
import { strings } from '../../strings/index.ts'

const words = strings.models

export interface BadgeLook {
  readonly tone: 'neutral' | 'good' | 'bad' | 'accent'
  readonly icon: Component
  readonly label: string
}

/** The one badge of a card: what the model is to search. */
export function badgeOf(model: ModelCard, job: Job | undefined): BadgeLook | undefined {
  if (model.active) return { tone: 'good', icon: CircleCheck, label: words.inUse }
  if (model.state === 'missing') return { tone: 'bad', icon: CircleAlert, label: words.missing }
  if (job) return { tone: 'accent', icon: Star, label: words.candidate }
  if (model.previous) return { tone: 'neutral', icon: Clock, label: words.forRollBack }
  if (model.kind === 'cross-encoder') return { tone: 'neutral', icon: ListOrdered, label: words.reranker }
  return undefined
}

export interface IndexLook {
  readonly tone: 'good' | 'warn' | 'bad' | 'accent' | 'quiet'
  readonly icon: Component
  readonly text: string
  readonly figure: string
  /** 0 to 1. */
  readonly share: number
  readonly bar: 'running' | 'idle' | 'good' | 'warn'
}

/**
 * Where a model's index stands.
 * @param passages of the whole library, for models without an index
 */
export function indexLook(model: ModelCard, job: Job | undefined, passages: number): IndexLook {
  const { indexed } = model
  if (model.kind === 'cross-encoder')
    return { tone: 'quiet', icon: Info, text: words.index.notNeeded, figure: '', share: 0, bar: 'idle' }
  if (job) return jobLook(model, job)
  if (indexed === null) {
    const figure = words.index.toBuild(passages, roundCount(passages))
    return { tone: 'quiet', icon: Info, text: words.index.none, figure, share: 0, bar: 'idle' }
  }
  const { passages: done, total, complete } = indexed
  const share = total === 0 ? 1 : done / total
  const figure = words.index.of(roundCount(done), words.index.passages(total, roundCount(total)))
  if (!complete) return { tone: 'warn', icon: TriangleAlert, text: words.index.unfinished, figure, share, bar: 'warn' }
  const behind = Math.max(0, total - done)
  if (behind > 0) {
    const text = words.index.behind(behind, count(behind))
    return { tone: 'warn', icon: TriangleAlert, text, figure, share, bar: 'warn' }
  }
  const all = words.index.passages(done, roundCount(done))
  return { tone: 'good', icon: CircleCheck, text: words.index.ready, figure: all, share: 1, bar: 'good' }
}

function jobLook(model: ModelCard, job: Job): IndexLook {
  const [stage] = job.stages
  const total = stage?.total ?? model.indexed?.total ?? 0
  const done = stage?.done ?? model.indexed?.passages ?? 0
  const left = job.secondsLeft === null ? '' : `, ${strings.format.left(roughly(job.secondsLeft))}`
  const figure = words.index.of(roundCount(done), roundCount(total)) + (job.state === 'running' ? left : '')
  const share = stage ? stageShare(stage) : total === 0 ? 0 : done / total
  if (job.state === 'paused')
    return { tone: 'quiet', icon: CirclePause, text: words.index.paused, figure, share, bar: 'idle' }
  if (job.state === 'queued')
    return { tone: 'quiet', icon: Clock, text: words.index.waiting, figure, share, bar: 'idle' }
  const text = model.active ? words.index.updating : words.index.building
  return { tone: 'accent', icon: RefreshCw, text, figure, share, bar: 'running' }
}

/** 33M, 596M, 4.0B: as models are named. */
export function parameterCount(parameters: number): string {
  if (parameters >= 1e9) return `${(parameters / 1e9).toFixed(1)}B`
  return parameters >= 1e6 ? `${Math.round(parameters / 1e6)}M` : count(parameters)
}

/** The quiet line under a name: where it comes from, how large it is. */
export function subtitleOf(model: ModelCard): string {
  const { origin, addedAt, parameters, dimensions } = model
  const from =
    origin === 'built-in'
      ? words.origins['built-in']
      : addedAt === 0
        ? words.origins.unknown
        : words.origins[origin](date(addedAt))
  return [
    from,
    parameters > 0 ? words.parameters(parameterCount(parameters)) : '',
    dimensions > 0 ? words.numbers(count(dimensions)) : '',
  ]
    .filter((part) => part !== '')
    .join(', ')
}

/** Tokens a second on the device that the model uses; undefined before a measurement. */
export function speedOf(model: ModelCard): number | undefined {
  return model.devices.find(({ device }) => device === model.device)?.tokensPerSecond
}

/** The index holds every passage, so search may use it at once. */
export function isReady(model: ModelCard): boolean {
  return model.state === 'ready' && model.indexed?.complete === true
}

/** Indexed passages are fewer than the library has, and nothing is on its way. */
export function isBehind(model: ModelCard): boolean {
  const { indexed } = model
  return indexed !== null && indexed.jobId === null && indexed.passages < indexed.total
}

/** A device as people call it; one that is not known here keeps its name. */
export function deviceName(device: string): string {
  const names: Readonly<Record<string, string>> = strings.models.devices
  return names[device] ?? device
}

export function precisionName(precision: string): string {
  const names: Readonly<Record<string, string>> = strings.models.precisions
  return names[precision] ?? precision
}
