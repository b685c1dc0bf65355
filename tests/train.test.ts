// `dmr train` as people use it, with a model of a few thousand weights.
import Database from 'better-sqlite3'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeTinyData } from '../electron/training/testing/tiny-run.ts'
import { startDmr, type Outcome } from './support/dmr.ts'

const STAGE = { kind: 'contrastive', tuning: 'full', batch: 12, temperature: 0.05, learningRate: 5e-3 }
const RECIPE = {
  name: 'tiny',
  description: 'A run for tests.',
  model: { architecture: 'bert', layers: 1, hidden: 16, heads: 2, feedForward: 32, vocabulary: 200 },
  maxTokens: 32,
  microbatchTokens: 256,
  saveEvery: 2,
  dev: { share: 0.2, every: 10 },
  stages: [
    { ...STAGE, epochs: 10 },
    { ...STAGE, kind: 'instruction', epochs: 2, learningRate: 1e-3, negatives: 3, levels: [{ alpha: 0.65 }] },
  ],
}

interface Trained {
  readonly run: number
  readonly steps: number
  readonly bestMetric: number
  readonly checkpoint: string
  readonly model: string
}

let folder: string
let data: string
const at = (...names: string[]): string => join(folder, ...names)
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-train-'))
  data = await writeTinyData(at('data'))
  write('tiny.json', JSON.stringify(RECIPE))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, content: string): string {
  writeFileSync(at(name), content)
  return at(name)
}

/** @param own where the library and everything it keeps lie, apart from other tests */
const start = (own: string, ...args: string[]) => {
  mkdirSync(at(own), { recursive: true })
  return startDmr([...args, '--json', '--quiet', '--device', 'cpu', '--library', at(own, 'library.db')], {
    DMR_DATA: at(own),
  })
}
const dmr = (own: string, ...args: string[]): Promise<Outcome> => start(own, ...args).outcome

function succeeded({ code, stderr, json }: Outcome): unknown {
  expect(code, stderr).toBe(0)
  return json
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}

const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex')

describe('a run from the command line', () => {
  it('killed and resumed gives the weights of an undisturbed one, and its model measures the same elsewhere', async () => {
    const whole = succeeded(await dmr('whole', 'train', at('tiny.json'), '--dataset', data)) as Trained
    expect(whole).toMatchObject({ run: 1, steps: 36, bestMetric: expect.any(Number) })

    const child = start('killed', 'train', at('tiny.json'), '--dataset', data)
    await until(() => existsSync(at('killed', 'training', 'library-1-tiny', 'checkpoint', 'manifest.json')))
    child.kill('SIGKILL')
    expect((await child.outcome).code).toBeNull()
    const resumed = succeeded(await dmr('killed', 'train', '--resume', '1')) as Trained
    expect(resumed).toMatchObject({ run: 1, steps: whole.steps, bestMetric: whole.bestMetric })
    const weights = (trained: Trained): string => sha256(join(trained.model, 'model.safetensors'))
    expect(weights(resumed)).toBe(weights(whole))
    expect(readFileSync(join(resumed.model, 'README.md'), 'utf8')).toContain(resumed.bestMetric.toFixed(4))

    // Imported, it finds what it found while it was trained: the held-out queries, among all passages.
    writeBenchmark('held-out', heldOut('whole'))
    succeeded(await dmr('whole', 'models', 'import', whole.model, '--id', 'trained'))
    const evaluated = succeeded(
      await dmr('whole', 'evaluate', '--dataset', at('held-out'), '--mode', 'dense', '--model', 'trained'),
    ) as { metrics: Record<string, number>; queries: number }
    expect(evaluated.queries).toBe(9)
    expect(evaluated.metrics['nDCG@10']).toBeCloseTo(whole.bestMetric, 6)

    const again = await dmr('whole', 'train', '--resume', '1')
    expect(again.code).not.toBe(0)
    expect(again.stderr).toContain('Run 1 (tiny) has ended. Start a new one.')
  }, 60_000)

  it('that is only foreseen trains nothing', async () => {
    const estimate = succeeded(await dmr('dry', 'train', at('tiny.json'), '--dataset', data, '--dry-run'))
    expect(estimate).toMatchObject({
      recipe: 'tiny',
      seconds: expect.any(Number),
      stages: [
        { name: 'contrastive', steps: 30, textsPerStep: 36 },
        { name: 'instruction-0.65', steps: 6, textsPerStep: 60 },
      ],
    })
    expect((estimate as { peakMemoryBytes: number }).peakMemoryBytes).toBeGreaterThan(50e6)
    const runs = read('dry', (db) => db.prepare('SELECT count(*) FROM training_run').pluck().get())
    expect(runs).toBe(0)
    expect(existsSync(at('dry', 'training', 'library-1-tiny'))).toBe(false)
  }, 30_000)

  it('of every form of a recipe goes on where Ctrl-C stopped it, whatever becomes of one, and ends in a report', async () => {
    const stages = (learningRate: number) => [{ ...STAGE, epochs: 8, learningRate }]
    const variants = [0.005, 1e30, 0.002].map((rate) => ({ name: `at-${rate}`, stages: stages(rate) }))
    const recipe = write('rates.json', JSON.stringify({ ...RECIPE, name: 'rates', stages: stages(0.005), variants }))
    const first = start('series', 'train', recipe, '--dataset', data)
    // Its folder is made when the first run saves: then it is surely under way.
    await until(() => existsSync(at('series', 'training', 'library-1-rates.at-0.005', 'checkpoint', 'manifest.json')))
    first.kill('SIGINT')
    expect((await first.outcome).code).toBe(130)

    const report = at('series.html')
    const { code, json, stderr } = await dmr('series', 'train', '--resume-series', '1', '--report', report)
    expect(code, stderr).toBe(3)
    expect((json as Trained[]).map(({ run }) => run)).toEqual([1, 3])
    const html = readFileSync(report, 'utf8')
    expect(html).toContain('2 of 3 runs done')
    expect(html).toMatch(/<th>rates\.at-1e\+30<\/th><td>failed: /u)
    const missing = await dmr('series', 'train', '--resume-series', '9')
    expect(missing.stderr).toContain('There is no series of trainings 9 any more.')
  }, 120_000)

  it.each<[string, () => string[], RegExp]>([
    [
      'a recipe with a wrong setting, by its name and how many more there are',
      () => [
        write('wrong.json', JSON.stringify({ ...RECIPE, seed: 'x', stages: [{ ...STAGE, epochs: 0 }] })),
        '--dataset',
        data,
      ],
      /wrong\.json: (seed|stages\.0\.epochs): .*\(and 1 more\)\. Correct the recipe\./,
    ],
    ['a recipe that is no JSON', () => [write('cut.json', '{"name": "cut"'), '--dataset', data], /cut\.json: not JSON/],
    ['a recipe that is not there', () => ['--recipe', 'nothing'], /There is no recipe nothing\. .*one of .*smoke/],
    [
      'a data set that is not there',
      () => [at('tiny.json'), '--dataset', 'nowhere'],
      /nowhere: no such file or folder, and this library has no data set of that name/,
    ],
    ['a recipe without data', () => [at('tiny.json')], /Recipe tiny names no data/],
    [
      'a model that is not there',
      () => [at('tiny.json'), '--dataset', data, '--model', 'nothing'],
      /There is no model "nothing"/,
    ],
    [
      'a line that is no example, by its number',
      () => [
        at('tiny.json'),
        '--dataset',
        write('lines.jsonl', '{"query": "a", "pos": ["b"]}\n{"query": "c", "pos": []}\n'),
      ],
      /lines\.jsonl, line 2: "pos" must be a list of at least one text/,
    ],
    [
      'a learning rate that makes the loss infinite, by the batch',
      () => [
        write('hot.json', JSON.stringify({ ...RECIPE, stages: [{ ...STAGE, epochs: 4, learningRate: 1e30 }] })),
        ...['--dataset', data],
      ],
      /(loss|gradient) of step \d+ in stage contrastive is not finite \(data set QA, examples .*Lower the learning rate/,
    ],
    ['a run that there is not', () => ['--resume', '7'], /There is no training run 7/],
    ['a run by something that is no number', () => ['--resume', 'last'], /--resume takes the number of a run/],
  ])('says what is wrong: %s', async (_name, args, message) => {
    const { code, stderr, stdout } = await dmr('wrong', 'train', ...args())
    expect(code).toBeGreaterThan(0)
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/\n\s+at /)
    expect(stdout).toBe('')
  })
})

function read<T>(own: string, query: (db: Database.Database) => T): T {
  const db = new Database(at(own, 'library.db'), { readonly: true })
  try {
    return query(db)
  } finally {
    db.close()
  }
}

interface Line {
  readonly query: string
  readonly pos: readonly string[]
  readonly neg: readonly string[]
}

const lines = (): Line[] =>
  readFileSync(at('data', 'QA.jsonl'), 'utf8')
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

/** The queries that a run held out, as the library remembers them. */
function heldOut(own: string): ReadonlySet<string> {
  const scores = read(own, (db) =>
    db.prepare<[], string>('SELECT queries FROM training_evaluation WHERE queries IS NOT NULL LIMIT 1').pluck().get(),
  )
  const keys = new Set((JSON.parse(scores!) as [string][]).map(([key]) => key))
  const keyOf = (query: string): string => createHash('sha256').update(`QA\0${query}`).digest('hex').slice(0, 16)
  return new Set(lines().flatMap(({ query }) => (keys.has(keyOf(query)) ? [query] : [])))
}

/** A BEIR folder of all passages of the data, with the given queries. */
function writeBenchmark(name: string, queries: ReadonlySet<string>): void {
  const texts = [...new Set(lines().flatMap(({ pos, neg }) => [...pos, ...neg]))]
  const wanted = lines().filter(({ query }) => queries.has(query))
  const jsonLines = (objects: readonly object[]): string =>
    objects.map((object) => `${JSON.stringify(object)}\n`).join('')
  mkdirSync(at(name, 'qrels'), { recursive: true })
  write(join(name, 'corpus.jsonl'), jsonLines(texts.map((text, i) => ({ _id: `d${i}`, title: '', text }))))
  write(join(name, 'queries.jsonl'), jsonLines(wanted.map(({ query }, i) => ({ _id: `q${i}`, text: query }))))
  const judged = wanted.flatMap(({ pos }, i) => pos.map((text) => `q${i}\td${texts.indexOf(text)}\t1\n`))
  write(join(name, 'qrels', 'test.tsv'), `query-id\tcorpus-id\tscore\n${judged.join('')}`)
}
