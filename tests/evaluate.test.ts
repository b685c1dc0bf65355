import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { modelFixture } from '../electron/ml/testing/model-fixtures.ts'
import { sharedData } from './shared-data.ts'
import { startDmr, type Outcome } from './support/dmr.ts'

/** Our names of what trec_eval prints. */
const TREC_NAMES = {
  map: 'AP',
  recip_rank: 'RR',
  P_10: 'P@10',
  recall_10: 'R@10',
  recall_100: 'R@100',
  ndcg_cut_10: 'nDCG@10',
  ndcg_cut_100: 'nDCG@100',
} as const

type Values = Record<string, number>
interface Metrics {
  mean: Values
  perQuery: Record<string, Values>
  compare?: { wilcoxonP: number; wins: number }
}
interface Evaluated {
  queries: number
  model: string | null
  metrics: Values
  byIntent: Record<string, Values>
  perQuery: Record<string, Values>
  notes: string[]
}

let folder: string
const dmr = (...args: string[]): Promise<Outcome> =>
  startDmr([...args, '--library', join(folder, 'library.db'), '--device', 'cpu'], { DMR_DATA: folder }).outcome
const at = (name: string): string => join(folder, name)

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-evaluate-'))
  writeBeir('tiny')
  writeDisastIr('disastir')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const DOCUMENTS = [
  ['d1', 'Shelters', 'The shelter manager opens the fairground hall.'],
  ['d2', 'Water', 'Boil water for one minute before drinking it.'],
  ['d3', 'Roads', 'Do not drive through flooded roads.'],
  ['Plan 4', '', 'The generator starts when the power fails.'],
] as const

function writeBeir(name: string): void {
  const lines = (objects: readonly object[]) => objects.map((object) => `${JSON.stringify(object)}\n`).join('')
  mkdirSync(join(at(name), 'qrels'), { recursive: true })
  writeFileSync(join(at(name), 'corpus.jsonl'), lines(DOCUMENTS.map(([_id, title, text]) => ({ _id, title, text }))))
  const queries = [
    { _id: 'q1', text: 'Who opens the (fairground) "hall"?', intent: 'QA' },
    { _id: 'q2', text: 'Water is boiled AND cooled', intent: 'FactCheck' },
    { _id: 'q3', text: 'zeppelin', intent: 'QA' },
    { _id: 'q4', text: 'never judged' },
  ]
  writeFileSync(join(at(name), 'queries.jsonl'), lines(queries))
  writeFileSync(
    join(at(name), 'qrels', 'test.tsv'),
    'query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td3\t0\nq2\td2\t1\nq3\tPlan_4\t1\nq3\tburnt\t0\nq9\td1\t1\n',
  )
}

function writeDisastIr(name: string): void {
  mkdirSync(at(name))
  const write = (file: string, value: unknown): void => writeFileSync(join(at(name), file), JSON.stringify(value))
  const [shelter, water, roads] = DOCUMENTS.map(([, , text]) => text)
  write('corpus.json', [shelter, water, roads])
  write('QA_Geo.json', [{ user_query: 'who opens the hall' }, { user_query: 'zeppelin' }])
  write('QA_Geo_qrels.json', [
    { user_query: 'who opens the hall', passage: shelter, score: 3 },
    { user_query: 'zeppelin', passage: water, score: 1 },
  ])
  write('STS_Bio.json', [{ user_query: 'boil water' }])
  write('STS_Bio_qrels.json', [{ user_query: 'boil water', passage: water, score: 2 }])
}

describe('dmr metrics', () => {
  it.each(['scifact', 'climate-fever-sent', 'covid-faq', 'cranfield'])('equals trec_eval on %s', async (name) => {
    const trec = sharedData('trec')
    if (trec === undefined) return
    const { json } = await dmr(
      'metrics',
      '--qrels',
      `${trec}/${name}.qrels`,
      '--run',
      `${trec}/${name}.bm25.run`,
      '--json',
    )
    const { mean, perQuery } = json as Metrics
    const expected = readFileSync(`${trec}/${name}.trec_eval.txt`, 'utf8').trimEnd().split('\n')
    expect(expected.length).toBeGreaterThan(1_000)
    for (const line of expected) {
      const [measure, query, value] = line.split(/\s+/u) as [keyof typeof TREC_NAMES, string, string]
      const ours = (query === 'all' ? mean : perQuery[query])![TREC_NAMES[measure]]!
      // trec_eval prints four decimals.
      expect(Math.abs(ours - Number(value)), line).toBeLessThan(0.5001e-4)
    }
  })

  it('compares two runs, and refuses files that are none', async () => {
    writeFileSync(at('a.qrels'), 'q1 0 d1 1\nq2 0 d2 1\n')
    writeFileSync(at('a.run'), 'q1 Q0 d1 1 2.0 a\nq2 Q0 d2 1 2.0 a\n')
    writeFileSync(at('b.run'), 'q1 Q0 d2 1 2.0 b\nq1 Q0 d1 2 1.0 b\nq2 Q0 d2 1 2.0 b\n')
    const { json } = await dmr(
      'metrics',
      '--qrels',
      at('a.qrels'),
      '--run',
      at('a.run'),
      '--compare',
      at('b.run'),
      '--json',
    )
    expect((json as Metrics).compare).toMatchObject({ wins: 1, measure: 'nDCG@10' })
    const swapped = await dmr('metrics', '--qrels', at('a.run'), '--run', at('a.qrels'))
    expect(swapped).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/a\.run, line 1: found 6 columns, expected 4/),
    })
    const missing = await dmr('metrics', '--qrels', at('none'), '--run', at('a.run'))
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringMatching(/none: cannot be read/) })
    writeFileSync(at('c.run'), 'q1 Q0 x 1 2.0 c\n')
    const foreign = await dmr('metrics', '--qrels', at('a.qrels'), '--run', at('c.run'), '--json')
    expect(foreign.stderr).toMatch(/No document of .* is judged/)
    writeFileSync(at('d.run'), 'other Q0 d1 1 2.0 d\n')
    const disjoint = await dmr('metrics', '--qrels', at('a.qrels'), '--run', at('d.run'))
    expect(disjoint).toMatchObject({ code: 2, stderr: expect.stringMatching(/none in common/) })
  })
})

describe('dmr evaluate', () => {
  // nDCG@10 of reference BM25 on each set.
  it.each([
    ['scifact', 0.665, 'FactCheck'],
    ['cranfield', 0.349, 'QA'],
    ['climate-fever-sent', 0.346, 'FactCheck'],
    ['covid-faq', 0.534, 'QA'],
  ])('reaches reference BM25 on %s with keywords alone', async (name, reference, intent) => {
    const dataset = sharedData(`benchmarks/${name}`)
    if (dataset === undefined) return
    const { json, code } = await dmr('evaluate', '--dataset', dataset, '--mode', 'lexical', '--json')
    expect(code).toBe(0)
    expect(json).toMatchObject({ dataset: name, mode: 'lexical', model: null })
    expect((json as Evaluated).metrics['nDCG@10']).toBeGreaterThan(reference - 0.01)
    expect((json as Evaluated).byIntent[intent]).toBeDefined()
  })

  it('takes queries as plain text, counts those without an answer as 0, and names what does not fit', async () => {
    const { json } = await dmr(
      'evaluate',
      '--dataset',
      at('tiny'),
      '--mode',
      'lexical',
      '--run',
      at('tiny.run'),
      '--per-query',
      '--json',
    )
    const { perQuery, queries, notes, byIntent } = json as Evaluated
    expect(queries).toBe(3)
    expect(perQuery).toMatchObject({ q1: { RR: 1 }, q2: { RR: 1 }, q3: { RR: 0, 'R@5': 0 } })
    expect(byIntent).toMatchObject({ QA: { RR: 0.5 }, FactCheck: { RR: 1 } })
    expect(notes).toEqual([
      expect.stringMatching(/1 judged queries are not in queries\.jsonl.*q9/),
      expect.stringMatching(/1 judged documents are not in the corpus.*burnt/),
    ])
    // The run it writes scores the same as what it said.
    const again = await dmr(
      'metrics',
      '--qrels',
      join(at('tiny'), 'qrels', 'test.tsv'),
      '--run',
      at('tiny.run'),
      '--missing-as-zero',
      '--json',
    )
    expect((again.json as Metrics).perQuery['q1']).toEqual(perQuery['q1'])
  })

  it('makes a small set of a benchmark, refuses to write over other files, and writes its own anew', async () => {
    const make = () => dmr('dev-set', '--dataset', at('tiny'), '--output', at('small'), '--queries', '2', '--json')
    const { json, code } = await make()
    expect(code).toBe(0)
    expect(json).toMatchObject({
      dataset: 'tiny',
      queries: 2,
      measure: 'nDCG@10',
      systems: [{ name: 'Keywords' }, {}, {}],
    })
    expect(readdirSync(at('small')).sort()).toEqual(['corpus.jsonl', 'dev-set.json', 'qrels', 'queries.jsonl'])
    const evaluated = await dmr('evaluate', '--dataset', at('small'), '--mode', 'lexical', '--json')
    const { systems } = json as { systems: { small: number }[] }
    expect((evaluated.json as Evaluated).metrics['nDCG@10']).toBe(systems[0]!.small)
    expect((await make()).code).toBe(0)
    const refused = await dmr('dev-set', '--dataset', at('tiny'), '--output', at('tiny'))
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/holds other files/) })
  })

  it('averages DisastIR by event group and intent', async () => {
    const { json } = await dmr('evaluate', '--dataset', at('disastir'), '--mode', 'lexical', '--json')
    const { metrics, byIntent } = json as Evaluated
    expect(byIntent).toMatchObject({ QA: { 'nDCG@10(exp)': 0.5 }, STS: { 'nDCG@10(exp)': 1 } })
    expect(metrics['nDCG@10(exp)']).toBe(0.75)
  })

  it('measures a model alone and with keywords, and embeds a corpus once', async () => {
    expect((await dmr('models', 'import', modelFixture('bert'))).code).toBe(0)
    const dense = await dmr('evaluate', '--dataset', at('tiny'), '--model', 'bert', '--json')
    expect(dense.json).toMatchObject({ model: 'bert', mode: 'dense', queries: 3 })
    // Four documents: every judged one is in a list of all of them.
    expect((dense.json as Evaluated).metrics['R@5']).toBe(1)
    const cached = readdirSync(at('cache/embeddings/bert'))
    expect(cached).toEqual([expect.stringMatching(/\.f32$/)])
    const hybrid = await dmr('evaluate', '--dataset', at('tiny'), '--model', 'bert', '--mode', 'hybrid', '--json')
    expect((hybrid.json as Evaluated).metrics['R@5']).toBe(1)
    expect(readdirSync(at('cache/embeddings/bert'))).toEqual(cached)
    expect((await dmr('models', 'remove', 'bert')).code).toBe(0)
    expect(readdirSync(at('cache/embeddings'))).not.toContain('bert')
  })

  it('takes the model that comes with the application as long as nobody chose one', async () => {
    const { code, json } = await dmr('evaluate', '--dataset', join(folder, 'tiny'), '--mode', 'dense', '--json')
    expect(code).toBe(0)
    expect(json).toMatchObject({ mode: 'dense', model: 'dmr-static-en' })
  })

  it.each<[string, readonly string[], RegExp]>([
    ['a folder that is not there', ['--dataset', '/nowhere'], /\/nowhere: is no folder/],
    ['a folder of something else', ['--dataset', '.'], /holds neither corpus\.jsonl .* nor/],
    [
      'a split that is not there',
      ['--dataset', 'tiny', '--split', 'dev'],
      /no judgements qrels\/dev\.tsv \(found test\)/,
    ],
    ['an unknown model', ['--dataset', 'tiny', '--model', 'huge'], /There is no model "huge"/],
  ])('refuses %s', async (_name, args, message) => {
    const [flag, dataset, ...rest] = args as [string, string, ...string[]]
    const path = dataset.startsWith('/') ? dataset : join(folder, dataset)
    const { code, stderr } = await dmr('evaluate', flag, path, ...rest)
    expect(stderr).toMatch(message)
    expect(code).toBeGreaterThan(0)
    expect(stderr).not.toMatch(/\n\s+at /)
  })
})

describe('dmr embed', () => {
  it('writes a NumPy file with the vectors it prints', async () => {
    await dmr('models', 'import', modelFixture('qwen3'))
    writeFileSync(at('texts.jsonl'), '"a flood"\n{"query": "fire"}\n\n{"passage": "storm"}\n')
    const printed = await dmr('embed', '--input', at('texts.jsonl'), '--model', 'qwen3', '--kind', 'passage', '--json')
    const { dimensions, vectors } = printed.json as { dimensions: number; vectors: number[][] }
    expect(vectors).toHaveLength(3)
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 5)
    const written = await dmr(
      'embed',
      '--input',
      at('texts.jsonl'),
      '--model',
      'qwen3',
      '--kind',
      'passage',
      '--output',
      at('x.npy'),
      '--json',
    )
    expect(written.json).toEqual({ dimensions, vectors: 3 })
    const npy = readFileSync(at('x.npy'))
    const header = 10 + npy.readUInt16LE(8)
    expect(header % 64).toBe(0)
    expect(npy.toString('latin1', 0, header)).toContain(`'shape': (3, ${dimensions})`)
    expect([...new Float32Array(npy.buffer.slice(npy.byteOffset + header, npy.byteOffset + npy.length))]).toEqual(
      vectors.flat(),
    )
    const asQuery = await dmr('embed', 'a flood', '--model', 'qwen3', '--json')
    expect((asQuery.json as { vectors: number[][] }).vectors[0]).not.toEqual(vectors[0])
  })

  it('names the line that holds no text', async () => {
    writeFileSync(at('bad.jsonl'), '"fine"\n{"id": 3}\n')
    const { code, stderr } = await dmr('embed', '--input', at('bad.jsonl'), '--model', 'qwen3')
    expect(stderr).toMatch(/bad\.jsonl, line 2: has no "text"/)
    expect(code).toBe(2)
  })
})
