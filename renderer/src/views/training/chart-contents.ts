// What each chart of a run shows, from its curves.
import type { CurveMetric } from '../../../../electron/contracts/training-curves.ts'
import type { TrainingEvaluation, TrainingRun, TrainingRunStage } from '../../../../electron/contracts/training.ts'
import type { XAxis } from '../../charts/chart-group.svelte.ts'
import { Curve } from '../../charts/curve.ts'
import type { ChartContent, ChartCurve, ChartMark, ChartReference } from '../../charts/layout.ts'
import { curveStyle } from '../../charts/palette.ts'
import { bytes, decimals, shortCount } from '../../format/number.ts'
import { strings } from '../../strings/index.ts'
import { points } from '../evaluation/figures.ts'
import type { CurveShelf, RunCurve } from './curve-shelf.svelte.ts'
import { stageName } from './run-looks.ts'

const words = strings.training.charts

/** One line with its band. */
function single(name: string, curves: readonly RunCurve[]): ChartCurve[] {
  return curves.slice(0, 1).map(({ curve, runId }) => ({ id: runId, name, curve, style: curveStyle(0), rawBand: true }))
}

export interface PageContents {
  readonly loss: ChartContent
  readonly learningRate: ChartContent
  readonly gradientNorm: ChartContent
  readonly similarity: ChartContent
  readonly speed: ChartContent
  readonly memory: ChartContent
}

/** @param stages where they begin, in steps */
export function pageContents(shelf: CurveShelf, axis: XAxis, stages: readonly ChartMark[]): PageContents {
  const marks = axis === 'step' ? stages : []
  const of = (metric: CurveMetric, name: string, options: Partial<ChartContent> = {}): ChartContent => ({
    curves: single(name, shelf.curves(metric)),
    ...{ axis, marks: marks.map(({ x }) => ({ x, label: '' })) },
    ...options,
  })
  const bare = (curves: readonly RunCurve[], index: number, name: string): ChartCurve[] =>
    curves.slice(0, 1).map(({ curve }) => ({ id: index, name, curve, style: curveStyle(index) }))
  return {
    loss: of('loss', words.loss, { marks, references: chanceLines(shelf.curves('chance')) }),
    learningRate: of('learningRate', words.learningRate, { fromZero: true }),
    gradientNorm: of('gradientNorm', words.gradientNorm, { fromZero: true }),
    similarity: of('positiveSimilarity', words.right, {
      curves: [
        ...bare(shelf.curves('positiveSimilarity'), 0, words.right),
        ...bare(shelf.curves('hardestNegativeSimilarity'), 1, words.wrong),
      ],
    }),
    speed: of('tokensPerSecond', words.speed, { fromZero: true, formatY: shortCount }),
    memory: of('memoryBytes', words.memory, { fromZero: true, formatY: bytes }),
  }
}

/** Where each stage begins that has begun. */
export function stageMarks(stages: readonly TrainingRunStage[]): ChartMark[] {
  return stages.flatMap((stage) => (stage.firstStep === null ? [] : [{ x: stage.firstStep, label: stageName(stage) }]))
}

/** The loss of a model that guesses: level as long as the number of candidates stays. */
export function chanceLines(curves: readonly RunCurve[]): ChartReference[] {
  const lines: { value: number; from: number; to: number; label: string }[] = []
  const { curve, extent } = curves[0] ?? {}
  if (curve === undefined || extent === undefined) return lines
  const count = Math.min(curve.length, 256)
  for (let index = 0; index <= count; index += 1) {
    const point = curve.at(extent.from + ((extent.to - extent.from) * index) / count)
    if (point === undefined || !Number.isFinite(point.line)) continue
    const last = lines.at(-1)
    if (last && Math.abs(last.value - point.line) < 1e-6) last.to = point.x
    else lines.push({ value: point.line, from: point.x, to: point.x, label: words.guessing(decimals(point.line)) })
  }
  return lines
}

/** The same metric of several runs, each in its own colour and line. */
export function comparedContent(
  runs: readonly TrainingRun[],
  curves: readonly RunCurve[],
  axis: XAxis,
  options: Partial<ChartContent> = {},
): ChartContent {
  return {
    curves: runs.flatMap(({ id, name }, index) => {
      const curve = curves.find(({ runId }) => runId === id)
      return curve ? [{ id, name, curve: curve.curve, style: curveStyle(index) }] : []
    }),
    axis,
    ...options,
  }
}

const PLACES = { step: 'step', time: 'seconds', tokens: 'tokens' } as const

/** Mean dev nDCG@10 of the evaluations of several runs. */
export function devContent(
  runs: readonly { readonly run: TrainingRun; readonly evaluations: readonly TrainingEvaluation[] }[],
  axis: XAxis,
): ChartContent {
  const place = PLACES[axis]
  return {
    curves: runs.map(({ run: { id, name }, evaluations }, index) => ({
      ...{ id, name, style: curveStyle(index) },
      curve: new Curve({ x: evaluations.map((one) => one[place]), line: evaluations.map(({ ndcg }) => ndcg) }),
    })),
    axis,
    formatY: points,
  }
}
