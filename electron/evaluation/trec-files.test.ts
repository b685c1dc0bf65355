import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { EvaluationInputError } from './input-error.ts'
import { alignRun, findIdMismatch } from './qrels-and-run.ts'
import {
  beirQrelsLines,
  parseQrels,
  parseRun,
  qrelsLines,
  readQrels,
  readRun,
  runLines,
  writeLines,
} from './trec-files.ts'

const asObject = (map: ReadonlyMap<string, ReadonlyMap<string, number>>) =>
  Object.fromEntries([...map].map(([id, inner]) => [id, Object.fromEntries(inner)]))

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trec-files-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

describe('qrels', () => {
  it('are read from the TREC form, any white space between columns', () => {
    expect(asObject(parseQrels('1 0 d1 2\n1\tQ0\td2\t0\n\n# note\n2 0  d1 0.5\n', 'q'))).toEqual({
      1: { d1: 2, d2: 0 },
      2: { d1: 0.5 },
    })
  })

  it('are read from the BEIR form, where ids may hold spaces', () => {
    const text = 'query-id\tcorpus-id\tscore\nq 1\tPolar bear:357\t1\n'
    expect(asObject(parseQrels(text, 'q'))).toEqual({ 'q 1': { 'Polar bear:357': 1 } })
    expect(asObject(parseQrels('q1\tPolar bear:357\t1\n', 'q'))).toEqual({ q1: { 'Polar bear:357': 1 } })
  })

  it('have comments in the TREC form only: a BEIR query id may start with #', () => {
    expect(asObject(parseQrels('query-id\tcorpus-id\tscore\n#flood\td\t1\n', 'q'))).toEqual({ '#flood': { d: 1 } })
  })

  it('keep a no-break space inside an id, as trec_eval does', () => {
    expect(asObject(parseQrels('1 0 a\u00a0b 1\n', 'q'))).toEqual({ 1: { 'a\u00a0b': 1 } })
  })

  it('are the same with a byte-order mark and CRLF line ends, from text and from a file', async () => {
    const text = '\ufeff1 0 d1 1\r\n1 0 d2 0\r\n'
    const expected = { 1: { d1: 1, d2: 0 } }
    expect(asObject(parseQrels(text, 'q'))).toEqual(expected)
    const path = join(await scratch(), 'qrels')
    await writeFile(path, text)
    expect(asObject(await readQrels(path))).toEqual(expected)
  })

  it.each([
    ['1 0 d1\n', 'q, line 1: found 3 columns, expected 4'],
    ['1 0 d1 1\n1 0 d2 yes\n', 'q, line 2: grade "yes" is not a finite number'],
    ['1 0 d1 1\n\n1 0 Polar bear 1\n', 'q, line 3: found 5 columns'],
    ['1 0 d1 1\n1 0 d1 2\n', 'q, line 2: document "d1" is judged twice for query "1"'],
    ['query-id\tcorpus-id\tscore\n1\td1\n', 'q, line 2: found 2 columns, expected 3'],
    ['', 'q: holds no judgement'],
    ['query-id\tcorpus-id\tscore\n', 'q: holds no judgement'],
  ])('%j is refused with the line and the reason', (text, message) => {
    expect(() => parseQrels(text, 'q')).toThrow(EvaluationInputError)
    expect(() => parseQrels(text, 'q')).toThrow(message)
  })

  it('name the path when the file is absent', async () => {
    await expect(readQrels('/nowhere/qrels.tsv')).rejects.toMatchObject({
      code: 'MISSING',
      source: '/nowhere/qrels.tsv',
    })
  })
})

describe('runs', () => {
  it('are read with the score as given and the rank ignored', () => {
    const run = parseRun('1 Q0 d1 7 1e1 tag\n1 Q0 d2 1 -.5 tag more words\n', 'r')
    expect(run.get('1')).toEqual([
      { docId: 'd1', score: 10 },
      { docId: 'd2', score: -0.5 },
    ])
  })

  it.each([
    ['1 Q0 d1 1 nan tag\n', 'r, line 1: score "nan" is not a finite number'],
    ['1 Q0 d1 1 NaN tag\n', 'score "NaN" is not a finite number'],
    ['1 Q0 d1 1 inf tag\n', 'score "inf" is not a finite number'],
    ['1 Q0 d1 1 1e999 tag\n', 'score "1e999" is not a finite number'],
    ['1 Q0 d1 1 0x10 tag\n', 'score "0x10" is not a finite number'],
    ['1 Q0 d1 1 2.5\n', 'found 5 columns, expected 6'],
    ['1 Q0 Polar bear:357 2 15.4 bm25\n', 'rank "bear:357" is not a whole number; an id with spaces'],
    ['1 Q0 d1 1 2 t\n2 Q0 d1 1 2 t\n1 Q0 d1 2 1 t\n', 'r, line 3: document "d1" is retrieved twice for query "1"'],
    ['\n\n', 'r: holds no result'],
  ])('%j is refused with the line and the reason', (text, message) => {
    expect(() => parseRun(text, 'r')).toThrow(message)
  })

  it('stay whole where a multi-byte character lies on a chunk border of the file', async () => {
    const path = join(await scratch(), 'run')
    const filler = Array.from({ length: 40_000 }, (_, i) => `q Q0 dé${i} ${i + 1} ${40_000 - i} t\n`).join('')
    await writeFile(path, filler)
    const documents = (await readRun(path)).get('q') ?? []
    expect(Buffer.byteLength(filler)).toBeGreaterThan(1 << 20)
    expect(documents).toHaveLength(40_000)
    expect(documents.every((doc, i) => doc.docId === `dé${i}`)).toBe(true)
  })
})

describe('writing and reading back', () => {
  it('gives the same judgements and scores, in both forms', async () => {
    const folder = await scratch()
    const qrels = new Map([
      ['q 1', new Map([['Polar bear:1', 0.25]])],
      ['q2', new Map([['d', 3]])],
    ])
    await writeLines(join(folder, 'beir.tsv'), beirQrelsLines(qrels))
    expect(await readQrels(join(folder, 'beir.tsv'))).toEqual(qrels)
    await writeLines(join(folder, 'trec'), qrelsLines(qrels))
    expect(asObject(await readQrels(join(folder, 'trec')))).toEqual({ q_1: { 'Polar_bear:1': 0.25 }, q2: { d: 3 } })

    const run = new Map([
      [
        'q2',
        [
          { docId: 'a', score: 0.1 },
          { docId: 'b', score: 0.1 + 0.2 },
        ],
      ],
    ])
    await writeLines(join(folder, 'run'), runLines(run, 'my tag'))
    expect(await readFile(join(folder, 'run'), 'utf8')).toBe(
      'q2 Q0 b 1 0.30000000000000004 my_tag\nq2 Q0 a 2 0.1 my_tag\n',
    )
    expect((await readRun(join(folder, 'run'))).get('q2')).toContainEqual({ docId: 'b', score: 0.1 + 0.2 })
  })

  it('refuses two ids that a TREC file cannot tell apart', () => {
    const run = new Map([
      [
        'q',
        [
          { docId: 'a b', score: 2 },
          { docId: 'a_b', score: 1 },
        ],
      ],
    ])
    expect(() => [...runLines(run, 't')]).toThrow('"a b" and "a_b" of query "q" are both "a_b"')
  })
})

describe('ids', () => {
  const qrels = parseQrels('query-id\tcorpus-id\tscore\nq1\tPolar bear:1\t1\nq2\td\t1\n', 'q')

  it('of a run take the spelling of the judgements', () => {
    const run = parseRun('q1 Q0 Polar_bear:1 1 2 t\nq1 Q0 Other_page:2 2 1 t\n', 'r')
    expect(
      alignRun(qrels, run)
        .get('q1')
        ?.map((doc) => doc.docId),
    ).toEqual(['Polar bear:1', 'Other_page:2'])
  })

  it('that fit two judged ids are refused', () => {
    const both = parseQrels('q1\ta b_c\t1\nq1\ta_b c\t1\n', 'q')
    expect(() => alignRun(both, parseRun('q1 Q0 a_b_c 1 2 t\n', 'r'))).toThrow('may mean "a b_c" or "a_b c"')
  })

  it('that one side lacks are listed', () => {
    const run = parseRun('q2 Q0 d 1 2 t\nq9 Q0 lost 1 2 t\n', 'r')
    expect(findIdMismatch(qrels, run, new Set(['d']))).toEqual({
      queriesWithoutJudgements: ['q9'],
      queriesMissingFromRun: ['q1'],
      judgedDocumentsNotInCorpus: ['Polar bear:1'],
      retrievedDocumentsNotInCorpus: ['lost'],
    })
  })
})
