import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DMRETRIEVER_INSTRUCTIONS } from '../../contracts/prompts.ts'
import type { RetrievalObjective } from '../../ml/losses/index.ts'
import { splitDevSet } from './dev-set.ts'
import { parseExample, readDataSets, readTexts } from './examples.ts'
import { Sampler } from './sampler.ts'
import { queryText, type TokenizedData, type TokenizedExample } from './tokenized-data.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dmr-data-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

async function file(name: string, text: string): Promise<string> {
  const path = join(root, name)
  await writeFile(path, text)
  return path
}

const good = '{"query":"q","pos":["p"],"neg":["n"]}'

describe('training files', () => {
  it.each([
    ['broken JSON', `${good}\n{"query":`, 'line 2: not JSON'],
    ['no object', `[1]\n${good}`, 'line 1: not an object'],
    ['no query', `${good}\n{"pos":["p"]}`, 'line 2: "query" must be a text'],
    ['no positive', `${good}\n\n{"query":"q","pos":[]}`, 'line 3: "pos" must be a list of at least one text'],
    ['a negative that is no text', `{"query":"q","pos":["p"],"neg":[3]}`, 'line 1: "neg" must be a list of texts'],
    [
      'scores that do not match',
      `{"query":"q","pos":["p"],"neg":["n"],"pos_scores":[1],"neg_scores":[]}`,
      'line 1: "pos_scores"',
    ],
    ['an empty file', '', 'it is empty'],
    ['one example', good, 'it has one example; contrastive training needs at least two'],
  ])('%s is refused with its place', async (_, text, message) => {
    const path = await file('bad.jsonl', text)
    await expect(readDataSets(path)).rejects.toThrow(message)
    await expect(readDataSets(path)).rejects.toThrow(path)
  })

  it('line separators inside a text split nothing, CRLF and a byte-order mark are no part of it', async () => {
    const path = await file('odd.jsonl', `\uFEFF{"query":"a\u2028b","pos":["p"]}\r\n${good}\r\n`)
    const [set] = await readDataSets(path)
    expect(set!.examples.map(({ query }) => query)).toEqual(['a\u2028b', 'q'])
  })

  it('a folder is several data sets, in the order of their names', async () => {
    await mkdir(join(root, 'several'))
    await file('several/b.jsonl', `${good}\n${good}`)
    await file('several/STS_x.jsonl', `${good}\n${good}`)
    const sets = await readDataSets(join(root, 'several'))
    expect(sets.map(({ name }) => name)).toEqual(['STS_x', 'b'])
    expect(sets[0]!.examples[0]!.intent).toBe('STS')
  })

  it('the instruction tells the intent, and a negative that is a positive is dropped', () => {
    const line = { query: 'q', pos: ['p'], neg: ['p', 'n'], prompt: DMRETRIEVER_INSTRUCTIONS.FactCheck }
    const example = parseExample('f', 1, JSON.stringify(line))
    expect(example).toMatchObject({ intent: 'FactCheck', negatives: ['n'] })
    expect(queryText(example, { family: 'plain', own: {} })).toBe(`${DMRETRIEVER_INSTRUCTIONS.FactCheck}: q`)
  })

  it('plain text is read line by line, and none at all is refused', async () => {
    expect(await readTexts(await file('plain.txt', 'one\n\ntwo'))).toEqual(['one', 'two'])
    await expect(readTexts(await file('none.txt', '\n'))).rejects.toThrow('it holds no text')
  })
})

const inBatch: RetrievalObjective = { temperature: 0.1, group: 3, negatives: 'in-batch' }
const ownGroup: RetrievalObjective = { temperature: 0.1, group: 4, negatives: 'own-group' }

/** Sets of examples whose texts have numbers of their own: query n*10, positives n*10+1.., negatives n*10+5.. */
function tokenized(sizes: readonly number[], negatives = 2): TokenizedData {
  let number = 0
  const example = (): TokenizedExample => {
    const base = number++ * 10
    const more = Array.from({ length: negatives }, (_, i) => base + 5 + i)
    const query = { query: base, queryText: `query ${base}`, intent: 'QA' } as const
    return { ...query, positives: [base + 1, base + 2], negatives: more, scores: undefined }
  }
  const sets = sizes.map((size, index) => ({ name: `set${index}`, examples: Array.from({ length: size }, example) }))
  return { sets, texts: { count: number * 10, row: (text) => [text] }, truncated: 0 }
}

describe('sampling', () => {
  it('every batch comes from one data set, and an epoch uses no example twice', () => {
    const sampler = new Sampler(tokenized([9, 5]), { batch: 4, objective: inBatch, seed: 3 })
    expect(sampler.stepsPerEpoch).toBe(2 + 1)
    const places = [1, 2, 3].map((step) => sampler.place(step))
    expect(places.map(({ set }) => set.name).sort()).toEqual(['set0', 'set0', 'set1'])
    const used = places.flatMap(({ set, examples }) => examples.map((index) => `${set.name}.${index}`))
    expect(new Set(used).size).toBe(12)
  })

  it('a step is the same whenever it is asked for, and other epochs have other orders', () => {
    const make = () => new Sampler(tokenized([16]), { batch: 4, objective: inBatch, seed: 3 })
    const [straight, late] = [make(), make()]
    const all = Array.from({ length: 8 }, (_, i) => straight.batch(i + 1))
    expect(late.batch(7)).toEqual(all[6])
    expect(all.slice(0, 4)).not.toEqual(all.slice(4))
  })

  it('draws one positive at random and repeats negatives when there are too few', () => {
    const sampler = new Sampler(tokenized([4]), { batch: 4, objective: ownGroup, seed: 1 })
    const drawn = new Set<number>()
    for (let step = 1; step <= 20; step++) {
      const { passages, queries } = sampler.batch(step)
      expect(passages).toHaveLength(16)
      for (const [q, [query]] of queries.entries()) {
        const group = passages.slice(q * 4, q * 4 + 4).map(([text]) => text! - query!)
        drawn.add(group[0]!)
        expect([1, 2]).toContain(group[0])
        expect(new Set(group.slice(1))).toEqual(new Set([5, 6]))
      }
    }
    expect(drawn).toEqual(new Set([1, 2]))
  })

  it('a group without negatives is refused where the group is all there is', () => {
    const data = tokenized([4], 0)
    expect(() => new Sampler(data, { batch: 2, objective: ownGroup, seed: 1 })).toThrow(
      'data set set0, example 1: it has no negatives',
    )
    expect(() => new Sampler(data, { batch: 2, objective: inBatch, seed: 1 })).not.toThrow()
    expect(() => new Sampler(tokenized([1]), { batch: 2, objective: inBatch, seed: 1 })).toThrow('at least two')
  })

  it('marks the other positives of a query in the batch as no negatives', () => {
    const [set] = tokenized([2]).sets
    const shared = set!.examples.map((example) => ({ ...example, positives: [1] }))
    const data = { ...tokenized([2]), sets: [{ name: 'shared', examples: shared }] }
    const batch = new Sampler(data, { batch: 2, objective: { ...inBatch, group: 1 }, seed: 1 }).batch(1)
    expect([...batch.excluded!]).toEqual([0, 1, 1, 0])
  })
})

it('a query is either trained on or held out, and every passage stays searchable', () => {
  const data = tokenized([20])
  const { train, dev } = splitDevSet(data, { share: 0.25, queries: 100, seed: 1 })
  const trained = train.sets[0]!.examples.map(({ query }) => query)
  expect(dev.queries).toHaveLength(5)
  expect(trained).toHaveLength(15)
  expect(new Set([...trained, ...dev.queries.map(({ query }) => query)]).size).toBe(20)
  expect(dev.pool).toHaveLength(20 * 4)
  expect(new Set(dev.queries.map(({ key }) => key)).size).toBe(5)
})
