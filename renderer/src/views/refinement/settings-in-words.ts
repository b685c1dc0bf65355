import { count, percent } from '../../format/number.ts'
import { strings } from '../../strings/index.ts'
import type { RefinementDesk } from './refinement-desk.svelte.ts'
import { retrieverName } from './retriever-names.ts'
import { numbers, type RunSteps, type Step } from './run-steps.svelte.ts'

const words = strings.refinement.steps.with

/** How the next run of a step is set, in one or two sentences of plain words. */
export function settingsInWords(
  step: Step,
  desk: Pick<RefinementDesk, 'steps' | 'modelOf' | 'usualVoters' | 'usualMiner'>,
): string {
  const { steps } = desk
  if (step === 'synthesize') {
    const writer = steps.generator === 'cloze' ? words.cloze : words.openai(desk.modelOf(steps.generator) ?? '')
    const passages = steps.limit.trim() === '' ? words.everyPassage : words.upTo(count(Number(steps.limit)))
    return `${writer}, ${passages}, ${words.intents(steps.intents.length)}.`
  }
  if (step === 'filter') {
    const names = (steps.voters ?? desk.usualVoters).map(retrieverName)
    return `${words.rules[steps.rule](Number(steps.topN), names)}.`
  }
  const by = words.by(retrieverName(steps.miner ?? desk.usualMiner), steps.perQuery)
  return `${words.negatives[steps.kind](levelsInWords(steps))}; ${by}.`
}

function levelsInWords(steps: RunSteps): string {
  switch (steps.kind) {
    case 'percentage':
      return (numbers(steps.alphas) ?? []).map(percent).join(', ')
    case 'margin':
      return (numbers(steps.margins) ?? []).join(', ')
    case 'absolute':
      return steps.scores
    case 'rank':
      return steps.ranks
    case 'calibrated':
      return (numbers(steps.shares) ?? []).join(', ')
  }
}
