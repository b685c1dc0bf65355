import ArrowLeftRight from '@lucide/svelte/icons/arrow-left-right'
import CircleCheck from '@lucide/svelte/icons/circle-check'
import Eye from '@lucide/svelte/icons/eye'
import FlaskConical from '@lucide/svelte/icons/flask-conical'
import RefreshCw from '@lucide/svelte/icons/refresh-cw'
import Undo from '@lucide/svelte/icons/undo-2'
import type { Component } from 'svelte'
import type { Job } from '../../../../electron/contracts/jobs.ts'
import type { ModelCard } from '../../../../electron/contracts/models.ts'
import { percent } from '../../format/number.ts'
import { roughly } from '../../format/time.ts'
import { strings } from '../../strings/index.ts'
import { indexLook } from './model-looks.ts'

export interface PromotionStep {
  readonly id: 'tested' | 'built' | 'checked' | 'switched' | 'rollBack'
  readonly state: 'done' | 'running' | 'open'
  readonly icon: Component
  readonly title: string
  readonly text: string
}

const words = strings.models.promotion

/**
 * The way of a model into use.
 * @param against the model it takes the place of; undefined where search used keywords only
 * @param answers given in the blind comparison of the two
 */
export function promotionSteps(
  model: ModelCard,
  against: ModelCard | undefined,
  job: Job | undefined,
  answers: number,
): PromotionStep[] {
  const isBuilt = model.indexed?.complete === true && job === undefined
  const left = job?.state === 'running' && job.secondsLeft !== null ? roughly(job.secondsLeft) : ''
  const look = indexLook(model, job, 0)
  const built = isBuilt
    ? words.builtDone
    : job?.state === 'running'
      ? [percent(look.share), left === '' ? '' : strings.format.left(left)].filter((part) => part !== '').join(', ')
      : look.text
  const step = (
    id: PromotionStep['id'],
    state: PromotionStep['state'],
    icon: Component,
    title: string,
    text: string,
  ): PromotionStep => ({ id, state, icon: state === 'done' ? CircleCheck : icon, title, text })
  const switches = model.indexed?.switches === true ? words.switchHint : words.switchWaits
  return [
    step('tested', model.quality ? 'done' : 'open', FlaskConical, words.tested, qualityText(model, against)),
    step('built', isBuilt ? 'done' : job ? 'running' : 'open', RefreshCw, words.built, built),
    step(
      'checked',
      answers > 0 ? 'done' : 'open',
      Eye,
      words.checked,
      answers > 0 ? words.answers(answers) : words.checkedHint,
    ),
    step(
      'switched',
      model.active ? 'done' : 'open',
      ArrowLeftRight,
      words.switched,
      model.active ? words.switchDone : switches,
    ),
    step('rollBack', 'open', Undo, words.rollBack, against ? words.rollBackHint : words.rollBackNone),
  ]
}

/** "+1.1 on scifact" against the other model on the same set, else the value itself. */
function qualityText({ id, quality }: ModelCard, against: ModelCard | undefined): string {
  if (quality === null) return words.notTested
  const other = against?.id === id ? null : against?.quality
  if (!other || other.dataset !== quality.dataset)
    return words.better((quality.value * 100).toFixed(1), quality.dataset)
  const difference = (quality.value - other.value) * 100
  return words.better(signed(difference), quality.dataset)
}

/** +1.1, −0.4, 0.0, with a real minus sign. */
export function signed(value: number, digits = 1): string {
  const figure = Math.abs(value).toFixed(digits)
  if (Number(figure) === 0) return figure
  return `${value < 0 ? '−' : '+'}${figure}`
}
