import { eventIterator, oc } from '@orpc/contract'
import * as v from 'valibot'
import { id } from './common.ts'
import { wording } from './wording.ts'

export const JOB_KINDS = [
  'index',
  'ocr',
  'embed',
  'backup',
  'synthesize',
  'filter',
  'mine',
  'rate',
  'train',
  'evaluate',
  'dev-set',
  'self-check',
] as const
export type JobKind = (typeof JOB_KINDS)[number]

export const JOB_STATES = ['queued', 'running', 'paused', 'done', 'failed', 'cancelled'] as const
export type JobState = (typeof JOB_STATES)[number]

/** One line of a job's progress card: "Read text, 61,480 of 148,200 pages". */
const stage = v.object({
  name: v.string(),
  nameWording: wording,
  unit: v.string(),
  done: v.number(),
  /** null while it is not known yet. */
  total: v.nullable(v.number()),
  /** Units per second over the last half minute. */
  rate: v.nullable(v.number()),
})
export type JobStage = v.InferOutput<typeof stage>

const job = v.object({
  id,
  kind: v.picklist(JOB_KINDS),
  title: v.string(),
  titleWording: wording,
  state: v.picklist(JOB_STATES),
  stages: v.array(stage),
  /** What it is working on now. */
  current: v.nullable(v.string()),
  /** Seconds left, smoothed; null while it cannot be told. */
  secondsLeft: v.nullable(v.number()),
  itemsFailed: v.number(),
  message: v.nullable(v.string()),
  messageWording: wording,
  pausable: v.boolean(),
  createdAt: v.number(),
  startedAt: v.nullable(v.number()),
  endedAt: v.nullable(v.number()),
})
export type Job = v.InferOutput<typeof job>

const jobEvent = v.object({
  id,
  at: v.number(),
  level: v.picklist(['info', 'warning', 'error']),
  text: v.string(),
  wording,
})
export type JobEvent = v.InferOutput<typeof jobEvent>

export const jobsContract = {
  list: oc.input(v.object({ limit: v.optional(v.number(), 100) })).output(v.array(job)),
  /** The unfinished jobs and those that ended in the last minute: once at the start, then on every change (at most 5 a second). */
  watch: oc.output(eventIterator(v.array(job))),
  events: oc.input(v.object({ id })).output(v.array(jobEvent)),
  pause: oc.input(v.object({ id })).output(job),
  resume: oc.input(v.object({ id })).output(job),
  cancel: oc.input(v.object({ id })).output(job),
}
