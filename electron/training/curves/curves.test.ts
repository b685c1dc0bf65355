import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { CURVE_AXES, SMOOTHINGS, packCurves, unpackCurves } from '../../contracts/training-curves.ts'
import { seededRandom } from '../../platform/seeded-random.ts'
import { migrate, TrainingPointRepository, TrainingRunRepository, type TrainingPointRow } from '../../storage/index.ts'
import { migrations } from '../../storage/migrations/index.ts'
import { CurveStore } from './curve-store.ts'
import { movingAverage } from './moving-average.ts'
import { readCurve, type CurveRequest } from './read-curve.ts'

function open() {
  const db = new Database(':memory:')
  db.pragma('foreign_keys = ON')
  migrate(db)
  const runs = new TrainingRunRepository(db)
  const run = runs.add({ name: 'r', recipe: {}, data: 'd', model: null }, () => '/nowhere')
  const points = new TrainingPointRepository(db)
  return { db, runs, run, points, store: new CurveStore(points) }
}

/** Losses with noise, spikes and gaps; a step takes 0.25 to 1.25 s and 100 to 200 tokens. */
function made(count: number, seed = 1): TrainingPointRow[] {
  const random = seededRandom(seed)
  let [seconds, tokens] = [0, 0]
  return Array.from({ length: count }, (_, i) => {
    seconds += 0.25 + random()
    tokens += 100 + Math.floor(random() * 100)
    const loss = i % 701 === 13 ? NaN : i % 997 === 5 ? 40 : 1 + 3 * Math.exp(-i / 2_000) + random() * 0.2
    return {
      ...{
        point: i + 1,
        stage: 0,
        step: i + 1,
        loss,
        chance: 3,
        learningRate: 1e-3 * random(),
        gradientNorm: random(),
      },
      ...{ positive: 0.9, hardest: null, tokensPerSecond: 1e3 * random(), memoryBytes: 2 ** 31, seconds, tokens },
    }
  })
}

/** As points arrive: in small lots of changing size. */
function feed(store: CurveStore, runId: number, rows: readonly TrainingPointRow[]): void {
  for (let at = 0, lot = 1; at < rows.length; at += lot, lot = (lot * 7 + 3) % 211 || 1)
    store.append(runId, rows.slice(at, at + lot))
}

const ask = (request: Partial<CurveRequest> = {}): CurveRequest => ({
  ...{ metric: 'loss', axis: 'step', width: 200, smoothing: 0.97 },
  ...request,
})

/** Smallest and largest finite value of the points whose axis value lies in each column, straight from the points. */
function envelope(rows: readonly TrainingPointRow[], x: Float64Array, of: (row: TrainingPointRow) => number) {
  let at = 0
  return [...x].map((end) => {
    const values: number[] = []
    for (; at < rows.length && of(rows[at]!) <= end; at++)
      if (Number.isFinite(rows[at]!.loss)) values.push(rows[at]!.loss!)
    return values.length === 0 ? [NaN, NaN] : [Math.min(...values), Math.max(...values)]
  })
}

describe('a curve', () => {
  const rows = made(20_000)
  const { store, points, run } = open()
  feed(store, run.id, rows)
  const averages = new Map(
    SMOOTHINGS.map((weight) => [
      weight,
      movingAverage(
        rows.map(({ loss }) => loss!),
        weight,
      ),
    ]),
  )

  it.each(CURVE_AXES)('over %s has the smallest and largest value of every column, spikes too', (axis) => {
    const of = {
      step: (r: TrainingPointRow) => r.point,
      time: (r: TrainingPointRow) => r.seconds,
      tokens: (r: TrainingPointRow) => r.tokens,
    }[axis]
    for (const width of [1, 37, 300, 2_000, 8_000]) {
      const curve = readCurve(points, run.id, ask({ axis, width }))
      expect(curve.x.length).toBeLessThanOrEqual(width)
      expect(curve.x.at(-1)).toBe(of(rows.at(-1)!))
      const expected = envelope(rows, curve.x, of)
      expect([...curve.min]).toEqual(expected.map(([low]) => low))
      expect([...curve.max]).toEqual(expected.map(([, high]) => high))
    }
  })

  it.each(SMOOTHINGS.slice(1))(
    'smoothed by %d shows at each column the average over all points, at any zoom',
    (weight) => {
      for (const [from, to, width] of [
        [1, 20_000, 50],
        [1, 20_000, 1_000],
        [4_321, 9_876, 100],
        [15_000, 15_100, 500],
        [19_990, 20_000, 500],
      ] as const) {
        const { x, smoothed } = readCurve(points, run.id, ask({ from, to, width, smoothing: weight }))
        expect(x.length).toBeGreaterThan(10)
        for (const [i, point] of x.entries()) expect(smoothed[i]).toBeCloseTo(averages.get(weight)![point - 1]!, 9)
      }
    },
  )

  it('counts what has no finite value', () => {
    const gaps = rows.filter(({ loss }) => Number.isNaN(loss)).length
    expect(readCurve(points, run.id, ask({ width: 100 }))).toMatchObject({ points: 20_000, nonFinite: gaps })
    expect(readCurve(points, run.id, ask({ from: 1, to: 100 }))).toMatchObject({ points: 100, nonFinite: 1 })
    const unmeasured = readCurve(points, run.id, ask({ metric: 'hardestNegativeSimilarity', width: 10 }))
    expect(unmeasured).toMatchObject({ points: 20_000, nonFinite: 20_000 })
    expect([...unmeasured.max, ...unmeasured.smoothed].every(Number.isNaN)).toBe(true)
  })

  it('answers ranges outside, empty runs and single points', () => {
    expect(readCurve(points, run.id, ask({ from: 30_000, to: 40_000 }))).toMatchObject({
      points: 0,
      extent: [1, 20_000],
    })
    expect(readCurve(points, 99, ask())).toMatchObject({ points: 0, extent: [0, 0] })
    const one = open()
    one.store.append(one.run.id, rows.slice(0, 1))
    for (const axis of CURVE_AXES)
      expect([...readCurve(one.points, one.run.id, ask({ axis })).smoothed]).toEqual([rows[0]!.loss])
  })

  it('of a run that was resumed is that of a run that never stopped', () => {
    const again = open()
    feed(again.store, again.run.id, made(10_000, 2))
    for (const checkpoint of [9_999, 8_192, 4_100, 1_024, 63, 0]) {
      feed(again.store, again.run.id, rows.slice(checkpoint, checkpoint + 6_000))
      const whole = open()
      feed(whole.store, whole.run.id, [
        ...made(10_000, 2).slice(0, checkpoint),
        ...rows.slice(checkpoint, checkpoint + 6_000),
      ])
      // What was there before the checkpoint is of the first run; from it on of the second.
      for (const width of [10, 200, 5_000]) {
        const request = ask({ width, from: checkpoint + 1, smoothing: 0 })
        expect(readCurve(again.points, again.run.id, request)).toEqual(readCurve(whole.points, whole.run.id, request))
      }
      const tables = (db: Database.Database) =>
        db.prepare('SELECT metric, level, block, length(data) FROM training_curve ORDER BY 1, 2, 3').raw().all()
      expect(tables(again.db)).toEqual(tables(whole.db))
    }
  })

  it('comes through its packing as it was', async () => {
    const curves = [ask(), ask({ axis: 'time' }), ask({ from: 5, to: 4 })].map((request) =>
      readCurve(points, run.id, request),
    )
    const { headers, data } = packCurves(curves)
    expect(await unpackCurves(JSON.parse(JSON.stringify({ headers })) && { headers, data })).toEqual(curves)
  })
})

it('a library of the format before keeps its points, numbered through the stages', () => {
  const db = new Database(':memory:')
  migrate(db, migrations.slice(0, 6))
  db.exec(`
    INSERT INTO training_run (id, name, recipe, data, folder, created_at) VALUES (4, 'old', '{}', 'd', '/old', 0);
    INSERT INTO training_stage (run_id, stage, name, steps, parameters) VALUES (4, 0, 'a', 2, 1), (4, 1, 'b', 2, 1);
    INSERT INTO training_metric VALUES (4, 0, 1, 3.5, 3, 0.1, 1, NULL, NULL, 10, 100), (4, 0, 2, 3.4, 3, 0.1, 1, NULL, NULL, 10, 100),
      (4, 1, 1, 2.5, 3, 0.1, 1, 0.9, 0.4, 10, 100);`)
  for (const { up } of migrations.slice(6)) up(db)
  const runs = new TrainingRunRepository(db)
  const points = new TrainingPointRepository(db)
  expect(runs.byId(4)).toMatchObject({ name: 'old', tags: [], notes: '', failure: null })
  expect(runs.stages(4).map(({ firstPoint }) => firstPoint)).toEqual([0, 2])
  expect(points.range(4, 1).map(({ point, stage, step, loss }) => [point, stage, step, loss])).toEqual([
    [1, 0, 1, 3.5],
    [2, 0, 2, 3.4],
    [3, 1, 1, 2.5],
  ])
  expect([...readCurve(points, 4, ask({ width: 10, smoothing: 0 })).smoothed]).toEqual([3.5, 3.4, 2.5])
})
