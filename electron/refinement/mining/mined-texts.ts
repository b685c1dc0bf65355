import type { Database } from 'better-sqlite3'
import type { Intent } from '../../contracts/intents.ts'
import type { MinedPair, PairRecord, PairVoteRepository, TrainingTextRepository } from '../../storage/index.ts'
import type { MinedQuery, MiningQuery } from '../hard-negatives.ts'
import type { PassagePool, PooledPassage } from '../passage-pool.ts'
import { nearestSentence, saysTheSame } from './sentence-texts.ts'

/** Their pairs are of sentences; see {@link nearestSentence}. */
const SENTENCE_INTENTS: ReadonlySet<Intent> = new Set(['Twitter', 'NLI', 'STS'])

/** Turns what was mined for a pair into what is stored: texts with their places, and the levels that keep each. */
export class MinedTexts {
  readonly #pool: PassagePool
  readonly #votes: PairVoteRepository
  readonly #trainingTexts: TrainingTextRepository
  readonly #textOf: (passageId: number) => string | undefined

  constructor(
    deps: { readonly db: Database; readonly votes: PairVoteRepository; readonly trainingTexts: TrainingTextRepository },
    pool: PassagePool,
  ) {
    this.#pool = pool
    this.#votes = deps.votes
    this.#trainingTexts = deps.trainingTexts
    const read = deps.db.prepare<[number], string>('SELECT text FROM passage WHERE id = ?').pluck()
    this.#textOf = (passageId) => read.get(passageId)
  }

  /** Adds the texts; call inside the transaction that stores the pair. */
  toStored(pair: PairRecord, query: MiningQuery, mined: MinedQuery): MinedPair {
    const levels = new Map<string, number>()
    mined.levels.forEach(({ negatives }, level) =>
      negatives.forEach(({ passageId }) => levels.set(passageId, (levels.get(passageId) ?? 0) | (1 << level))),
    )
    const suspects = new Set([...mined.suspects.map(({ passageId }) => passageId), ...this.#agreed(pair)])
    const negatives = query.candidates.flatMap(({ passageId, score }, i) => {
      const kept = levels.get(passageId) ?? 0
      const suspect = suspects.has(passageId)
      const passage = this.#pool.get(Number(passageId))
      if ((kept === 0 && !suspect) || !passage) return []
      const textId = this.#negativeText(pair, passage)
      return textId === undefined ? [] : [{ textId, rank: i + 1, score, levels: kept, suspect }]
    })
    return { pairId: pair.id, positiveScore: query.positive.score, negatives }
  }

  /** The passage that every voter puts first, where that is not the source: the other models take it for the answer. */
  #agreed(pair: PairRecord): string[] {
    const rankings = [...this.#votes.ofPair(pair.id).values()]
    if (rankings.length < 2) return []
    const source = this.#pool.find(pair.source)
    const firsts = rankings.map(
      ([first]) => first && this.#pool.find({ documentHash: first[0], passageHash: first[2] }),
    )
    const [agreed] = firsts
    const isAgreed = agreed !== undefined && firsts.every((first) => first?.clusterId === agreed.clusterId)
    return isAgreed && agreed.clusterId !== source?.clusterId ? [String(agreed.id)] : []
  }

  /** @returns undefined when the passage is gone, or when its sentence says what the pair says. */
  #negativeText(pair: PairRecord, passage: PooledPassage): number | undefined {
    const whole = this.#textOf(passage.id)
    if (whole === undefined) return undefined
    const bySentence = SENTENCE_INTENTS.has(pair.intent) && pair.positive.id !== pair.source.id
    const text = bySentence ? nearestSentence(whole, pair.query) : whole
    if (text === undefined || saysTheSame(text, pair.positive.text) || saysTheSame(text, pair.query)) return undefined
    const { documentHash, title, page, pageEnd, passageHash } = passage
    return this.#trainingTexts.add({ text, documentHash, title, page, pageEnd, passageHash })
  }
}
