import {
  FILTER_VERDICTS,
  QUEUE_ORDERS,
  QUEUE_STATES,
  type QueueOrder,
  type ReviewFilter,
} from '../../../../electron/contracts/curation.ts'
import { INTENTS } from '../../../../electron/contracts/intents.ts'
import type { ParamChanges } from '../../state/router.svelte.ts'
import { strings } from '../../strings/index.ts'

type Params = Readonly<Record<string, string>>

/** The order where none was chosen: pairs from one page one after the other, so that it is read once. */
const USUAL_ORDER: QueueOrder = 'passage'

/** One filter as a person sees it, and the filters that are left when it is taken away. */
export interface ReviewFilterChip {
  readonly id: string
  readonly label: string
  readonly rest: ReviewFilter
}

const KEYS = [
  'state',
  'intents',
  'by',
  'verdict',
  'set',
  'package',
  'suspects',
  'hazards',
  'difficulty',
  'text',
] as const

/** The filters as they stand in the address; absent ones are taken out of it. `state=any` is every state. */
export function reviewFilterToParams(filter: ReviewFilter): ParamChanges {
  const text: Record<(typeof KEYS)[number], string | number | null | undefined> = {
    state: filter.state === undefined ? 'any' : filter.state === 'undecided' ? null : filter.state,
    intents: filter.intents?.join(','),
    by: filter.generators?.join(','),
    verdict: filter.filterVerdict,
    set: filter.dataset,
    package: filter.packageId,
    suspects: filter.suspects ? 1 : null,
    hazards: filter.hazards?.join(','),
    difficulty: filter.difficulties?.join(','),
    text: filter.text,
  }
  return Object.fromEntries(KEYS.map((key) => [key, text[key] ?? null]))
}

/** Reads what `reviewFilterToParams` writes; what is not understood is left out. Without a state: what waits for a decision. */
export function reviewFilterFromParams(params: Params): ReviewFilter {
  const packageId = Number(params['package'])
  return changeReviewFilter(
    {},
    {
      state: params['state'] === 'any' ? undefined : oneOf(QUEUE_STATES, params['state'], 'undecided'),
      intents: listOf(params['intents']).flatMap((name) => oneOf(INTENTS, name) ?? []),
      generators: listOf(params['by']),
      filterVerdict: oneOf(FILTER_VERDICTS, params['verdict']),
      dataset: params['set'],
      packageId: Number.isInteger(packageId) && packageId > 0 ? packageId : undefined,
      suspects: params['suspects'] === '1' ? true : undefined,
      hazards: listOf(params['hazards']),
      difficulties: listOf(params['difficulty']),
      text: params['text'] === '' ? undefined : params['text'],
    },
  )
}

export function orderFromParams(params: Params): QueueOrder {
  return oneOf(QUEUE_ORDERS, params['order']) ?? USUAL_ORDER
}

export function orderToParams(order: QueueOrder): ParamChanges {
  return { order: order === USUAL_ORDER ? null : order }
}

/** Filters with some of them set; `undefined` takes one away, and so does an empty list. */
export function changeReviewFilter(
  filter: ReviewFilter,
  change: { readonly [Key in keyof ReviewFilter]?: ReviewFilter[Key] | undefined },
): ReviewFilter {
  const next = Object.entries({ ...filter, ...change }).filter(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  )
  return Object.fromEntries(next) as ReviewFilter
}

/** Chips for what has no menu of its own in the head of the queue. */
export function reviewFilterChips(filter: ReviewFilter, packageName: (id: number) => string): ReviewFilterChip[] {
  const words = strings.review.filters
  const chips: ReviewFilterChip[] = []
  const add = (id: keyof ReviewFilter, label: string): void => {
    chips.push({ id, label, rest: changeReviewFilter(filter, { [id]: undefined }) })
  }
  if (filter.packageId !== undefined) add('packageId', packageName(filter.packageId))
  if (filter.suspects) add('suspects', words.suspects)
  if (filter.filterVerdict) add('filterVerdict', words.verdicts[filter.filterVerdict])
  if (filter.generators) add('generators', words.by(filter.generators.map(generatorName).join(', ')))
  if (filter.dataset !== undefined) add('dataset', words.inDataset(filter.dataset))
  if (filter.hazards) add('hazards', filter.hazards.map(hazardName).join(', '))
  if (filter.difficulties) add('difficulties', words.difficulty(filter.difficulties.join(', ')))
  if (filter.text !== undefined) add('text', words.containing(filter.text))
  return chips
}

/** Who wrote a pair, as people call it; an unknown name stays as it is. */
export function generatorName(id: string): string {
  const names: Readonly<Record<string, string>> = strings.review.generators
  return names[id] ?? id
}

export function hazardName(id: string): string {
  const names: Readonly<Record<string, string>> = strings.search.hazards
  return names[id] ?? id
}

/** How a search method is called; a model keeps its own name. */
export function retrieverName(id: string): string {
  const names: Readonly<Record<string, string>> = strings.review.retrievers
  return names[id] ?? id.replace(/^dense:/u, '')
}

function listOf(text: string | undefined): string[] {
  return text?.split(',').filter(Boolean) ?? []
}

function oneOf<Value extends string>(values: readonly Value[], text: string | undefined): Value | undefined
function oneOf<Value extends string>(values: readonly Value[], text: string | undefined, otherwise: Value): Value
function oneOf<Value extends string>(
  values: readonly Value[],
  text: string | undefined,
  otherwise?: Value,
): Value | undefined {
  return values.find((value) => value === text) ?? otherwise
}

/** A filter as a sentence's end: "not decided, Answer, kept by the filter"; for a dialog that acts on all of them. */
export function filterWords(filter: ReviewFilter, packageName: (id: number) => string): string {
  const words = strings.review.filters
  const parts = [
    words.states[filter.state ?? 'any'],
    ...(filter.intents ?? []).map((intent) => strings.search.intents[intent]),
    ...reviewFilterChips(filter, packageName).map(({ label }) => label),
  ]
  return parts.join(' · ')
}
