import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checkGraph } from '../ir/index.ts'
import { type Feeds, runGraph } from '../testing/run-graph.ts'
import { embeddingLossGraph, type RetrievalObjective } from './index.ts'

interface Golden {
  readonly queries: readonly number[]
  readonly passages: readonly number[]
  readonly teacherScores: readonly number[]
  readonly count: number
  readonly size: number
  readonly cases: readonly {
    readonly name: string
    readonly objective: RetrievalObjective
    readonly positives: readonly number[]
    readonly excluded: readonly number[]
    readonly loss: number
    readonly queriesGradient: readonly number[]
    readonly passagesGradient: readonly number[]
  }[]
}

/** From testing/make-training-fixtures.py, in float64. */
const golden = JSON.parse(readFileSync(new URL('../testing/fixtures/losses.json', import.meta.url), 'utf8')) as Golden
const { queries, passages, teacherScores, count, size } = golden

const base = { temperature: 0.05, group: 3, negatives: 'in-batch' } as const satisfies RetrievalObjective
const firstOfGroup = Array.from({ length: count * count * 3 }, (_, index) =>
  index % (count * 3) === 3 * Math.floor(index / (count * 3)) ? 1 : 0,
)

function relativeDistance(a: readonly number[], b: readonly number[]): number {
  const norm = (values: readonly number[]) => Math.hypot(...values)
  return a.length === b.length ? norm(a.map((value, index) => value - b[index]!)) / norm(b) : Infinity
}

describe('retrieval objectives against PyTorch', () => {
  it.each(golden.cases)(
    '$name',
    async ({ objective, positives, excluded, loss, queriesGradient, passagesGradient }) => {
      const graph = embeddingLossGraph(objective, { queries: count, size, excluded: true })
      checkGraph(graph)
      const result = await runGraph(graph, { queries, passages, teacherScores, positives, excluded })
      expect(result['loss']!.values[0]).toBeCloseTo(loss, 4)
      expect(relativeDistance(result['queries.gradient']!.values, queriesGradient)).toBeLessThan(3e-6)
      expect(relativeDistance(result['passages.gradient']!.values, passagesGradient)).toBeLessThan(3e-6)
    },
  )
})

async function run(objective: RetrievalObjective, feeds: Feeds, excluded = false) {
  return runGraph(embeddingLossGraph(objective, { queries: count, size, excluded }), {
    queries,
    passages,
    teacherScores,
    ...feeds,
  })
}

describe('retrieval objectives', () => {
  it('agree with each other when every query has one positive', async () => {
    const feeds = { positives: firstOfGroup }
    const infoNce = await run(base, feeds)
    for (const positives of ['joint', 'marginal', 'pairwise'] as const) {
      const other = await run({ ...base, positives }, feeds)
      expect(other['loss']!.values[0]).toBeCloseTo(infoNce['loss']!.values[0]!, 4)
      expect(relativeDistance(other['queries.gradient']!.values, infoNce['queries.gradient']!.values)).toBeLessThan(
        1e-5,
      )
    }
  })

  it('stay finite at the temperature of the method, where a score difference is 200', async () => {
    const same = [...queries]
    const opposite = queries.flatMap((_, index) =>
      index % size === 0
        ? [
            ...queries.slice(index, index + size).map((x) => -x),
            ...same.slice(index, index + size),
            ...same.slice(index, index + size),
          ]
        : [],
    )
    for (const positives of [undefined, 'joint', 'marginal', 'pairwise'] as const) {
      const objective = { ...base, temperature: 0.01, ...(positives ? { positives } : {}) }
      const { loss, ...gradients } = await run(objective, { passages: opposite, positives: firstOfGroup })
      expect(loss!.values[0]).toBeGreaterThan(190)
      for (const gradient of Object.values(gradients)) expect(gradient.values.every(Number.isFinite)).toBe(true)
    }
  })

  it('give excluded candidates no gradient', async () => {
    const excluded = firstOfGroup.map((_, index) => (index % (count * 3) === 4 ? 1 : 0)) // passage 4, for every query
    const { 'passages.gradient': gradient } = await run(base, { positives: firstOfGroup, excluded }, true)
    expect(gradient!.values.slice(4 * size, 5 * size)).toEqual(Array(size).fill(0))
    expect(gradient!.values.slice(5 * size, 6 * size).some((value) => value !== 0)).toBe(true)
  })

  it('give passages of other groups no gradient with own-group negatives', async () => {
    const positives = Array.from({ length: count * 3 }, (_, index) => (index % 3 === 0 ? 1 : 0))
    const whole = await run({ ...base, negatives: 'own-group' }, { positives })
    const changed = [...passages].map((value, index) => (index >= 3 * size ? -value : value))
    const other = await run({ ...base, negatives: 'own-group' }, { positives, passages: changed })
    expect(other['queries.gradient']!.values.slice(0, size)).toEqual(whole['queries.gradient']!.values.slice(0, size))
  })

  it('are zero when the student agrees with the teacher', async () => {
    const similar = await runGraph(
      embeddingLossGraph(
        {
          ...base,
          temperature: 1,
          negatives: 'own-group',
          contrastiveWeight: 0,
          distillation: { kind: 'listwise', weight: 1 },
        },
        { queries: 1, size: 2, excluded: false },
      ),
      {
        queries: [0.6, 0.8],
        passages: [1, 0, 0, 1, 0.6, 0.8],
        positives: [1, 0, 0],
        teacherScores: [0.6 + 5, 0.8 + 5, 1 + 5],
      },
    )
    expect(similar['loss']!.values[0]).toBeCloseTo(0, 6)
    expect(Math.max(...similar['queries.gradient']!.values.map(Math.abs))).toBeLessThan(1e-6)
  })

  it('serve batches of any size from one graph', async () => {
    const objective = { ...base, bothWays: true, distillation: { kind: 'm3', weight: 0.5 } } as const
    const symbolic = embeddingLossGraph(objective, { queries: 'queries', size, excluded: true })
    checkGraph(symbolic)
    const excluded = firstOfGroup.map(() => 0)
    const fixed = await run(objective, { positives: firstOfGroup, excluded }, true)
    const feed = (shape: readonly number[], values: readonly number[]) => ({ type: 'float32' as const, shape, values })
    const dynamic = await runGraph(symbolic, {
      queries: feed([count, size], queries),
      passages: feed([count * 3, size], passages),
      positives: feed([count, count * 3], firstOfGroup),
      excluded: feed([count, count * 3], excluded),
      teacherScores: feed([count, 3], teacherScores),
    })
    expect(dynamic).toEqual(fixed)
  })

  it.each<[Partial<RetrievalObjective>, string]>([
    [{ temperature: 0 }, 'the temperature must be above 0, not 0'],
    [{ negatives: 'own-group', group: 1 }, 'own-group negatives need at least two passages a query'],
    [{ negatives: 'own-group', bothWays: true }, 'training in both directions needs in-batch negatives'],
    [{ positives: 'joint', bothWays: true }, 'training in both directions is defined for one positive a query'],
    [{ negatives: 'own-group', distillation: { kind: 'm3', weight: 1 } }, 'M3 distillation scores the whole batch'],
    [{ contrastiveWeight: 0 }, 'nothing to train on'],
    [{ matryoshka: [{ size: 7 }] }, "Matryoshka size 7 is not within the embedding's 6 numbers"],
    [{ matryoshka: [] }, 'needs at least one embedding size'],
  ])('refuse %o', (settings, message) => {
    expect(() => embeddingLossGraph({ ...base, ...settings }, { queries: count, size, excluded: false })).toThrow(
      message,
    )
  })
})
