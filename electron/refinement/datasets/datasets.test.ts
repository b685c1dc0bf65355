import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DMRETRIEVER_INSTRUCTIONS } from '../../contracts/prompts.ts'
import { DatasetRepository, LibraryDatabase, TrainingTextRepository, type DatasetItem } from '../../storage/index.ts'
import { exportJsonl, importJsonl, type DatasetStore } from './jsonl-folder.ts'
import { splitGroups } from './split-by-document.ts'

let folder: string
let libraries: LibraryDatabase[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-datasets-'))
  libraries = []
})
afterEach(() => {
  for (const library of libraries) library.close()
  rmSync(folder, { recursive: true, force: true })
})

function openStore(name: string): DatasetStore {
  const { db } = openLibrary(name)
  return {
    datasets: new DatasetRepository(db),
    trainingTexts: new TrainingTextRepository(db),
    atomically: (action) => db.transaction(action).immediate(),
  }
}

function openLibrary(name: string): LibraryDatabase {
  const library = LibraryDatabase.open(join(folder, `${name}.db`))
  libraries.push(library)
  return library
}

/** Items with their texts in full, so that two libraries can be compared. */
function contents(store: DatasetStore, name: string) {
  const dataset = store.datasets.byName(name)!
  const { kind, alpha, lineage } = dataset
  const resolve = ([id, score]: readonly [number, number | null]) => {
    const { id: _, ...text } = store.trainingTexts.require(id)
    return { ...text, score }
  }
  const items = [...store.datasets.items(dataset.id)].map(({ positives, negatives, ...item }) => ({
    ...item,
    positives: positives.map(resolve),
    negatives: negatives.map(resolve),
  }))
  return { kind, alpha, lineage, items }
}

const text = (content: string, page = 3) => ({
  text: content,
  documentHash: 'abc',
  title: 'Flood plan',
  page,
  pageEnd: page,
  passageHash: `hash of ${content}`,
})

describe('splitting by document', () => {
  it('gives every group to one split and meets the shares', () => {
    const groups = new Map(Array.from({ length: 200 }, (_, i) => [`doc ${i}`, 1 + (i % 7)]))
    const splits = splitGroups(groups)
    const total = [...groups.values()].reduce((sum, n) => sum + n, 0)
    const share = (split: string): number =>
      [...splits].filter(([, own]) => own === split).reduce((sum, [group]) => sum + groups.get(group)!, 0) / total
    expect(splits.size).toBe(200)
    expect(share('train')).toBeCloseTo(0.8, 1)
    expect(share('dev')).toBeCloseTo(0.1, 1)
    expect(splitGroups(groups)).toEqual(splits)
    expect(splitGroups(groups, undefined, 2)).not.toEqual(splits)
  })

  it('leaves no split empty where there are three documents or more', () => {
    const sizes = [60, 55, 50, 45, 44]
    const splits = splitGroups(new Map(sizes.map((pairs, i) => [`doc ${i}`, pairs])))
    expect([...new Set(splits.values())].sort()).toEqual(['dev', 'test', 'train'])
    expect([...splitGroups(new Map([['only', 9]])).values()]).toEqual(['train'])
  })

  it('does not depend on the order of the documents, and refuses shares that do not add up', () => {
    const groups = [
      ['a', 5],
      ['b', 5],
      ['c', 1],
    ] as const
    expect(splitGroups(new Map(groups))).toEqual(splitGroups(new Map(groups.toReversed())))
    expect(() => splitGroups(new Map(groups), { train: 0.8, dev: 0.1, test: 0.2 })).toThrow(/do not add up/)
  })
})

describe('a data set as JSON lines', () => {
  const texts = [
    'Water rises at the ford.',
    'Gates close\u2028at dusk.\r\n\n“Yes”',
    'Smoke drifts.',
    'Water rises at the  FORD.',
  ]

  function fillStore(store: DatasetStore): void {
    store.atomically(() => {
      const [a, b, c, d] = texts.map((one, page) => store.trainingTexts.add(text(one, page + 1)))
      const items: DatasetItem[] = [
        {
          split: 'train',
          intent: 'QA',
          query: 'When?',
          pairKey: 'k1',
          positives: [[a!, 0.91]],
          negatives: [
            [b!, 0.5],
            [c!, 0.25],
          ],
          extra: null,
        },
        {
          split: 'dev',
          intent: 'NLI',
          query: 'Ein "Satz"\n🌊',
          pairKey: null,
          positives: [[d!, null]],
          negatives: [],
          extra: null,
        },
        {
          split: 'train',
          intent: 'STS',
          query: 'x',
          pairKey: 'k3',
          positives: [
            [c!, null],
            [d!, 1],
          ],
          negatives: [[a!, null]],
          extra: { source: 'old', nested: [1] },
        },
      ]
      const lineage = { filter: { id: 1, rule: 'agree' }, generators: { cloze: 3 } }
      store.datasets.replace({ name: 'MTT-0.65', kind: 'MTT', alpha: 0.65, lineage }, items)
    })
  }

  it('comes back without loss in another library, byte for byte', async () => {
    const from = openStore('from')
    fillStore(from)
    await exportJsonl(from, from.datasets.byName('MTT-0.65')!, join(folder, 'out'))
    const to = openStore('to')
    expect(await importJsonl(to, join(folder, 'out'))).toEqual(['MTT-0.65'])
    const bySplit = (items: readonly { split: string; position: number }[]) =>
      items.map(({ position: _, ...item }) => item).sort((x, y) => (x.split < y.split ? 1 : x.split > y.split ? -1 : 0))
    const before = contents(from, 'MTT-0.65')
    const after = contents(to, 'MTT-0.65')
    expect({ ...after, items: bySplit(after.items) }).toEqual({ ...before, items: bySplit(before.items) })
    await exportJsonl(to, to.datasets.byName('MTT-0.65')!, join(folder, 'again'))
    for (const file of ['train.jsonl', 'train.lineage.jsonl', 'dev.jsonl', 'dataset.json'])
      expect(readFileSync(join(folder, 'again', file), 'utf8'), file).toBe(
        readFileSync(join(folder, 'out', file), 'utf8'),
      )
  })

  it('reads as other trainers expect it: instruction, scores for all texts or for none', async () => {
    const store = openStore('one')
    fillStore(store)
    await exportJsonl(store, store.datasets.byName('MTT-0.65')!, join(folder, 'out'))
    const [first, second] = readFileSync(join(folder, 'out', 'train.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(first).toEqual({
      query: 'When?',
      pos: [texts[0]],
      neg: [texts[1], texts[2]],
      prompt: DMRETRIEVER_INSTRUCTIONS.QA,
      pos_scores: [0.91],
      neg_scores: [0.5, 0.25],
    })
    expect(second).not.toHaveProperty('pos_scores')
    expect(readFileSync(join(folder, 'out', 'README.md'), 'utf8')).toContain('3 queries, 4 positives, 3 hard negatives')
  })

  it('of others keeps fields it does not know and finds the intent by its instruction', async () => {
    const line = {
      query: 'Claim',
      pos: ['p'],
      neg: ['n'],
      prompt: `${DMRETRIEVER_INSTRUCTIONS.FactCheck}: `,
      event: 'flood',
      pos_scores: [1],
      neg_scores: [0.5],
    }
    writeFileSync(join(folder, 'foreign.jsonl'), `\ufeff${JSON.stringify(line)}\r\n\r\n{"query":"q","pos":["p"]}\r\n`)
    const store = openStore('one')
    expect(await importJsonl(store, join(folder, 'foreign.jsonl'))).toEqual(['foreign'])
    expect(contents(store, 'foreign').items.map(({ intent, extra }) => [intent, extra])).toEqual([
      ['FactCheck', { prompt: line.prompt, event: 'flood' }],
      ['QA', {}],
    ])
    await exportJsonl(store, store.datasets.byName('foreign')!, join(folder, 'out'))
    const [back, plain] = readFileSync(join(folder, 'out', 'train.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
    expect(JSON.parse(back!)).toEqual(line)
    expect(JSON.parse(plain!)).toEqual({ query: 'q', pos: ['p'], neg: [] })
  })

  it.each([
    ['{"query":"q","pos":', 'line 2: not JSON'],
    ['{"query":"q"}', 'pos'],
    ['{"query":"","pos":["p"]}', 'query'],
    ['{"query":"q","pos":["p"],"pos_scores":[1,2]}', 'pos_scores has 2 numbers for 1 texts'],
  ])('names file and line of %s and stores nothing', async (line, message) => {
    writeFileSync(join(folder, 'bad.jsonl'), `{"query":"ok","pos":["p"]}\n${line}\n`)
    const store = openStore('one')
    await expect(importJsonl(store, join(folder, 'bad.jsonl'))).rejects.toThrow(message)
    expect(store.datasets.all()).toEqual([])
  })
})
