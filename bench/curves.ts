/**
 * Charts over long training runs: `node bench/curves.ts [points] [runs]`, default 50 charts over 2 runs of a million points.
 * The reference reads every point of a run and folds it into the chart in one pass, without smoothing.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CurveAxis } from '../electron/contracts/training-curves.ts'
import { seededRandom } from '../electron/platform/seeded-random.ts'
import { LibraryDatabase, TrainingPointRepository, TrainingRunRepository } from '../electron/storage/index.ts'
import { ChartColumns } from '../electron/training/curves/chart-columns.ts'
import { CurveStore } from '../electron/training/curves/curve-store.ts'
import { readCurve } from '../electron/training/curves/read-curve.ts'
import { median, printTable, timeEach } from './support/measure.ts'

const count = Number(process.argv[2] ?? 1_000_000)
const runCount = Number(process.argv[3] ?? 2)
const CHARTS = 50
const WIDTH = 1_000
const LOT = 2_000

const folder = mkdtempSync(join(tmpdir(), 'dmr-bench-curves-'))
const path = join(folder, 'library.db')
const library = LibraryDatabase.open(path)
try {
  const points = new TrainingPointRepository(library.db)
  const runs = new TrainingRunRepository(library.db)
  const started = performance.now()
  const ids = Array.from({ length: runCount }, (_, seed) => write(seed))
  const writing = ((performance.now() - started) * 1_000) / count / runCount
  const charts = Array.from({ length: CHARTS }, (_, i) => ids[i % runCount]!)

  const reference = median(timeEach([1, 2, 3], () => readEverything(ids[0]!))) * CHARTS
  const views: [string, { axis: CurveAxis; from?: number; to?: number }][] = [
    ['whole runs, by step', { axis: 'step' }],
    ['whole runs, by time', { axis: 'time' }],
    ['a quarter', { axis: 'step', from: count / 4, to: count / 2 }],
    ['63 points a column: one level too fine', { axis: 'step', from: count / 4 + 13, to: count / 4 + 12 + 63 * WIDTH }],
    ['the last 2,000 points', { axis: 'step', from: count - 2_000 }],
  ]
  const rows = views.map(([name, view]) => {
    const all = () =>
      charts.map((id) => readCurve(points, id, { ...view, metric: 'loss', width: WIDTH, smoothing: 0.97 }))
    const ms = median(timeEach([1, 2, 3, 4, 5], all))
    return [name, ms.toFixed(0), (reference / ms).toFixed(1)]
  })
  console.log(`${CHARTS} charts ${WIDTH} columns wide, ${count} points each, medians`)
  printTable(['view', 'ms', 'times as fast as reading every point'], rows)
  const bytes = statSync(path).size + (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0)
  console.log(`written: ${writing.toFixed(1)} us a point, ${(bytes / count / runCount).toFixed(0)} bytes a point`)

  function write(seed: number): number {
    const random = seededRandom(seed)
    const { id } = runs.add({ name: 'bench', recipe: {}, data: 'none', model: null }, () => folder)
    const store = new CurveStore(points)
    let [seconds, tokens] = [0, 0]
    for (let first = 1; first <= count; first += LOT) {
      const lot = Array.from({ length: Math.min(LOT, count - first + 1) }, (_, i) => ({
        ...{ point: first + i, stage: 0, step: first + i, loss: 1 + random(), chance: 3, learningRate: 1e-3 },
        ...{ gradientNorm: random(), positive: 0.8, hardest: 0.5, tokensPerSecond: 1e3, memoryBytes: 1e9 },
        ...{ seconds: (seconds += 0.5 + random()), tokens: (tokens += 100) },
      }))
      store.append(id, lot)
    }
    return id
  }

  function readEverything(id: number): void {
    const columns = new ChartColumns(1, count, WIDTH)
    for (const [i, value] of points.column(id, 'loss', 1, count).entries()) columns.add(i + 1, value, value, value)
    columns.finish()
  }
} finally {
  library.close()
  rmSync(folder, { recursive: true, force: true })
}
