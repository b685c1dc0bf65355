import { describe, expect, it } from 'vitest'
import { seededRandom } from '../platform/seeded-random.ts'
import { sharedData } from '../../tests/shared-data.ts'
import { openBeir, readBeirCorpus } from './beir.ts'
import { metricsOf } from './metrics-report.ts'
import { alignQrels, type Qrels, type Run, type ScoredDocument } from './qrels-and-run.ts'
import { chooseDevSet, orderAgreement, restrictQrels, type DevSet } from './small-dev-set.ts'
import { readRun } from './trec-files.ts'

const documentIds = Array.from({ length: 1_000 }, (_, i) => `d${i}`)
const queryIds = Array.from({ length: 40 }, (_, i) => `q${i}`)
const qrels = new Map(queryIds.map((id, i) => [id, new Map([[`d${i}`, 1]])]))

/** A system that finds the relevant document with a score drawn around `skill`, among noise. */
function system(skill: number, seed: number): Run {
  const random = seededRandom(seed)
  return new Map(
    queryIds.map((id, i) => [
      id,
      documentIds.map((docId, j): ScoredDocument => ({ docId, score: random() + (j === i ? skill : 0) })),
    ]),
  )
}
const runs = new Map([0.1, 0.5, 0.7, 0.9].map((skill, i) => [`skill ${skill}`, system(skill, i)]))

/** What a retriever that scores each document by itself would rank on the small set. */
function onBothSets(systems: ReadonlyMap<string, Run>, judged: Qrels, devSet: DevSet) {
  return [...systems].map(([name, run]) => {
    const cut = new Map(
      devSet.queryIds.map((id) => [id, (run.get(id) ?? []).filter(({ docId }) => devSet.documentIds.has(docId))]),
    )
    return {
      ...{ name, pooled: false, fullSeconds: 0, smallSeconds: 0 },
      full: metricsOf(judged, run).mean['nDCG@10'],
      small: metricsOf(restrictQrels(judged, devSet), cut).mean['nDCG@10'],
    }
  })
}

describe('a small dev set', () => {
  const devSet = chooseDevSet(documentIds, qrels, runs, { queries: 30, poolDepth: 5, fillShare: 0.05, seed: 4 })

  it('holds the judged documents, the top of each run and a random fill, counted apart', () => {
    expect(devSet.queryIds).toHaveLength(30)
    expect(devSet.judgedDocuments).toBe(30)
    for (const id of devSet.queryIds) expect(devSet.documentIds.has(`d${id.slice(1)}`)).toBe(true)
    expect(devSet.randomDocuments).toBe(50)
    expect(devSet.documentIds.size).toBe(30 + devSet.pooledDocuments + 50)
    for (const run of runs.values()) {
      const top = [...(run.get(devSet.queryIds[0] as string) ?? [])].sort((a, b) => b.score - a.score).slice(0, 5)
      for (const doc of top) expect(devSet.documentIds.has(doc.docId)).toBe(true)
    }
  })

  it('orders the systems as the full set does', () => {
    const systems = onBothSets(runs, qrels, devSet)
    expect(orderAgreement(systems)).toBe(1)
    const full = systems.map((one) => one.full)
    expect(full).toEqual([...full].sort((a, b) => a - b))
    expect(orderAgreement(systems.map((one, i) => ({ ...one, small: -i })))).toBe(-1)
    expect(orderAgreement(systems.slice(0, 1))).toBeNull()
  })

  it('is easier than the full set, never harder: only distractors were removed', () => {
    const all = chooseDevSet(documentIds, qrels, runs, { poolDepth: 1, fillShare: 0 })
    for (const { full, small } of onBothSets(runs, qrels, all)) expect(small).toBeGreaterThanOrEqual(full)
  })

  it('repeats with its seed and changes with another', () => {
    const again = chooseDevSet(documentIds, qrels, runs, { queries: 30, poolDepth: 5, fillShare: 0.05, seed: 4 })
    expect(again).toEqual(devSet)
    expect(chooseDevSet(documentIds, qrels, runs, { queries: 30, seed: 5 }).queryIds).not.toEqual(devSet.queryIds)
  })

  it('keeps every group of queries', () => {
    const groupOf = (id: string) => (id === 'q7' ? 'rare' : 'common')
    expect(chooseDevSet(documentIds, qrels, runs, { queries: 4, groupOf }).queryIds).toContain('q7')
  })

  it('recognises documents that a TREC run spells with underscores, judged or not', () => {
    const corpus = ['polar bear', 'sea ice', 'desert']
    const judged = new Map([['q', new Map([['polar bear', 1]])]])
    const trecRun: Run = new Map([
      [
        'q',
        [
          { docId: 'sea_ice', score: 2 },
          { docId: 'polar_bear', score: 1 },
        ],
      ],
    ])
    const set = chooseDevSet(corpus, judged, new Map([['trec', trecRun]]), { fillShare: 0 })
    expect([...set.documentIds]).toEqual(['polar bear', 'sea ice'])
  })
})

const benchmark = sharedData('benchmarks/scifact')
const sharedRun = sharedData('trec/scifact.bm25.run')

describe.skipIf(!benchmark || !sharedRun)('a small dev set of scifact', () => {
  it('orders BM25 and three weakened copies of it as the full set does, at a fraction of the texts', async () => {
    const dataset = await openBeir(benchmark as string)
    const ids: string[] = []
    for await (const doc of readBeirCorpus(dataset.folder)) ids.push(doc.id)
    const bm25 = await readRun(sharedRun as string)
    const random = seededRandom(1)
    const weakened = (noise: number): Run =>
      new Map(
        [...bm25].map(([id, docs]) => [id, docs.map((d) => ({ docId: d.docId, score: d.score + noise * random() }))]),
      )
    const systems = new Map([0, 5, 10, 20].map((noise) => [`noise ${noise}`, weakened(noise)]))
    const qrelsOfCorpus = alignQrels(dataset.qrels, new Set(ids))
    const devSet = chooseDevSet(ids, qrelsOfCorpus, new Map([['bm25', bm25]]), { queries: 100, poolDepth: 10 })
    expect(orderAgreement(onBothSets(systems, qrelsOfCorpus, devSet))).toBe(1)
    expect(devSet.documentIds.size).toBeLessThan(ids.length / 4)
  })
})
