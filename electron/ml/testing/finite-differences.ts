// Central finite differences of a graph that runs on onnxruntime: what gradients are tested against.

import type { GraphBuilder, Value } from '../ir/index.ts'
import { backward } from '../autodiff/index.ts'
import { type Feeds, openGraph } from './run-graph.ts'

/** Deterministic uniform numbers in [0, 1): mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export interface GradientComparison {
  /** Name of the variable. */
  readonly name: string
  readonly analytic: readonly number[]
  readonly numeric: readonly number[]
  /** ||analytic - numeric|| / (||numeric|| + 1e-3 * sqrt(n)): relative, but not for gradients that are zero. */
  readonly error: number
}

/**
 * Compares the gradients of `sum(output * weights)` with random weights, over all outputs, to finite differences with Richardson
 * extrapolation: (4 D(h) - D(2h)) / 3, whose own error is of order h^4.
 */
export async function compareGradients(
  g: GraphBuilder,
  outputs: readonly Value[],
  variables: readonly Value[],
  feeds: Readonly<Record<string, readonly number[]>>,
  step = 1 / 64,
): Promise<readonly GradientComparison[]> {
  const random = randomNumbers(outputs.length + 17)
  const seeds = outputs.map((output, index) => {
    const shape = output.shape as readonly number[]
    const count = shape.reduce((product, dim) => product * dim, 1)
    const weights = Array.from({ length: count }, () => Math.fround(0.5 + random()) * (random() < 0.5 ? -1 : 1))
    return { output, name: `seed${index}`, weights, seed: g.input(`seed${index}`, output.type, shape) }
  })
  outputs.forEach((output, index) => g.output(`objective${index}`, output))
  const forward = await openGraph(g.build())
  const { variables: gradients } = backward(
    g,
    seeds.map(({ output, seed }) => [output, seed] as const),
    variables,
  )
  gradients.forEach((gradient, index) => g.output(`gradient${index}`, gradient))
  const full = await openGraph(g.build())

  const allFeeds: Feeds = { ...feeds, ...Object.fromEntries(seeds.map(({ name, weights }) => [name, weights])) }
  const objective = async (name: string, values: readonly number[]): Promise<number> => {
    const results = await forward.run({ ...allFeeds, [name]: values })
    return seeds.reduce(
      (sum, { weights }, index) =>
        sum + weights.reduce((s, w, i) => s + w * results[`objective${index}`]!.values[i]!, 0),
      0,
    )
  }
  const results = await full.run(allFeeds)
  const comparisons: GradientComparison[] = []
  for (const [index, variable] of variables.entries()) {
    const at = feeds[variable.name]!
    const numeric: number[] = []
    for (const element of at.keys()) {
      const difference = async (h: number) => {
        const [above, below] = [at.with(element, at[element]! + h), at.with(element, at[element]! - h)]
        return ((await objective(variable.name, above)) - (await objective(variable.name, below))) / (2 * h)
      }
      numeric.push((4 * (await difference(step)) - (await difference(2 * step))) / 3)
    }
    const analytic = results[`gradient${index}`]!.values
    comparisons.push({ name: variable.name, analytic, numeric, error: relativeError(analytic, numeric) })
  }
  await forward.release()
  await full.release()
  return comparisons
}

function relativeError(analytic: readonly number[], numeric: readonly number[]): number {
  if (analytic.length !== numeric.length) return Infinity
  const norm = (values: readonly number[]) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))
  const difference = norm(analytic.map((value, index) => value - numeric[index]!))
  return difference / (norm(numeric) + 1e-3 * Math.sqrt(numeric.length))
}
