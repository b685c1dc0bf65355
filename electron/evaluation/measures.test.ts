import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { sharedData } from '../../tests/shared-data.ts'
import { compareCodePoints } from './id-spelling.ts'
import { MEASURE_NAMES, type MeasureName, measureQuery, rankDocuments } from './measures.ts'
import { metricsOf } from './metrics-report.ts'
import { readQrels, readRun } from './trec-files.ts'

const ranking = (...ids: string[]) => ids.map((docId, i) => ({ docId, score: ids.length - i }))
const grades = (entries: Record<string, number>) => new Map(Object.entries(entries))

describe('ranking', () => {
  it('orders by score, then by document id descending', () => {
    const ranked = rankDocuments([
      { docId: 'a', score: 1 },
      { docId: 'c', score: 1 },
      { docId: 'b', score: 2 },
      { docId: 'B', score: 1 },
    ])
    expect(ranked.map((doc) => doc.docId)).toEqual(['b', 'c', 'a', 'B'])
  })

  it('compares ids in UTF-8 byte order, not in UTF-16 order', () => {
    // U+1F600 is above U+FB01 in UTF-8, but its first surrogate is below it.
    const ids = ['', 'a', 'ab', 'b', '\u00e9', '\ufb01', '\u{1f600}', '\u{1f600}a', '\u{1f601}']
    for (const a of ids) {
      for (const b of ids) {
        const expected = Buffer.compare(Buffer.from(a), Buffer.from(b))
        expect(Math.sign(compareCodePoints(a, b)), `${a} against ${b}`).toBe(expected)
      }
    }
  })

  it('breaks ties on the TREC spelling, so that a BEIR id with spaces ranks as its TREC copy does', () => {
    // '_' (0x5f) sorts above 'A' (0x41) and ' ' (0x20) below it.
    const ranked = rankDocuments([
      { docId: 'pA', score: 1 },
      { docId: 'p q', score: 1 },
    ])
    expect(ranked[0]?.docId).toBe('p q')
  })

  it('sees two scores as tied in single precision where trec_eval 9.0 did', () => {
    const documents = [
      { docId: 'a', score: 20.0000003 },
      { docId: 'b', score: 20 },
    ]
    expect(rankDocuments(documents)[0]?.docId).toBe('a')
    expect(rankDocuments(documents, 'single')[0]?.docId).toBe('b')
  })
})

describe('measures of one query', () => {
  // Ranking: d3 (grade 3), x (unjudged), d0 (0), d1 (1); d2 (2) is not retrieved.
  const judged = grades({ d0: 0, d1: 1, d2: 2, d3: 3 })
  const values = measureQuery(judged, ranking('d3', 'x', 'd0', 'd1'))

  it('agree with the definitions worked by hand', () => {
    const log = Math.log2
    expect(values['nDCG@5']).toBeCloseTo((3 + 1 / log(5)) / (3 + 2 / log(3) + 1 / log(4)), 12)
    expect(values['nDCG@5(exp)']).toBeCloseTo((7 + 1 / log(5)) / (7 + 3 / log(3) + 1 / log(4)), 12)
    expect(values.RR).toBe(1)
    expect(values['R@5']).toBeCloseTo(2 / 3, 12)
    expect(values.AP).toBeCloseTo((1 + 2 / 4) / 3, 12)
    expect(values['P@5']).toBeCloseTo(2 / 5, 12)
    expect(values['Judged@5']).toBe(3 / 4)
  })

  it('name every measure of the command line exactly once', () => {
    expect(Object.keys(values).sort()).toEqual([...MEASURE_NAMES].sort())
    expect(new Set(MEASURE_NAMES).size).toBe(23)
  })

  it('skip unjudged documents in the ignore variant, but still report how many there were', () => {
    const ignored = measureQuery(judged, ranking('x', 'd0', 'd3'), { unjudged: 'ignore' })
    expect(ignored.RR).toBe(1 / 2)
    expect(measureQuery(judged, ranking('x', 'd0', 'd3')).RR).toBe(1 / 3)
    expect(ignored['Judged@5']).toBe(2 / 3)
  })

  it('take fractional grades as they are: above 0 is relevant, the gain is the fraction', () => {
    const fractional = measureQuery(grades({ a: 0.5, b: 2.5 }), ranking('a', 'b'))
    expect(fractional.RR).toBe(1)
    expect(fractional['nDCG@10']).toBeCloseTo((0.5 + 2.5 / Math.log2(3)) / (2.5 + 0.5 / Math.log2(3)), 12)
    expect(fractional['nDCG@10(exp)']).toBeCloseTo(
      (2 ** 0.5 - 1 + (2 ** 2.5 - 1) / Math.log2(3)) / (2 ** 2.5 - 1 + (2 ** 0.5 - 1) / Math.log2(3)),
      12,
    )
    expect(measureQuery(grades({ a: 0.5, b: 2.5 }), ranking('a', 'b'), { relevanceLevel: 1 }).RR).toBe(1 / 2)
  })

  it('treat a negative grade as pooled but not judged', () => {
    const result = measureQuery(grades({ a: -1, b: 1 }), ranking('a', 'b'))
    expect(result['Judged@5']).toBe(1 / 2)
    expect(result['nDCG@5']).toBeCloseTo(1 / Math.log2(3), 12)
    expect(measureQuery(grades({ a: -1, b: 1 }), ranking('a', 'b'), { unjudged: 'ignore' }).RR).toBe(1)
  })

  it('are 0, never NaN, without a relevant judgement or without a result', () => {
    for (const result of [measureQuery(grades({ a: 0 }), ranking('b')), measureQuery(grades({ a: 1 }), [])]) {
      for (const name of MEASURE_NAMES) expect(result[name], name).toBe(0)
    }
  })

  it('cut RR@10 after rank 10 while RR goes on', () => {
    const deep = measureQuery(grades({ hit: 1 }), ranking(...'abcdefghij', 'hit'))
    expect(deep['RR@10']).toBe(0)
    expect(deep.RR).toBeCloseTo(1 / 11, 12)
  })
})

const shared = sharedData('trec')

describe.skipIf(!shared)('equality with trec_eval on the shared runs', () => {
  const TREC_NAMES: Record<string, MeasureName> = {
    map: 'AP',
    recip_rank: 'RR',
    P_10: 'P@10',
    recall_10: 'R@10',
    recall_100: 'R@100',
    ndcg_cut_10: 'nDCG@10',
    ndcg_cut_100: 'nDCG@100',
  }

  it.each(['scifact', 'climate-fever-sent', 'covid-faq', 'cranfield'])('%s, every query and measure', async (name) => {
    const report = metricsOf(await readQrels(`${shared}/${name}.qrels`), await readRun(`${shared}/${name}.bm25.run`))
    const expected = readFileSync(`${shared}/${name}.trec_eval.txt`, 'utf8').trimEnd().split('\n')
    const wrong: string[] = []
    for (const line of expected) {
      const [trecName, queryId, value] = line.split('\t').map((column) => column.trim()) as [string, string, string]
      const measure = TREC_NAMES[trecName] as MeasureName
      const ours = (queryId === 'all' ? report.mean : report.perQuery[queryId])?.[measure]
      // Half a unit of the last printed digit: C rounds 0.53125 to even, toFixed rounds it up.
      if (!(Math.abs((ours ?? NaN) - Number(value)) <= 0.00005 + 1e-12))
        wrong.push(`${queryId} ${measure}: ${ours} against ${value}`)
    }
    expect(wrong).toEqual([])
    expect(expected).toHaveLength(7 * (Object.keys(report.perQuery).length + 1))
  })

  it('a BEIR qrels file whose ids hold spaces scores a TREC run the same', async () => {
    const beirQrels = sharedData('benchmarks/climate-fever-sent/qrels/test.tsv')
    if (!beirQrels) return
    const run = await readRun(`${shared}/climate-fever-sent.bm25.run`)
    const fromTrec = metricsOf(await readQrels(`${shared}/climate-fever-sent.qrels`), run)
    expect(metricsOf(await readQrels(beirQrels), run).mean).toEqual(fromTrec.mean)
  })
})
