import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'
import type { Decision, ReviewItem, ReviewNegative, ReviewProvenance, ReviewQueueRow } from '../contracts/curation.ts'
import type {
  DatasetRepository,
  FilterFrame,
  GenerationRepository,
  JudgeRepository,
  PairRecord,
  PairRepository,
  PairVoteRepository,
  ReviewLogRepository,
  ReviewQueueRepository,
  ShownNegative,
  StoredState,
  StoredVote,
  TrainingTextRepository,
} from '../storage/index.ts'
import type { TextPlaces } from './text-places.ts'

export interface ReviewItemParts {
  readonly pairs: PairRepository
  readonly texts: TrainingTextRepository
  readonly votes: PairVoteRepository
  readonly datasets: DatasetRepository
  readonly generations: GenerationRepository
  readonly judges: JudgeRepository
  readonly log: ReviewLogRepository
  readonly queue: ReviewQueueRepository
  readonly places: TextPlaces
}

const MOST_NEGATIVES = 8
const SHOWN_RANKS = 5

/**
 * Puts together what a judge sees of a pair. [Note: blind] Blind, everything that could sway the judge stays here, in the
 * services: what machines say until the judge has decided, what other persons say always; a view cannot show by mistake what
 * it never got. The passages that should not answer then come in the order of their letters, which tells nothing.
 */
export class ReviewItems {
  readonly #parts: ReviewItemParts

  constructor(parts: ReviewItemParts) {
    this.#parts = parts
  }

  /** @throws WorkbenchError NOT_FOUND. */
  item(pairId: number, frame: FilterFrame, { blind }: { blind: boolean }): ReviewItem {
    const { judges, log, queue, places } = this.#parts
    const pair = this.requirePair(pairId)
    const states = log.statesOf(pairId)
    const own = ofJudge(states, frame.judgeId, 0)
    const showsMachines = !blind || (own !== null && own.outcome !== null)
    const machines = new Set(showsMachines ? judges.idsOf('machine') : [])
    const resolutionId = judges.resolutionId()
    const negatives = queue
      .negativesOf(pairId, frame.miningId, MOST_NEGATIVES)
      .map((negative) => this.#negative(negative, states, frame.judgeId, { blind, resolutionId }))
    return {
      pairId,
      key: pair.key,
      intent: pair.intent,
      query: pair.query,
      synthetic: pair.generator !== 'import',
      hazards: places.document(pair.source.documentHash)?.hazards ?? [],
      positive: places.locate(pair.positive),
      source: places.locate(pair.source),
      negatives: blind ? negatives.toSorted((a, b) => (a.text < b.text ? -1 : 1)) : negatives,
      decision: own,
      provenance: showsMachines ? this.#provenance(pair, frame.filterId) : null,
      machines: showsMachines ? decisionsOn(states, 0).filter(({ judgeId }) => machines.has(judgeId)) : null,
      others: blind
        ? null
        : decisionsOn(states, 0).filter(
            ({ judgeId }) => judgeId !== frame.judgeId && judgeId !== resolutionId && !machines.has(judgeId),
          ),
      resolution: blind ? null : ofJudge(states, resolutionId, 0),
    }
  }

  row(pairId: number, frame: FilterFrame, { showsSuspects }: { showsSuspects: boolean }): ReviewQueueRow {
    const { openSuspects, hazards, ...row } = this.#parts.queue.row(pairId, frame)
    const state = this.#parts.log.state({ pairId, textId: 0, judgeId: frame.judgeId })
    return {
      ...row,
      hazards: [...hazards],
      decision: state ? toDecision(state) : null,
      openSuspects: showsSuspects ? openSuspects : null,
    }
  }

  /** @throws WorkbenchError NOT_FOUND. */
  requirePair(pairId: number): PairRecord {
    const pair = this.#parts.pairs.byId(pairId)
    if (!pair) throw new WorkbenchError('NOT_FOUND', said`There is no pair ${pairId} in this library.`)
    return pair
  }

  #negative(
    { textId, rank, score, suspect }: ShownNegative,
    states: readonly StoredState[],
    judgeId: number,
    { blind, resolutionId }: { blind: boolean; resolutionId: number },
  ): ReviewNegative {
    const others = decisionsOn(states, textId).filter(
      (state) => state.judgeId !== judgeId && state.judgeId !== resolutionId,
    )
    return {
      ...this.#parts.places.locate(this.#parts.texts.require(textId)),
      decision: ofJudge(states, judgeId, textId),
      mined: blind || rank === null || score === null ? null : { rank, score, suspect },
      others: blind ? null : others,
    }
  }

  #provenance(pair: PairRecord, filterId: number): ReviewProvenance {
    const { votes, datasets, generations } = this.#parts
    const { generator, model, details, promptHash, createdAt } = pair
    const decided = votes.decision(filterId, pair.id)
    const run = decided && votes.run(filterId)
    return {
      generator,
      model,
      method: details.method,
      task: details.task ?? null,
      attributes: { ...details.attributes },
      prompt: (promptHash === null ? undefined : generations.prompt(promptHash)) ?? null,
      createdAt,
      filter: decided && run ? { id: run.id, rule: run.rule, topN: run.topN, ...decided } : null,
      votes: votes.recordsOf(pair.id).map((vote) => this.#vote(vote, pair)),
      datasets: datasets.namesWith(pair.key),
    }
  }

  #vote({ retriever, version, ranking }: StoredVote, { source }: PairRecord): ReviewProvenance['votes'][number] {
    const isSource = ([documentHash, , passageHash]: StoredVote['ranking'][number]): boolean =>
      documentHash === source.documentHash && passageHash === source.passageHash
    const at = ranking.findIndex(isSource)
    return {
      retriever,
      version,
      sourceRank: at < 0 ? null : at + 1,
      ranking: ranking.slice(0, SHOWN_RANKS).map((text, index) => {
        const [documentHash, page, , score] = text
        const title = this.#parts.places.document(documentHash)?.title ?? ''
        return { rank: index + 1, score, documentHash, title, page, isSource: isSource(text) }
      }),
    }
  }
}

export function toDecision({ pairId: _pair, textId: _text, ...decision }: StoredState): Decision {
  return decision
}

function decisionsOn(states: readonly StoredState[], textId: number): Decision[] {
  return states.filter((state) => state.textId === textId).map(toDecision)
}

function ofJudge(states: readonly StoredState[], judgeId: number, textId: number): Decision | null {
  const state = states.find((one) => one.judgeId === judgeId && one.textId === textId)
  return state ? toDecision(state) : null
}
