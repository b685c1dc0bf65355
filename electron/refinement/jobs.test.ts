import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JobContext } from '../jobs/index.ts'
import {
  LATENT_SEMANTIC_ID,
  latentSemanticSource,
  LatentSemanticIndex,
  lexicalBatch,
  LexicalRetriever,
  libraryState,
  vectorBatch,
  type BatchRetriever,
} from '../retrieval/index.ts'
import { LibraryDatabase, PairRepository, textHash } from '../storage/index.ts'
import { buildInSteps, buildMtp, buildMtt, planMtp } from './datasets/build-datasets.ts'
import { FilterJob, type FilterParams } from './filtering/filter-job.ts'
import { MineJob, type MineParams } from './mining/mine-job.ts'
import type { RetrieverShelf } from './retriever-shelf.ts'
import { BuiltInGenerator } from './synthesis/built-in/built-in-generator.ts'
import { GeneratorRefusal, type PairGenerator } from './synthesis/generator.ts'
import { SynthesizeJob, type SynthesizeParams } from './synthesis/synthesize-job.ts'
import { DOCUMENTS, fillSmallLibrary, refinementTables } from './testing/small-library.ts'

let folder: string
let library: LibraryDatabase
let index: LatentSemanticIndex
let opened: string[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-refine-'))
  library = LibraryDatabase.open(join(folder, 'library.db'))
  fillSmallLibrary(library.db)
  index = await LatentSemanticIndex.fit(library.db)
  opened = []
})
afterEach(() => {
  library.close()
  rmSync(folder, { recursive: true, force: true })
})

const shelf: RetrieverShelf = {
  ids: () => ['lexical', LATENT_SEMANTIC_ID],
  open: (id) => {
    opened.push(id)
    const { db } = library
    return Promise.resolve(
      id === 'lexical'
        ? lexicalBatch(db, new LexicalRetriever(db))
        : vectorBatch(latentSemanticSource(index, libraryState(db))),
    )
  },
}

const dependencies = (retrievers = shelf, openGenerator: () => PairGenerator = () => new BuiltInGenerator()) => ({
  ...refinementTables(library.db),
  retrievers,
  openGenerator,
})

function context<Params>(params: Params, signal = new AbortController().signal) {
  const log: string[] = []
  const running: JobContext<Params> = {
    jobId: 1,
    params,
    signal,
    report: () => {},
    log: (_, text) => void log.push(String(text)),
  }
  return { ...running, lines: log }
}

const synthesize = (params: Partial<SynthesizeParams> = {}) =>
  new SynthesizeJob(dependencies()).run(context({ generator: 'cloze' as const, ...params }))
const filter = (params: FilterParams = {}) => new FilterJob(dependencies()).run(context(params))
const mine = (params: MineParams = {}, deps = dependencies()) => new MineJob(deps).run(context(params))

describe('synthesis', () => {
  it('writes each pair once, however often it runs', async () => {
    const first = await synthesize()
    expect(first.pairs).toBeGreaterThan(15)
    expect(first.added).toBe(first.pairs)
    expect(first.byIntent.QA!.passages).toBe(Object.values(DOCUMENTS).flat().length)
    const again = await synthesize()
    expect([again.pairs, again.added]).toEqual([first.pairs, 0])
  })

  it('remembers where every pair came from', async () => {
    await synthesize({ intents: ['QA'] })
    for (const pair of dependencies().pairs.list()) {
      const [title, texts] = Object.entries(DOCUMENTS).find(([name]) => name === pair.source.title)!
      expect(pair).toMatchObject({ generator: 'cloze', model: '', source: { documentHash: `hash-of-${title}` } })
      expect(pair.source.text).toBe(texts[pair.source.page - 1])
    }
  })

  it('goes on after a passage that failed, and stops when nothing works', async () => {
    const flaky = new BuiltInGenerator()
    let calls = 0
    const some: PairGenerator = Object.assign(Object.create(flaky) as BuiltInGenerator, {
      generate: (...args: Parameters<PairGenerator['generate']>) =>
        ++calls === 2 ? Promise.reject(new GeneratorRefusal('no JSON')) : flaky.generate(...args),
    })
    const job = context({ generator: 'cloze' as const, intents: ['QA' as const] })
    const result = await new SynthesizeJob(dependencies(shelf, () => some)).run(job)
    expect(result.failed).toBe(1)
    expect(job.lines).toEqual([expect.stringContaining('no JSON')])
    const none: PairGenerator = Object.assign(Object.create(flaky) as BuiltInGenerator, {
      generate: () => Promise.reject(new GeneratorRefusal('no JSON')),
    })
    await expect(
      new SynthesizeJob(dependencies(shelf, () => none)).run(context({ generator: 'cloze' as const })),
    ).rejects.toMatchObject({ code: 'NOT_AVAILABLE' })
  })
})

describe('mutual agreement over a library', () => {
  it('stores every vote and decides by any rule from them', async () => {
    await synthesize()
    const result = await filter()
    const { votes, pairs } = dependencies()
    expect(result.in).toBe(pairs.count())
    expect(result.kept).toBeGreaterThan(0)
    expect(result.kept + result.dropped).toBe(result.in)
    for (const { id } of pairs.list()) expect([...votes.ofPair(id).keys()]).toEqual([LATENT_SEMANTIC_ID, 'lexical'])
    const row = (rule: string, topN: number) =>
      result.yields.find((one) => one.rule === rule && one.topN === topN)!.kept
    expect(row('agree-and-equals-source', 1)).toBe(result.kept)
    expect(row('agree', 1)).toBeGreaterThanOrEqual(result.kept)
    expect(row('cbf', 1)).toBeGreaterThanOrEqual(result.kept)
    expect(row('nopos', 1)).toBe(result.in)
    expect((await filter({ rule: 'agree', topN: 2 })).kept).toBe(row('agree', 2))
    expect(pairs.count({ keptBy: result.filterId })).toBe(result.kept)
  })

  it('asks nobody again while the library stays as it is, and everybody when it changed', async () => {
    await synthesize({ intents: ['QA'] })
    await filter()
    const asked: number[] = []
    const counting: RetrieverShelf = {
      ids: shelf.ids,
      open: async (id, signal) => {
        const one = await shelf.open(id, signal)
        return { ...one, rank: (queries, options) => (asked.push(queries.length), one.rank(queries, options)) }
      },
    }
    await new FilterJob(dependencies(counting)).run(context({}))
    expect(asked).toEqual([])
    library.db.exec("DELETE FROM document WHERE title = 'Shelter'")
    const job = context({})
    const after = await new FilterJob(dependencies(counting)).run(job)
    expect(asked).toEqual([after.in, after.in])
    expect(after.gone).toBeGreaterThan(0)
    expect(job.lines[0]).toMatch(/their passages are not in the library any more/)
  })

  it('counts copies of one text as one passage', async () => {
    const { pairs, trainingTexts } = dependencies()
    const text = DOCUMENTS['Copy']![1]!
    const sourceId = trainingTexts.add({
      text,
      documentHash: 'hash-of-Copy',
      title: 'Copy',
      page: 2,
      pageEnd: 2,
      passageHash: textHash(text),
    })
    const details = { method: 'test' }
    pairs.add({
      intent: 'QA',
      query: 'levee patrols river gauge eighteen feet seepage',
      positiveId: sourceId,
      sourceId,
      generator: 'cloze',
      model: '',
      promptHash: null,
      details,
    })
    expect((await filter()).kept).toBe(1)
  })

  it('reads pairs in slices and asks in passes, however many there are', async () => {
    const { pairs, trainingTexts } = dependencies()
    const [place] = DOCUMENTS['Smoke']!
    const text = { text: place!, documentHash: 'hash-of-Smoke', title: 'Smoke', page: 1, pageEnd: 1 }
    const sourceId = trainingTexts.add({ ...text, passageHash: textHash(place!) })
    const goneId = trainingTexts.add({ ...text, documentHash: 'hash-of-a-lost-plan', passageHash: textHash(place!) })
    const made = { generator: 'cloze', model: '', promptHash: null, details: { method: 'test' } }
    library.db.transaction(() => {
      for (let i = 0; i < 2_500; i++) {
        const positiveId = i % 100 === 0 ? goneId : sourceId
        pairs.add({ ...made, intent: 'QA', query: `school smoke wildfire ${i}`, positiveId, sourceId: positiveId })
      }
    })()
    const fetched: number[] = []
    class CountingPairs extends PairRepository {
      override list(...selection: Parameters<PairRepository['list']>) {
        const rows = super.list(...selection)
        fetched.push(rows.length)
        return rows
      }
    }
    const asked: number[] = []
    const counting: RetrieverShelf = {
      ids: shelf.ids,
      open: async (id, signal) => {
        const one = await shelf.open(id, signal)
        return { ...one, rank: (queries, options) => (asked.push(queries.length), one.rank(queries, options)) }
      },
    }
    const deps = { ...dependencies(counting), pairs: new CountingPairs(library.db), queriesPerPass: 800 }
    const result = await new FilterJob(deps).run(context<FilterParams>({}))
    expect([result.in, result.gone]).toEqual([2_475, 25])
    // Two retrievers, each 2,500 pairs in passes of 800, without those that are gone; then 2,500 in slices of 1,000 to decide.
    expect(asked).toEqual([792, 792, 792, 99, 792, 792, 792, 99])
    expect(Math.max(...fetched)).toBe(1_000)
  })

  it('refuses retrievers that cannot agree', async () => {
    await synthesize({ intents: ['QA'] })
    await expect(filter({ retrievers: ['lexical'] })).rejects.toThrow(/needs 2 retrievers/)
    await expect(filter({ retrievers: ['lexical', 'lexical'] })).rejects.toThrow(/agrees with itself/)
    expect((await filter({ retrievers: ['lexical'], rule: 'cbf' })).kept).toBeGreaterThan(0)
  })
})

describe('mining over a library', () => {
  it('keeps fewer at a lower alpha, never the answer, its copy or what a person called an answer', async () => {
    await synthesize()
    await filter()
    const { pairs, mining, searches, trainingTexts } = dependencies()
    const judged = pairs.list({ intents: ['QA'] })[0]!
    const [, , passageHash] = [...dependencies().votes.ofPair(judged.id).values()][0]!.at(-1)!
    const documentHash = [...dependencies().votes.ofPair(judged.id).values()][0]!.at(-1)![0]
    searches.judge({ query: judged.query, intent: 'QA', documentHash, textHash: passageHash, page: 1, grade: 3 })
    const result = await mine({ rule: { kind: 'percentage', alphas: [0.3, 0.95] } })
    const [low, high] = result.summary.levels
    expect(high!.negatives).toBeGreaterThan(0)
    expect(low!.negatives).toBeLessThan(high!.negatives)
    for (const pair of pairs.list()) {
      for (const { textId } of mining.negatives(result.miningId, pair.id, 1)) {
        const negative = trainingTexts.require(textId)
        expect(negative.text).not.toBe(pair.source.text)
        const isCopyPair = [pair.source.text, negative.text].every((text) => text.startsWith('Levee patrols'))
        expect(isCopyPair).toBe(false)
        if (pair.id === judged.id) expect(negative.passageHash).not.toBe(passageHash)
      }
    }
  })

  it('gives sentence pairs sentences as negatives', async () => {
    await synthesize({ intents: ['STS', 'NLI'] })
    await filter({ rule: 'nopos' })
    const result = await mine({ rule: { kind: 'percentage', alphas: [0.95] } })
    const { mining, pairs, trainingTexts } = dependencies()
    const negatives = pairs.list().flatMap(({ id }) => mining.negatives(result.miningId, id, 0))
    expect(negatives.length).toBeGreaterThan(0)
    for (const { textId } of negatives) expect(trainingTexts.require(textId).text).not.toContain('\n')
  })

  it('calibrates alpha to the share of candidates wanted', async () => {
    await synthesize()
    await filter()
    const half = await mine({ keptShares: [0.5], perQuery: 1_000 })
    const all = half.summary.candidateScores
    const candidates = all.counts.reduce((sum, n) => sum + n, all.below + all.above)
    expect(half.summary.levels[0]!.negatives / candidates).toBeGreaterThan(0.4)
    expect(half.summary.levels[0]!.negatives / candidates).toBeLessThan(0.6)
  })

  it('survives a library that loses documents while it runs, and says so', async () => {
    await synthesize()
    await filter()
    const changing: RetrieverShelf = {
      ids: shelf.ids,
      open: async (id, signal) => {
        const one: BatchRetriever = await shelf.open(id, signal)
        return {
          ...one,
          rank: async (queries, options) => {
            const rankings = await one.rank(queries, options)
            library.db.exec("DELETE FROM document WHERE title = 'Smoke'")
            return rankings
          },
        }
      },
    }
    const job = context<MineParams>({})
    const result = await new MineJob(dependencies(changing)).run(job)
    expect(job.lines).toEqual([expect.stringContaining('The library changed')])
    const { mining, pairs, trainingTexts } = dependencies()
    const titles = pairs
      .list()
      .flatMap(({ id }) => mining.negatives(result.miningId, id, 2))
      .map(({ textId }) => trainingTexts.require(textId).title)
    expect(titles.length).toBeGreaterThan(0)
    expect(titles).not.toContain('Smoke')
  })

  it('leaves nothing behind when it is cancelled', async () => {
    await synthesize()
    await filter()
    const controller = new AbortController()
    const stopping: RetrieverShelf = {
      ids: shelf.ids,
      open: async (id, signal) => {
        const one = await shelf.open(id, signal)
        return {
          ...one,
          rank: (queries, options) => {
            controller.abort(new Error('stopped'))
            return one.rank(queries, options)
          },
        }
      },
    }
    await expect(new MineJob(dependencies(stopping)).run(context({}, controller.signal))).rejects.toThrow('stopped')
    const result = await mine()
    expect(dependencies().mining.latest()!.id).toBe(result.miningId)
    expect(library.db.prepare('SELECT count(*) FROM mining_run').pluck().get()).toBe(1)
  })
})

describe('data sets of a run', () => {
  it('split documents alike in every set, keep copies together, and train on nothing of dev and test', async () => {
    await synthesize()
    const { filterId } = await filter()
    const { miningId } = await mine({ rule: { kind: 'percentage', alphas: [0.65, 0.95] } })
    library.db.exec("UPDATE document SET cluster_id = 1 WHERE title IN ('Flood', 'Copy')")
    const deps = dependencies()
    const mtp = buildMtp(deps, filterId)
    const sets = buildMtt(deps, miningId)
    expect(sets.map(({ name, alpha }) => [name, alpha])).toEqual([
      ['MTT-0.65', 0.65],
      ['MTT-0.95', 0.95],
    ])
    const splits = new Map<string, Set<string>>()
    for (const { name } of [mtp, ...sets]) {
      for (const { split, positives, negatives } of deps.datasets.items(deps.datasets.byName(name)!.id)) {
        for (const [id] of split === 'train' ? [...positives, ...negatives] : positives) {
          const { title } = deps.trainingTexts.require(id)
          const group = title === 'Copy' ? 'Flood' : title
          splits.set(group, (splits.get(group) ?? new Set()).add(split))
        }
      }
    }
    for (const [group, seen] of splits) expect(seen.size, group).toBe(1)
    expect(new Set([...splits.values()].flatMap((seen) => [...seen])).size).toBeGreaterThan(1)
  })

  it('are seen when they are complete: one that is stopped leaves the earlier one, and nothing behind', async () => {
    await synthesize({ intents: ['QA'] })
    const { filterId } = await filter()
    const deps = dependencies()
    const whole = buildMtp(deps, filterId)
    const names = () => deps.datasets.all().map(({ id, name }) => [id, name])
    const before = names()
    const stopped = AbortSignal.abort(new Error('stopped'))
    await expect(buildInSteps(deps, planMtp(deps, filterId), stopped)).rejects.toThrow('stopped')
    expect(names()).toEqual(before)
    const again = await buildInSteps(deps, planMtp(deps, filterId), new AbortController().signal)
    expect(again).toEqual(whole)
    expect(names().map(([, name]) => name)).toEqual(['MTP'])
    expect(library.db.prepare('SELECT count(*) FROM dataset').pluck().get()).toBe(1)
  })

  it('stay as they were when the library is emptied', async () => {
    await synthesize({ intents: ['QA'] })
    const { filterId } = await filter()
    const deps = dependencies()
    const { items } = buildMtp(deps, filterId)
    library.db.exec('DELETE FROM document; DELETE FROM pair')
    const dataset = deps.datasets.byName('MTP')!
    expect(deps.datasets.counts(dataset.id).items).toBe(items)
    for (const { positives } of deps.datasets.items(dataset.id))
      expect(deps.trainingTexts.require(positives[0]![0]).page).toBeGreaterThan(0)
  })
})
