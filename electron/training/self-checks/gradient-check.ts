// Does the backward pass give the slope of the loss? Asked of the model itself, along directions in some of its weights.
import { seededRandom } from '../../platform/seeded-random.ts'
import { firstPositives } from '../engine/contrastive-batch.ts'
import { ContrastiveStep } from '../engine/contrastive-step.ts'
import { tokenBatch } from '../engine/encoder-plan.ts'
import { MonolithicPlan } from '../engine/monolithic-plan.ts'
import type { TrainableModel } from '../engine/trainable-model.ts'
import { probeTexts } from './probe-model.ts'

export interface GradientComparison {
  readonly parameter: string
  /** Slope of the loss along the direction by the backward pass, and by finite differences. */
  readonly analytic: number
  readonly numeric: number
  /** Their difference relative to the larger of the two. */
  readonly error: number
}

export interface GradientCheckOptions {
  /** Most weight tensors that are looked at, spread over the model. Default 12. */
  readonly parameters?: number
  readonly threads?: number | undefined
}

const OBJECTIVE = { temperature: 0.2, group: 2, negatives: 'in-batch' } as const
const QUERIES = 3
/** The loss should change by this much: far above the rounding of float32 (some 1e-7), and little enough to be nearly a line. */
const WANTED_CHANGE = 0.01
/** No direction changes a tensor by more than this share of its length. */
const LARGEST_MOVE = 0.03
/** Slopes that change the loss by less than this cannot be measured in float32 (the bias of the keys has none at all). */
const LEAST_CHANGE = 1e-4

/**
 * Compares the gradients of InfoNCE on small random texts to central differences with Richardson extrapolation, in each sampled tensor
 * along the gradient and a random direction together: a wrong gradient is nowhere the slope.
 *
 * @param model its weights are changed and put back
 * @returns the tensors whose slope could be measured
 */
export async function compareGradients(
  model: TrainableModel,
  { parameters: most = 12, threads }: GradientCheckOptions = {},
): Promise<readonly GradientComparison[]> {
  const gradients = new Float32Array(model.layout.length)
  const plan = new MonolithicPlan(model, gradients, { threads })
  const objective = OBJECTIVE
  const step = new ContrastiveStep({ model, plan, objective, padId: 0, microbatchTokens: 4096, threads })
  const [queries, passages] = [probeTexts(model, QUERIES, 3), probeTexts(model, QUERIES * OBJECTIVE.group, 4)]
  const loss = async (): Promise<number> => {
    const [q, p] = [
      await plan.embed(tokenBatch(queries, 0, 0), false),
      await plan.embed(tokenBatch(passages, 0, 0), false),
    ]
    return infoNce(q, p, model.dimensions)
  }
  try {
    await step.run({ queries, passages, positives: firstPositives(QUERIES, objective), noiseSeed: 0 })
    const compared: GradientComparison[] = []
    for (const name of spread(model, most)) {
      const weights = model.layout.view(model.parameters, name)
      const found = await compareAlong(weights, model.layout.view(gradients, name), loss)
      if (found) compared.push({ parameter: name, ...found })
    }
    return compared
  } finally {
    await step.release()
    await plan.release()
  }
}

/** Names of tensors at equal distances, the first and the last among them. */
function spread({ layout }: TrainableModel, most: number): readonly string[] {
  const names = layout.slots.map(({ name }) => name)
  const count = Math.min(most, names.length)
  return Array.from({ length: count }, (_, i) => names[Math.round((i * (names.length - 1)) / Math.max(1, count - 1))]!)
}

async function compareAlong(
  weights: Float32Array,
  gradient: Float32Array,
  loss: () => Promise<number>,
): Promise<Omit<GradientComparison, 'parameter'> | undefined> {
  const size = norm(gradient)
  if (size === 0) return undefined
  const random = seededRandom(weights.length)
  const noise = Float32Array.from(gradient, () => random() - 0.5)
  const noiseSize = norm(noise)
  const direction = gradient.map((value, i) => value / size + (0.5 * noise[i]!) / noiseSize)
  const analytic = dot(gradient, direction)
  // A tensor of zeros (a fresh bias) may move as far as one of length 1.
  const step = Math.min(WANTED_CHANGE / Math.abs(analytic), LARGEST_MOVE * (norm(weights) || 1)) / 2
  if (2 * step * Math.abs(analytic) < LEAST_CHANGE) return undefined
  const before = weights.slice()
  const at = async (distance: number): Promise<number> => {
    for (let i = 0; i < weights.length; i++) weights[i] = before[i]! + distance * direction[i]!
    return loss()
  }
  const difference = async (h: number) => ((await at(h)) - (await at(-h))) / (2 * h)
  const numeric = (4 * (await difference(step)) - (await difference(2 * step))) / 3
  weights.set(before)
  return { analytic, numeric, error: Math.abs(analytic - numeric) / Math.max(Math.abs(analytic), Math.abs(numeric)) }
}

/** The loss of the check in double precision, from vectors of length 1: only the encoder's own rounding is left. */
function infoNce(queries: Float32Array, passages: Float32Array, dimensions: number): number {
  const vector = (rows: Float32Array, row: number) => rows.subarray(row * dimensions, (row + 1) * dimensions)
  const candidates = Array.from({ length: passages.length / dimensions }, (_, row) => vector(passages, row))
  let total = 0
  for (let q = 0; q < QUERIES; q++) {
    const scores = candidates.map((passage) => dot(vector(queries, q), passage) / OBJECTIVE.temperature)
    const highest = Math.max(...scores)
    const sum = scores.reduce((all, score) => all + Math.exp(score - highest), 0)
    total += highest + Math.log(sum) - scores[q * OBJECTIVE.group]!
  }
  return total / QUERIES
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

function norm(values: Float32Array): number {
  return Math.sqrt(dot(values, values))
}
