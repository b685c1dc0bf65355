// Contrastive training of a static model: a token table and a weight for every token, no layers.
import { seededRandom } from '../../platform/seeded-random.ts'
import { embeddingLossGraph, type RetrievalObjective } from '../../ml/losses/index.ts'
import { AdamW, adamWDefaults, learningRateAt, type OptimizerKernel, ParameterLayout } from '../../ml/optim/index.ts'
import { firstPositives } from '../engine/contrastive-batch.ts'
import { floats, floatTensor, TrainingSession } from '../engine/training-session.ts'
import { addBagGradients, bagCount, packBags, poolBags, type TokenBags, type TokenTable } from './token-bags.ts'

/** Pair i is query i and passage i. */
export interface PairBags {
  readonly queries: TokenBags
  readonly passages: TokenBags
}

export interface StaticTrainingOptions {
  readonly vocabularySize: number
  readonly width: number
  readonly batch: number
  readonly epochs: number
  readonly learningRate: number
  /** Standard deviation of the first values of the table. */
  readonly initialScale: number
  /**
   * Token weights are stored divided by this, so that steps of one size move them this much slower or faster than the table.
   */
  readonly weightScale: number
  readonly temperature: number
  /** Prefixes of the vector that are trained to work by themselves, the full width among them. */
  readonly matryoshka: readonly number[]
  /** Share of tokens left out of every text in every step. */
  readonly tokenDropout: number
  /** Longest stretch of a passage that one step sees, in tokens. */
  readonly window: number
  readonly seed: number
}

export interface StaticProgress {
  readonly step: number
  readonly steps: number
  readonly loss: number
  readonly pairsPerSecond: number
}

/** Starts every token with its weight in a text: idf, log((texts + 1) / (texts with the token + 1)). */
export function inverseDocumentFrequencies(bags: TokenBags, vocabularySize: number): Float32Array {
  const texts = bagCount(bags)
  const found = new Int32Array(vocabularySize)
  const last = new Int32Array(vocabularySize).fill(-1)
  for (let text = 0; text < texts; text++) {
    for (let at = bags.starts[text]!; at < bags.starts[text + 1]!; at++) {
      const id = bags.ids[at]!
      if (last[id] === text) continue
      last[id] = text
      found[id]!++
    }
  }
  return Float32Array.from(found, (count) => Math.log((texts + 1) / (count + 1)))
}

/**
 * Trains a token table by InfoNCE in both directions with the other pairs of the batch as negatives.
 *
 * The same pairs, options and number of threads give the same table.
 *
 * @param firstWeights `[vocabularySize]`, such as inverse document frequencies
 * @throws RangeError when there are fewer pairs than one batch takes, or when no Matryoshka size is the full width
 */
export async function trainStatic(
  pairs: PairBags,
  firstWeights: Float32Array,
  options: StaticTrainingOptions,
  kernel?: OptimizerKernel,
  onProgress?: (progress: StaticProgress) => void,
): Promise<TokenTable> {
  const { vocabularySize, width, batch, weightScale, seed } = options
  requireTrainable(bagCount(pairs.queries), options)
  const random = seededRandom(seed)
  const layout = new ParameterLayout([
    ['embedding.weight', [vocabularySize, width]],
    ['weights', [vocabularySize]],
  ])
  const parameters = new Float32Array(layout.length)
  const table = layout.view(parameters, 'embedding.weight')
  const stored = layout.view(parameters, 'weights')
  for (let i = 0; i < table.length; i++) table[i] = options.initialScale * gaussian(random)
  stored.set(firstWeights.map((weight) => weight / weightScale))
  const optimizer = new AdamW(layout, parameters, { ...adamWDefaults, weightDecay: 0 }, kernel)
  const gradients = {
    table: layout.view(optimizer.gradients, 'embedding.weight'),
    weights: layout.view(optimizer.gradients, 'weights'),
  }
  const objective: RetrievalObjective = {
    temperature: options.temperature,
    group: 1,
    negatives: 'in-batch',
    bothWays: true,
    matryoshka: options.matryoshka.map((size) => ({ size, weight: 1 / options.matryoshka.length })),
  }
  const loss = await TrainingSession.open(
    embeddingLossGraph(objective, { queries: 'queries', size: width, excluded: false }),
  )
  const positives = firstPositives(batch, objective)
  const perEpoch = Math.floor(bagCount(pairs.queries) / batch)
  const steps = Math.max(1, Math.round(perEpoch * options.epochs))
  const started = performance.now()
  let order: Int32Array = new Int32Array(0)
  let smoothed = NaN
  for (let step = 1; step <= steps; step++) {
    const place = (step - 1) % perEpoch
    if (place === 0) order = shuffled(bagCount(pairs.queries), random)
    const chosen = order.subarray(place * batch, (place + 1) * batch)
    const model = { width, table, weights: stored.map((weight) => weight * weightScale) }
    const sides = [pairs.queries, pairs.passages].map((bags) => {
      const taken = takeBags(bags, chosen, options, random)
      return { taken, pooled: poolBags(taken, model) }
    })
    const [query, passage] = sides as [(typeof sides)[number], (typeof sides)[number]]
    const results = await loss.run({
      queries: floatTensor(query.pooled.vectors, [batch, width]),
      passages: floatTensor(passage.pooled.vectors, [batch, width]),
      positives: floatTensor(positives, [batch, batch]),
    })
    addBagGradients(query.taken, model, query.pooled, floats(results, 'queries.gradient'), gradients)
    addBagGradients(passage.taken, model, passage.pooled, floats(results, 'passages.gradient'), gradients)
    for (let i = 0; i < vocabularySize; i++) gradients.weights[i]! *= weightScale
    const schedule = { peak: options.learningRate, totalSteps: steps, warmupSteps: 0, decay: 'linear' } as const
    optimizer.step({ learningRate: learningRateAt(schedule, step) })
    const value = floats(results, 'loss')[0]!
    smoothed = Number.isNaN(smoothed) ? value : 0.95 * smoothed + 0.05 * value
    const seconds = (performance.now() - started) / 1000
    onProgress?.({ step, steps, loss: smoothed, pairsPerSecond: (step * batch) / seconds })
  }
  await loss.release()
  return { width, table, weights: stored.map((weight) => weight * weightScale) }
}

function requireTrainable(pairs: number, { batch, matryoshka, width }: StaticTrainingOptions): void {
  if (pairs < batch)
    throw new RangeError(`${pairs} pairs do not fill one batch of ${batch}. Give more pairs or a smaller batch.`)
  if (!matryoshka.includes(width))
    throw new RangeError(
      `Matryoshka sizes ${matryoshka.join(', ')} leave the last of ${width} numbers untrained. Add ${width} to them.`,
    )
}

/** Some of the texts, each cut to a random stretch, with some tokens left out. */
function takeBags(
  { ids, starts }: TokenBags,
  chosen: Int32Array,
  { tokenDropout, window }: StaticTrainingOptions,
  random: () => number,
): TokenBags {
  const rows: Int32Array[] = []
  for (const text of chosen) {
    const [from, to] = [starts[text]!, starts[text + 1]!]
    const length = Math.min(window, to - from)
    // Half of the long texts begin at their beginning, where most of what they are about stands.
    const first = to - from > window && random() < 0.5 ? from + Math.floor(random() * (to - from - length + 1)) : from
    const stretch = ids.subarray(first, first + length)
    rows.push(tokenDropout > 0 && length > 3 ? stretch.filter(() => random() >= tokenDropout) : stretch)
  }
  return packBags(rows)
}

function shuffled(count: number, random: () => number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

/** Box-Muller. */
function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
