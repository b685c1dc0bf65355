import * as v from 'valibot'
import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'
import type { ReviewDisagreement } from '../contracts/curation.ts'
import type {
  DisagreementPlace,
  DisagreementRepository,
  DisagreementSelection,
  JudgeRepository,
  PairRepository,
  ReviewLogRepository,
  TrainingTextRepository,
} from '../storage/index.ts'
import { toDecision } from './review-items.ts'

export interface DisagreementParts {
  readonly disagreements: DisagreementRepository
  readonly judges: JudgeRepository
  readonly log: ReviewLogRepository
  readonly pairs: PairRepository
  readonly texts: TrainingTextRepository
}

const storedPlace = v.pipe(v.string(), v.parseJson(), v.tuple([v.number(), v.number()]))

/** Where persons differ, with what each of them said: what adjudication works through. */
export function listDisagreements(
  parts: DisagreementParts,
  selection: DisagreementSelection,
  { after, limit }: { after: string | null; limit: number },
): { total: number; rows: ReviewDisagreement[]; next: string | null } {
  const place = after === null ? undefined : placeOf(after)
  const found = parts.disagreements.slice(selection, { after: place, limit })
  const last = found.at(-1)
  return {
    total: parts.disagreements.count(selection),
    rows: found.map((one) => describe(parts, one)),
    next: last && found.length === limit ? JSON.stringify([last.pairId, last.textId]) : null,
  }
}

function describe({ judges, log, pairs, texts }: DisagreementParts, place: DisagreementPlace): ReviewDisagreement {
  const pair = pairs.byId(place.pairId)!
  const text = place.textId === 0 ? pair.positive : texts.require(place.textId)
  const resolutionId = judges.resolutionId()
  const persons = new Set(judges.idsOf('person'))
  const states = log.statesOf(pair.id).filter(({ textId }) => textId === place.textId)
  const resolution = states.find(({ judgeId }) => judgeId === resolutionId)
  return {
    pairId: pair.id,
    textId: place.textId === 0 ? null : place.textId,
    intent: pair.intent,
    query: pair.query,
    text: text.text,
    title: text.title,
    page: text.page,
    decisions: states.filter(({ judgeId }) => persons.has(judgeId)).map(toDecision),
    resolution: resolution ? toDecision(resolution) : null,
  }
}

function placeOf(cursor: string): DisagreementPlace {
  const parsed = v.safeParse(storedPlace, cursor)
  if (parsed.success) return { pairId: parsed.output[0], textId: parsed.output[1] }
  throw new WorkbenchError('BAD_INPUT', said`"${cursor}" is no place in the list of disagreements. Leave "after" out.`)
}
