import fc from 'fast-check'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { INTENTS } from '../../contracts/intents.ts'
import { readQrels } from '../../evaluation/index.ts'
import type { DatasetStore } from '../../refinement/index.ts'
import {
  DATASET_SPLITS,
  DatasetRepository,
  LibraryDatabase,
  textHash,
  TrainingTextRepository,
  type DatasetItem,
} from '../../storage/index.ts'
import { exportDataset, importDataset } from './dataset-exchange.ts'

let folder: string
let libraries: LibraryDatabase[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-exchange-'))
  libraries = []
})
afterEach(() => {
  for (const library of libraries) library.close()
  rmSync(folder, { recursive: true, force: true })
})

function openStore(): DatasetStore {
  const library = LibraryDatabase.open(join(folder, `${libraries.length}.db`))
  libraries.push(library)
  const { db } = library
  return {
    datasets: new DatasetRepository(db),
    trainingTexts: new TrainingTextRepository(db),
    atomically: (action) => db.transaction(action).immediate(),
  }
}

/** What PDFs hold: any script, line separators that JSON allows, tabs, quotes, and text that looks like a file's own marks. */
const text = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
    fc.constantFrom(
      'a\u2028b',
      'tab\there',
      '{"query":"x"}',
      '"quoted"',
      'line\nbreak',
      '\ufeffmark',
      'Ünïcode 洪水 🚒',
      'q1\t0\td1\t1',
    ),
  )
  .filter((one) => one.trim() !== '')
const score = fc.option(fc.double({ min: -1, max: 1, noNaN: true }).map((value) => (Object.is(value, -0) ? 0 : value)))
interface Planned {
  readonly split: DatasetItem['split']
  readonly intent: DatasetItem['intent']
  readonly query: string
  readonly pairKey: string | null
  readonly positives: readonly (readonly [string, number | null])[]
  readonly negatives: readonly (readonly [string, number | null])[]
}
const item: fc.Arbitrary<Planned> = fc
  .record({
    split: fc.constantFrom(...DATASET_SPLITS),
    intent: fc.constantFrom(...INTENTS),
    query: text,
    pairKey: fc.option(fc.nat().map((value) => value.toString(16))),
    positives: fc.uniqueArray(fc.tuple(text, score), { minLength: 1, maxLength: 3, selector: ([one]) => one }),
    negatives: fc.uniqueArray(fc.tuple(text, score), { maxLength: 4, selector: ([one]) => one }),
  })
  // A passage is either right or wrong for a query.
  .map((one) => ({
    ...one,
    negatives: one.negatives.filter(([negative]) => one.positives.every(([positive]) => positive !== negative)),
  }))

function fill(store: DatasetStore, name: string, planned: readonly Planned[]): void {
  const add = ([one, own]: readonly [string, number | null]) => {
    const place = {
      documentHash: `hash ${one.length % 3}`,
      title: `Plan "${one.length % 3}"`,
      page: 1 + (one.length % 5),
    }
    return [store.trainingTexts.add({ text: one, ...place, pageEnd: 9, passageHash: textHash(one) }), own] as const
  }
  store.atomically(() =>
    store.datasets.replace(
      { name, kind: 'MTT', alpha: 0.65, lineage: { split: { seed: 1 } } },
      planned.map((one) => ({
        ...one,
        positives: one.positives.map(add),
        negatives: one.negatives.map(add),
        extra: null,
      })),
    ),
  )
}

/** A data set with its texts instead of their row ids; by split, because formats keep the order within each. */
function contents(store: DatasetStore, name: string) {
  const { id, kind, alpha, lineage } = store.datasets.byName(name)!
  const texts = (list: DatasetItem['positives']) =>
    list.map(([textId, own]) => {
      const { id: _id, ...origin } = store.trainingTexts.require(textId)
      return { ...origin, score: own }
    })
  const items = [...store.datasets.items(id)].map(({ position: _position, positives, negatives, ...rest }) => ({
    ...rest,
    positives: texts(positives),
    negatives: texts(negatives),
  }))
  const ofSplit = DATASET_SPLITS.map((split) => items.filter((one) => one.split === split))
  return { kind, alpha, lineage, ofSplit }
}

describe('a data set', () => {
  it.each(['jsonl', 'beir', 'mteb', 'trec'] as const)(
    'of any text comes back from %s as it was',
    async (format) => {
      const from = openStore()
      const to = openStore()
      await fc.assert(
        fc.asyncProperty(fc.array(item, { minLength: 1, maxLength: 8 }), async (planned) => {
          fill(from, 'Set', planned)
          const target = mkdtempSync(join(folder, 'out-'))
          await exportDataset(from, from.datasets.byName('Set')!, format, target)
          expect(await importDataset(to, target, 'Again')).toEqual(['Again'])
          expect(contents(to, 'Again')).toEqual(contents(from, 'Set'))
        }),
        { numRuns: 20 },
      )
    },
    60_000,
  )

  it.each(['beir', 'trec', 'mteb'] as const)(
    'is written as %s item by item, however many there are',
    async (format) => {
      const store = openStore()
      const planned = Array.from({ length: 3_000 }, (_, i): Planned => ({
        ...{ split: 'train', intent: 'QA', query: `query ${i}`, pairKey: null },
        ...{ positives: [[`text ${i}`, 1]], negatives: [] },
      }))
      fill(store, 'large', planned)
      let [read, written, ahead] = [0, 0, 0]
      class WatchedTexts extends TrainingTextRepository {
        override require(...asked: Parameters<TrainingTextRepository['require']>) {
          written++
          return super.require(...asked)
        }
      }
      class WatchedSets extends DatasetRepository {
        override *items(...asked: Parameters<DatasetRepository['items']>) {
          for (const one of super.items(...asked)) {
            // Only the corpus asks for texts, and it is written first.
            if (written < planned.length) ahead = Math.max(ahead, ++read - written)
            yield one
          }
        }
      }
      const { db } = libraries[0]!
      const watched = { ...store, datasets: new WatchedSets(db), trainingTexts: new WatchedTexts(db) }
      await exportDataset(watched, store.datasets.byName('large')!, format, join(folder, format))
      expect(ahead).toBe(1)
      expect(readFileSync(join(folder, format, 'corpus.jsonl'), 'utf8').split('\n')).toHaveLength(planned.length + 1)
    },
  )

  it('goes to TREC files with one line a query and a grade for every passage', async () => {
    const from = openStore()
    await fc.assert(
      fc.asyncProperty(fc.array(item, { minLength: 1, maxLength: 8 }), async (planned) => {
        fill(from, 'Set', planned)
        const target = mkdtempSync(join(folder, 'out-'))
        await exportDataset(from, from.datasets.byName('Set')!, 'trec', target)
        const topics = readFileSync(join(target, 'topics.tsv'), 'utf8').trimEnd().split('\n')
        expect(topics).toHaveLength(planned.length)
        for (const topic of topics) expect(topic).toMatch(/^q\d+\t[^\t\n]*$/u)
        const grades: number[] = []
        for (const file of readdirSync(target).filter((name) => name.startsWith('qrels.')))
          for (const judged of (await readQrels(join(target, file))).values()) grades.push(...judged.values())
        const count = (name: 'positives' | 'negatives') => planned.reduce((sum, one) => sum + one[name].length, 0)
        expect(grades.filter((grade) => grade > 0)).toHaveLength(count('positives'))
        expect(grades.filter((grade) => grade === 0)).toHaveLength(count('negatives'))
      }),
      { numRuns: 20 },
    )
  }, 60_000)
})

const line = fc.record({
  query: text,
  pos: fc.array(text, { minLength: 1, maxLength: 2 }),
  neg: fc.array(text, { maxLength: 2 }),
})
/** What goes wrong with a line: cut off by a full disk, another file's line, a field of another type, a wrong number of scores. */
const broken = fc.oneof(
  line.chain((one) => {
    const whole = JSON.stringify(one)
    return fc.integer({ min: 1, max: whole.length - 1 }).map((length) => whole.slice(0, length))
  }),
  fc.constantFrom('[]', '"text"', '17', 'null', 'query,pos,neg', '{}', '\u0000'),
  line.map((one) => JSON.stringify({ ...one, pos: one.pos[0] })),
  line.map((one) => JSON.stringify({ ...one, query: 5 })),
  line.map((one) => JSON.stringify({ ...one, pos: [] })),
  line.map((one) => JSON.stringify({ ...one, pos_scores: [...one.pos.map(() => 1), 1] })),
  line.map((one) => JSON.stringify({ ...one, neg_scores: one.neg.map(() => 'high').concat('low') })),
)

describe('a file with a line that cannot be used', () => {
  it('is refused with file, line number and what is wrong, and nothing of it is stored', async () => {
    const store = openStore()
    const path = join(folder, 'bad.jsonl')
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 6 }),
        fc.array(line, { maxLength: 3 }),
        fc.constantFrom('\n', '\r\n', '\n\n'),
        broken,
        async (before, after, end, bad) => {
          const lines = [...before.map((one) => JSON.stringify(one)), bad, ...after.map((one) => JSON.stringify(one))]
          writeFileSync(path, lines.join(end))
          const number = end === '\n\n' ? 2 * before.length + 1 : before.length + 1
          const error = await importDataset(store, path).then(
            () => undefined,
            (thrown: unknown) => thrown,
          )
          expect(error).toMatchObject({ code: 'BAD_INPUT' })
          expect((error as Error).message).toContain(`${path}, line ${number}: `)
          expect(store.datasets.all()).toEqual([])
        },
      ),
      { numRuns: 80 },
    )
  }, 60_000)

  it.each([
    ['beir', 'corpus.jsonl', '{"_id":"d1","text":'],
    ['beir', 'queries.jsonl', '{"text":"without an id"}'],
    ['beir', 'qrels/test.tsv', 'q1\td1\tvery'],
    ['trec', 'topics.tsv', 'an id alone'],
    ['trec', 'topics.metadata.jsonl', '{"_id":"q9"}'],
    ['trec', 'qrels.test.txt', 'q1 0 d1 very'],
  ] as const)('of a %s folder is named too: %s', async (format, name, bad) => {
    const store = openStore()
    fill(store, 'Set', [
      { split: 'test', intent: 'QA', query: 'q', pairKey: null, positives: [['p', 1]], negatives: [] },
    ])
    const target = join(folder, format)
    await exportDataset(store, store.datasets.byName('Set')!, format, target)
    const file = join(target, ...name.split('/'))
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    writeFileSync(file, `${[...lines, bad].join('\n')}\n`)
    const error = await importDataset(store, target, 'New').then(
      () => undefined,
      (thrown: unknown) => thrown as Error,
    )
    expect(error?.message).toMatch(
      new RegExp(`${name.split('/').at(-1)!.replace('.', '\\.')}.*\\b${lines.length + 1}\\b`, 'u'),
    )
    expect(store.datasets.byName('New')).toBeUndefined()
  })

  it('of TREC files of others is read without what only we write', async () => {
    const store = openStore()
    fill(store, 'Set', [
      { split: 'dev', intent: 'STS', query: 'a\tb', pairKey: 'k', positives: [['p', 1]], negatives: [['n', 0]] },
    ])
    const target = join(folder, 'trec')
    await exportDataset(store, store.datasets.byName('Set')!, 'trec', target)
    rmSync(join(target, 'topics.metadata.jsonl'))
    await importDataset(store, target, 'New')
    const [only] = contents(store, 'New').ofSplit[DATASET_SPLITS.indexOf('dev')]!
    expect(only).toMatchObject({ intent: 'QA', query: 'a b', positives: [{ text: 'p' }], negatives: [{ text: 'n' }] })
  })
})
