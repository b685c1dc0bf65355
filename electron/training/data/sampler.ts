// Which examples make up which step: a pure function of the seed and the step's number.
//
// [Note: no sampler state] Every random choice is drawn from a generator seeded by the run's seed and the place where the choice is made.
// A checkpoint therefore needs the number of the next step and nothing else to go on with exactly the same batches.
import { falseNegatives, type RetrievalObjective } from '../../ml/losses/index.ts'
import { seededRandom } from '../../platform/seeded-random.ts'
import { type ContrastiveBatch, firstPositives } from '../engine/contrastive-batch.ts'
import { TRAINING_ERROR, TrainingError } from '../training-error.ts'
import type { TokenizedData, TokenizedExample, TokenizedSet } from './tokenized-data.ts'

export interface SamplerOptions {
  readonly batch: number
  readonly objective: RetrievalObjective
  readonly seed: number
}

/** A batch by its place in the data. */
export interface BatchPlace {
  readonly set: TokenizedSet
  readonly examples: readonly number[]
}

/** Mixes numbers into one seed; close inputs give unrelated seeds. */
export function mixSeed(...parts: readonly number[]): number {
  let hash = 0x811c9dc5
  for (const part of parts) hash = Math.imul(hash ^ part, 0x01000193) ^ Math.imul(part + 0x9e3779b9, 0x85ebca6b)
  return hash >>> 0
}

/** Cuts the data into batches that each come from one data set, in an order of their own every epoch. */
export class Sampler {
  readonly stepsPerEpoch: number
  readonly #data: TokenizedData
  readonly #options: SamplerOptions
  #epoch: { readonly number: number; readonly places: readonly BatchPlace[] } | undefined

  /**
   * @throws TrainingError `TRAINING_DATA` for a data set that is too small, or that lacks negatives which the objective needs
   */
  constructor(data: TokenizedData, options: SamplerOptions) {
    this.#data = data
    this.#options = options
    for (const set of data.sets) checkSet(set, options.objective)
    this.stepsPerEpoch = this.#placesOf(0).length
  }

  /** The batch of step `step`, counted from 1. */
  place(step: number): BatchPlace {
    const epoch = Math.floor((step - 1) / this.stepsPerEpoch)
    if (this.#epoch?.number !== epoch) this.#epoch = { number: epoch, places: this.#placesOf(epoch) }
    return this.#epoch.places[(step - 1) % this.stepsPerEpoch]!
  }

  /** Texts of a step: one positive drawn at random a query, negatives drawn with repetition where there are too few. */
  batch(step: number): ContrastiveBatch {
    const { objective, seed } = this.#options
    const { set, examples } = this.place(step)
    const random = seededRandom(mixSeed(seed, step, 1))
    const chosen = examples.map((index) => set.examples[index]!)
    const drawn = chosen.map((example) => this.#draw(example, set, random))
    const passages = drawn.flatMap(({ positive, negatives }) => [positive.text, ...negatives.map(({ text }) => text)])
    const { row } = this.#data.texts
    const excluded = objective.negatives === 'in-batch' ? falseNegativesOf(chosen, passages, objective) : undefined
    const scores = objective.distillation
      ? drawn.flatMap(({ positive, negatives }) => [positive.score, ...negatives.map(({ score }) => score)])
      : undefined
    return {
      queries: chosen.map(({ query }) => row(query)),
      passages: passages.map(row),
      positives: firstPositives(chosen.length, objective),
      ...(excluded ? { excluded } : {}),
      ...(scores ? { teacherScores: Float32Array.from(scores) } : {}),
      noiseSeed: mixSeed(seed, step, 2),
    }
  }

  #draw(example: TokenizedExample, set: TokenizedSet, random: () => number) {
    const { positives, negatives, scores } = example
    const pick = (count: number) => Math.floor(random() * count)
    const p = pick(positives.length)
    const wanted = this.#options.objective.group - 1
    const order = sample(negatives.length, wanted, random)
    const taken = order.map((n) => ({ text: negatives[n]!, score: scores?.negatives[n] ?? 0 }))
    while (taken.length < wanted) {
      if (negatives.length > 0) {
        const n = pick(negatives.length)
        taken.push({ text: negatives[n]!, score: scores?.negatives[n] ?? 0 })
      } else {
        // In-batch training of a set without negatives: passages of its other examples fill the groups.
        taken.push({ text: set.examples[pick(set.examples.length)]!.positives[0]!, score: 0 })
      }
    }
    return { positive: { text: positives[p]!, score: scores?.positives[p] ?? 0 }, negatives: taken }
  }

  #placesOf(epoch: number): readonly BatchPlace[] {
    const { batch, seed } = this.#options
    const places: BatchPlace[] = []
    for (const [number, set] of this.#data.sets.entries()) {
      const order = shuffle(set.examples.length, seededRandom(mixSeed(seed, epoch, number, 3)))
      const size = Math.min(batch, order.length)
      // What is left over at the end of an epoch would make a step of another size; the next epoch has another order.
      for (let at = 0; at + size <= order.length; at += size) places.push({ set, examples: order.slice(at, at + size) })
    }
    const order = shuffle(places.length, seededRandom(mixSeed(seed, epoch, 4)))
    return order.map((index) => places[index]!)
  }
}

function checkSet({ name, examples }: TokenizedSet, objective: RetrievalObjective): void {
  if (examples.length < 2)
    throw new TrainingError(
      TRAINING_ERROR.data,
      `data set ${name} has ${examples.length} examples for training; at least two are needed. Add examples, or lower devShare.`,
    )
  const bare = objective.negatives === 'own-group' ? examples.findIndex(({ negatives }) => negatives.length === 0) : -1
  if (bare >= 0)
    throw new TrainingError(
      TRAINING_ERROR.data,
      `data set ${name}, example ${bare + 1}: it has no negatives, and this stage has no others. Mine hard negatives first (dmr mine), or train with in-batch negatives.`,
    )
  const unscored = objective.distillation ? examples.findIndex(({ scores }) => !scores) : -1
  if (unscored >= 0)
    throw new TrainingError(
      TRAINING_ERROR.data,
      `data set ${name}, example ${unscored + 1}: distillation needs pos_scores and neg_scores. Add them, or train without distillation.`,
    )
}

function falseNegativesOf(
  examples: readonly TokenizedExample[],
  passages: readonly number[],
  { group }: RetrievalObjective,
): Float32Array | undefined {
  const excluded = falseNegatives(
    {
      positives: examples.map(({ positives }) => positives.map((passage) => ({ passage }))),
      candidates: passages.map((passage) => ({ passage })),
      targets: examples.map((_, query) => query * group),
    },
    { sameDocument: false, sameCluster: false },
  )
  return excluded.includes(1) ? excluded : undefined
}

function shuffle(count: number, random: () => number): number[] {
  return sample(count, count, random)
}

/** `wanted` different numbers below `count`, or all of them, in random order. */
function sample(count: number, wanted: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i)
  const taken = Math.min(count, wanted)
  for (let i = 0; i < taken; i++) {
    const j = i + Math.floor(random() * (count - i))
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order.slice(0, taken)
}
