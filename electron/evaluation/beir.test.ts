import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sharedData } from '../../tests/shared-data.ts'
import { type BeirDocument, listBeirSplits, openBeir, readBeirCorpus, writeBeir } from './beir.ts'
import { alignQrels, findIdMismatch } from './qrels-and-run.ts'

async function folderOf(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'beir-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'qrels'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const small = {
  'corpus.jsonl':
    '\ufeff{"_id": "a b", "title": "T", "text": "one\u2028line", "url": "u"}\r\n{"_id": 2, "text": ""}\r\n',
  'queries.jsonl': '{"_id": "q 1", "text": "find it"}\n\n{"_id": "q2", "text": "unjudged"}',
  'qrels/test.tsv': 'query-id\tcorpus-id\tscore\nq_1\ta_b\t2\n',
  'qrels/train.tsv': 'query-id\tcorpus-id\tscore\nq2\t2\t1\nlost\t2\t1\n',
}

describe('a BEIR folder', () => {
  it('is read with its metadata, a U+2028 inside a text, a byte-order mark and CRLF', async () => {
    expect(await collect(readBeirCorpus(await folderOf(small)))).toEqual([
      { id: 'a b', title: 'T', text: 'one\u2028line', metadata: { url: 'u' } },
      { id: '2', title: '', text: '' },
    ])
  })

  it('matches judgements that spell ids with underscores', async () => {
    const dataset = await openBeir(await folderOf(small))
    expect([...dataset.queries.keys()]).toEqual(['q 1', 'q2'])
    expect(alignQrels(dataset.qrels, new Set(['a b', '2']))).toEqual(new Map([['q 1', new Map([['a b', 2]])]]))
    expect(dataset.unknownQueries).toEqual([])
  })

  it('lists its splits and the judged queries it does not hold', async () => {
    const folder = await folderOf(small)
    expect(await listBeirSplits(folder)).toEqual(['test', 'train'])
    expect((await openBeir(folder, 'train')).unknownQueries).toEqual(['lost'])
    await expect(openBeir(folder, 'dev')).rejects.toThrow('no judgements qrels/dev.tsv (found test, train)')
  })

  it('comes back from writing as it was', async () => {
    const folder = await folderOf(small)
    const { queries, qrels } = await openBeir(folder)
    const documents: BeirDocument[] = await collect(readBeirCorpus(folder))
    const copy = join(folder, 'copy')
    await writeBeir(copy, { documents, queries: queries.values(), qrels: new Map([['test', qrels]]) })
    expect(await collect(readBeirCorpus(copy))).toEqual(documents)
    const reread = await openBeir(copy)
    expect(reread.queries).toEqual(queries)
    expect(reread.qrels).toEqual(qrels)
  })

  it.each([
    ['{"_id": "a", "text": "x"}\n{"_id": "a"', 'corpus.jsonl, line 2: is not JSON'],
    ['[1]', 'corpus.jsonl, line 1: is not a JSON object'],
    ['{"text": "x"}', 'line 1: has no "_id"'],
    ['{"_id": "a"}', 'line 1: "a" has no "text"'],
    ['{"_id": "a", "text": "x", "title": 7}', 'the title of "a" is not a string'],
    ['{"_id": "a", "text": "x"}\n\n{"_id": "a", "text": "y"}', 'line 3: id "a" occurs a second time'],
    ['', 'corpus.jsonl: holds no line'],
  ])('with the corpus %j is refused', async (corpus, message) => {
    const folder = await folderOf({ ...small, 'corpus.jsonl': corpus })
    await expect(collect(readBeirCorpus(folder))).rejects.toThrow(message)
  })
})

const benchmarks = sharedData('benchmarks')

describe.skipIf(!benchmarks)('the shared benchmarks', () => {
  it.each([
    ['scifact', 5_183, 300, 339],
    ['climate-fever-sent', 5_240, 1_061, 2_745],
    ['covid-faq', 210, 209, 210],
    ['cranfield', 1_400, 225, 1_612],
  ])(
    '%s has %i documents, %i judged queries, %i judgements, and every judged id',
    async (name, documents, queries, judgements) => {
      const dataset = await openBeir(`${benchmarks}/${name}`)
      const corpusIds = new Set((await collect(readBeirCorpus(dataset.folder))).map((doc) => doc.id))
      expect(corpusIds.size).toBe(documents)
      expect(dataset.qrels.size).toBe(queries)
      const relevant = [...dataset.qrels.values()].flatMap((grades) => [...grades.values()])
      expect(relevant).toHaveLength(judgements)
      expect(dataset.unknownQueries).toEqual([])
      expect(
        findIdMismatch(alignQrels(dataset.qrels, corpusIds), new Map(), corpusIds).judgedDocumentsNotInCorpus,
      ).toEqual([])
    },
  )
})
