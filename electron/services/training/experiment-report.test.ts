import { describe, expect, it } from 'vitest'
import type { TrainingComparison, TrainingRun } from '../../contracts/training.ts'
import type { QueryScore, TrainingRunRecord } from '../../storage/index.ts'
import { compareWithPublished, type ScoredRun } from './published-result.ts'
import { reportPage, type ReportPart } from './report-page.ts'

const published = { better: 'progressive', than: 'direct', points: 1.4, source: 'A paper' }

/** A run of a variant whose score on query i is `valueOf(i)`. */
function run(variant: string, valueOf: (i: number) => number, queries = 200): ScoredRun {
  const scores = Array.from({ length: queries }, (_, i): QueryScore => [`q${i}`, i % 2 ? 'QA' : 'STS', valueOf(i)])
  return { record: { recipe: { name: `levels.${variant}`, published } } as unknown as TrainingRunRecord, scores }
}
const wave = (i: number): number => 0.5 + 0.3 * Math.sin(i)

describe('an experiment beside its published result', () => {
  it('holds where every query gains, contradicts where it loses, and is unclear where gains and losses even out', () => {
    const against = (gain: (i: number) => number) =>
      compareWithPublished([run('direct', wave), run('progressive', (i) => wave(i) + gain(i))])!
    expect(against(() => 0.014)).toMatchObject({ agreement: 'holds', queries: 200, published })
    expect(against(() => 0.014).difference.value).toBeCloseTo(0.014, 12)
    expect(against(() => -0.02).agreement).toBe('contradicts')
    expect(against((i) => (i % 4 < 2 ? 0.1 : -0.1)).agreement).toBe('unclear')
  })

  it('says nothing where a run is missing or no query is shared', () => {
    expect(compareWithPublished([run('direct', wave)])).toBeUndefined()
    const elsewhere = run('progressive', wave)
    const renamed = { ...elsewhere, scores: elsewhere.scores.map(([key, ...rest]): QueryScore => [`x${key}`, ...rest]) }
    expect(compareWithPublished([run('direct', wave), renamed])).toBeUndefined()
  })
})

describe('the page of an experiment', () => {
  const shown = (id: number, name: string) =>
    ({ id, name, state: 'done', step: 10, seconds: 90, data: '<county>', examples: 1200 }) as unknown as TrainingRun
  const comparison: TrainingComparison = {
    ...{ baselineId: 1, runs: [shown(1, 'direct'), shown(2, 'progressive <script>')], notComparable: null },
    settings: [{ path: 'stages.1.epochs', values: ['6', '2'] }],
    data: [],
    intents: [
      {
        ...{ intent: 'QA', queries: 100 },
        cells: [
          {
            ...{ runId: 1, estimate: { value: 0.5, low: 0.45, high: 0.55 } },
            ...{ verdict: null, pBetter: null, pWorse: null },
          },
          {
            ...{ runId: 2, estimate: { value: 0.6, low: 0.55, high: 0.65 } },
            ...{ verdict: 'better', pBetter: 0.001, pWorse: 1 },
          },
        ],
      },
    ],
    mean: [
      { runId: 1, value: 0.5 },
      { runId: 2, value: 0.6 },
    ],
  }
  const part = (comparison: TrainingComparison, published: ReportPart['published']): ReportPart => ({
    ...{ title: 'levels', runs: comparison.runs, comparison, published },
  })
  const page = (result = compareWithPublished([run('direct', wave), run('progressive', (i) => wave(i) - 0.02)])) =>
    reportPage({ title: 'levels', parts: [part(comparison, result)], skipped: [], madeAt: Date.UTC(2026, 0, 2) })

  it('shows values, intervals, verdicts and what differs, and says when the published gain does not show', () => {
    expect(page()).toContain('60.0 <span class="quiet">55.0 to 65.0</span><div class="better">▲ better</div>')
    expect(page()).toContain('<th>stages.1.epochs</th><td>6</td><td>2</td>')
    expect(page()).toContain('It does not hold here: progressive is clearly worse.')
    expect(page()).toContain('−2.0 (−2.0 to −2.0) points over 200 queries')
    expect(page()).toContain('2026-01-02')
  })

  it('quotes names as text and connects to nothing', () => {
    expect(page()).not.toContain('<script')
    expect(page()).toContain('progressive &#60;script&#62;')
    expect(page()).not.toMatch(/https?:|src=|@import|url\(/u)
  })

  it('lists what was not run with its reason, runs without scores with their states, and each experiment apart', () => {
    const failed = { ...shown(3, 'causal'), state: 'failed', message: 'The disk is full.' } as TrainingRun
    const half = { ...part(comparison, undefined), runs: [...comparison.runs, failed] }
    const skipped = [{ recipe: 'levels.0.55', message: 'mtt-0.55: no such data.' }]
    const html = reportPage({ title: 'All', parts: [half, { ...half, title: 'other' }], skipped, madeAt: 0 })
    expect(html).toContain('4 of 6 runs done')
    expect(html).toContain('<th>levels.0.55</th><td>mtt-0.55: no such data.</td>')
    expect(html).toContain('<td>failed: The disk is full.</td>')
    expect(html.match(/<h2 class="part">/gu)).toHaveLength(2)
  })

  it('explains why there is no verdict', () => {
    const unscored = part({ ...comparison, notComparable: '"direct" has no scores yet.' }, undefined)
    const html = reportPage({ title: 'levels', parts: [unscored], skipped: [], madeAt: 0 })
    expect(html).toContain('No verdicts: &#34;direct&#34; has no scores yet.')
    expect(html).not.toContain('Published')
  })
})
