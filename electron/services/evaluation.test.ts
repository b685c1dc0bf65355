import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NodeLauncher } from '../platform/node-launcher.ts'
import { openWorkbench, type Workbench } from './index.ts'

let folder: string
let workbench: Workbench
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-evaluation-'))
  workbench = openWorkbench(
    {
      kind: 'cli',
      paths: { data: folder, resources: folder },
      launcher: new NodeLauncher(),
      logger: pino({ level: 'silent' }),
      shell: {},
    },
    { libraryPath: join(folder, 'library.db'), watch: false },
  )
})
afterEach(async () => {
  await workbench.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Queries 1 to n with one relevant document each. */
function writeQrels(n: number): string {
  const path = join(folder, 'set.qrels')
  writeFileSync(path, Array.from({ length: n }, (_, i) => `q${i} 0 right 1\n`).join(''))
  return path
}

/** @param rankOf the rank of the right document for each query, from 1. */
function writeRun(name: string, n: number, rankOf: (i: number) => number): string {
  const path = join(folder, name)
  const lines = Array.from({ length: n }, (_, i) =>
    Array.from(
      { length: 5 },
      (_, r) => `q${i} Q0 ${r + 1 === rankOf(i) ? 'right' : `wrong${r}`} ${r + 1} ${9 - r} x\n`,
    ),
  )
  writeFileSync(path, lines.flat().join(''))
  return path
}

describe('evaluations', () => {
  it('of one data set stand side by side, with a verdict and every query', async () => {
    const { client } = workbench
    const qrels = writeQrels(30)
    const old = await client.evaluation.importRun({ qrels, run: writeRun('old.run', 30, (i) => (i % 3) + 2) })
    const better = await client.evaluation.importRun({
      qrels,
      run: writeRun('new.run', 30, (i) => (i === 0 ? 5 : 1)),
      name: 'New',
    })
    expect(better).toMatchObject({ name: 'New', mode: 'run', queries: 30, dataset: 'set.qrels' })
    expect((await client.evaluation.list()).map(({ id }) => id)).toEqual([better.id, old.id])

    const table = await client.evaluation.table({ ids: [old.id, better.id], measure: 'RR' })
    expect(table.rows).toHaveLength(1)
    const [first, second] = table.rows[0]!.cells
    expect(first).toMatchObject({ evaluationId: old.id, verdict: null })
    expect(second).toMatchObject({
      evaluationId: better.id,
      verdict: 'better',
      estimate: { value: better.metrics['RR'] },
    })
    expect(second!.estimate.low).toBeLessThan(second!.estimate.high)

    const compared = await client.evaluation.compare({ id: better.id, otherId: old.id, measure: 'RR' })
    expect(compared).toMatchObject({ better: 29, worse: 1, same: 0, total: 30 })
    expect(compared.wilcoxonP).toBeLessThan(0.001)
    const worse = await client.evaluation.compare({ id: better.id, otherId: old.id, measure: 'RR', show: 'worse' })
    expect(worse.rows).toEqual([
      { queryId: 'q0', intent: 'QA', text: 'q0', value: 0.2, other: 0.5, difference: expect.closeTo(-0.3) },
    ])

    const query = await client.evaluation.query({ id: better.id, queryId: 'q1' })
    expect(query.results.slice(0, 2)).toEqual([
      { docId: 'right', score: 9, grade: 1, title: 'right', passage: null },
      { docId: 'wrong1', score: 8, grade: null, title: 'wrong1', passage: null },
    ])
    await client.evaluation.remove({ id: old.id })
    await expect(client.evaluation.query({ id: old.id, queryId: 'q1' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('of different data are not compared, nor unknown measures given', async () => {
    const { client } = workbench
    const a = await client.evaluation.importRun({ qrels: writeQrels(3), run: writeRun('a.run', 3, () => 1) })
    const b = await client.evaluation.importRun({ qrels: writeQrels(4), run: writeRun('b.run', 4, () => 1) })
    await expect(client.evaluation.table({ ids: [a.id, b.id] })).rejects.toThrow(/measured on different data/)
    await expect(client.evaluation.compare({ id: a.id, otherId: b.id })).rejects.toThrow(/measured on different data/)
    await expect(client.evaluation.table({ ids: [a.id], measure: 'F1' })).rejects.toThrow(/no measure "F1"/)
    await expect(client.evaluation.importRun({ qrels: join(folder, 'none'), run: 'x' })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    })
  })

  it('run in the background on a folder, and on what people judged in this library', async () => {
    const { client, library } = workbench
    const set = join(folder, 'set')
    mkdirSync(join(set, 'qrels'), { recursive: true })
    writeFileSync(
      join(set, 'corpus.jsonl'),
      '{"_id": "1", "title": "Water", "text": "Boil water."}\n{"_id": "2", "text": "Fire."}\n',
    )
    writeFileSync(join(set, 'queries.jsonl'), '{"_id": "q", "text": "boil water"}\n')
    writeFileSync(join(set, 'qrels', 'test.tsv'), 'query-id\tcorpus-id\tscore\nq\t1\t1\n')
    const run = (dataset: string) => client.evaluation.run({ dataset, mode: 'lexical' })
    const first = await run(set)
    const { evaluationId } = (await library.queue.result(first.jobId)) as { evaluationId: number }
    expect((await client.evaluation.list())[0]).toMatchObject({
      id: evaluationId,
      name: 'Keywords',
      metrics: { RR: 1 },
    })

    const unjudged = await run('library')
    await expect(library.queue.result(unjudged.jobId)).rejects.toThrow(/Nobody judged search results/)
    const { db } = library
    db.exec(`
      INSERT INTO document (id, content_hash, title, page_count, pipeline_version, indexed_at) VALUES (7, 'h', 'Water plan', 9, 1, 0);
      INSERT INTO passage (id, document_id, page_start, page_end, char_start, char_end, headings, context, text, tokens, text_hash)
        VALUES (70, 7, 3, 3, 0, 9, '[]', '', 'Boil water for a minute.', 5, 't'), (71, 7, 4, 4, 0, 9, '[]', '', 'Hand out bottles.', 3, 'u')`)
    await client.search.judge({ query: 'boil water', intent: 'QA', passageId: 70, grade: 3 })
    await client.search.judge({ query: 'boil water', intent: 'QA', passageId: 71, grade: 0 })
    const second = await run('library')
    const done = (await library.queue.result(second.jobId)) as { evaluationId: number }
    const query = await client.evaluation.query({ id: done.evaluationId, queryId: 'QA: boil water' })
    expect(query.results[0]).toMatchObject({
      ...{ grade: 3, title: 'Water plan, page 3' },
      passage: { passageId: 70, documentId: 7, page: 3 },
    })
    expect(query.measures['RR']).toBe(1)
  })
})
