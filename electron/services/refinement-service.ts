import { basename } from 'node:path'
import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'
import type {
  DatasetDetail,
  DatasetInfo,
  LocalModelInfo,
  LocalModelSettings,
  RefinementSample,
  TrainingPlace,
} from '../contracts/refinement.ts'
import { dataCard, readGguf, type SynthesizeResult } from '../refinement/index.ts'
import { libraryState } from '../retrieval/index.ts'
import type { DatasetRecord, RankedText, ScoredText, TrainingText } from '../storage/index.ts'
import { os } from './base.ts'
import type { Library } from './library.ts'
import type { Refinement } from './refinement/refinement.ts'
import { exportDataset, importDataset } from './refinement/dataset-exchange.ts'
import { describeFilter, describeMining, describeWriting } from './refinement/describe-runs.ts'

const EXAMPLES = 5

/** Writing, filtering and mining pairs, and the data sets that come of it. */
export function refinementService(library: Library, refinement: Refinement) {
  const { queue } = library
  const { pairs, votes, mining, datasets, trainingTexts, retrievers } = refinement
  let builtIn: Promise<void> | undefined

  function start(kind: 'synthesize' | 'filter' | 'mine', params: unknown): { jobId: number } {
    library.requireWritable()
    return { jobId: queue.enqueue(kind, params).id }
  }

  function describe({ id, name, kind, alpha, createdAt }: DatasetRecord): DatasetInfo {
    return { id, name, kind, alpha, createdAt, ...datasets.counts(id) }
  }

  function detail(record: DatasetRecord): DatasetDetail {
    const texts = (list: readonly ScoredText[]) =>
      list.map(([textId, score]) => ({ ...placeOf(trainingTexts.require(textId)), score }))
    const examples: DatasetDetail['examples'] = []
    for (const { split, intent, query, positives, negatives } of datasets.items(record.id)) {
      examples.push({ split, intent, query, positives: texts(positives), negatives: texts(negatives) })
      if (examples.length === EXAMPLES) break
    }
    const info = describe(record)
    return { ...info, lineage: { ...record.lineage }, card: dataCard(record, info), examples }
  }

  function placeOf({ title, documentHash, page, text }: TrainingText): TrainingPlace {
    const documentId = library.repositories.documents.byContentHash(documentHash)?.id ?? null
    return { title, documentHash, documentId, page, text }
  }

  function pageOf([documentHash, page]: RankedText): Omit<TrainingPlace, 'text'> {
    const document = library.repositories.documents.byContentHash(documentHash)
    return { title: document?.title ?? '', documentHash, documentId: document?.id ?? null, page }
  }

  function requireDataset(name: string): DatasetRecord {
    const found = datasets.byName(name)
    if (found) return found
    const names = datasets.all().map((other) => other.name)
    throw new WorkbenchError(
      'NOT_FOUND',
      said`There is no data set "${name}". ${names.length > 0 ? said`There are: ${names.join(', ')}.` : said`Make one: dmr refine.`}`,
    )
  }

  function sampleOf({ pairId, outcome }: { pairId: number; outcome: string }): RefinementSample | undefined {
    const pair = pairs.byId(pairId)
    if (!pair) return undefined
    const { source, positive, details, intent, query, generator, model } = pair
    return {
      ...{ pairId, outcome, intent, query, generator, model },
      positive: positive.text,
      source: placeOf(source),
      method: details.method,
      votes: [...votes.ofPair(pairId)].map(([retriever, ranking]) => {
        const rank = ranking.findIndex(
          ([documentHash, , passageHash]) => documentHash === source.documentHash && passageHash === source.passageHash,
        )
        const [first] = ranking
        return {
          retriever,
          sourceRank: rank < 0 ? null : rank + 1,
          first: first ? pageOf(first) : null,
        }
      }),
    }
  }

  return {
    funnel: os.refinement.funnel.handler(async () => {
      // At the first start of an installation its own model is only just being made known.
      await (builtIn ??= library.registerBuiltIn())
      const filter = votes.latestRun()
      const mined = mining.latest()
      const state = libraryState(library.db)
      const written = library.repositories.jobs.lastDone('synthesize')?.result as SynthesizeResult | undefined
      return {
        passages: pairs.sourceCount(),
        written: pairs.counts(),
        writing: written ? describeWriting(written) : null,
        filter: filter ? describeFilter(filter, state) : null,
        mining: mined ? describeMining(mined, state) : null,
        retrievers: retrievers.ids(),
        languageModel: refinement.languageModel?.model ?? null,
        localModel: refinement.localModel ? basename(refinement.localModel.file, '.gguf') : null,
      }
    }),
    synthesize: os.refinement.synthesize.handler(({ input }) => start('synthesize', input)),
    filter: os.refinement.filter.handler(({ input }) => start('filter', input)),
    mine: os.refinement.mine.handler(({ input }) => start('mine', input)),
    refine: os.refinement.refine.handler(({ input }) => ({
      jobIds: (['synthesize', 'filter', 'mine'] as const).map((step) => start(step, input[step]).jobId),
    })),
    samples: os.refinement.samples.handler(({ input }) =>
      votes.sample(input.filterId, input.outcomes, input.limit).flatMap((drawn) => sampleOf(drawn) ?? []),
    ),
    suspects: os.refinement.suspects.handler(({ input: { miningId, ...slice } }) => {
      const { total, rows } = mining.suspects(miningId, slice)
      return {
        total,
        rows: rows.flatMap(({ pairId, textId, rank, score }) => {
          const pair = pairs.byId(pairId)
          if (!pair) return []
          const { query, intent, source } = pair
          const passage = placeOf(trainingTexts.require(textId))
          const positiveScore = mining.positiveScore(miningId, pairId) ?? null
          return [{ pairId, query, intent, rank, score, positiveScore, source: placeOf(source), passage }]
        }),
      }
    }),
    languageModel: os.refinement.languageModel.handler(() => refinement.languageModel ?? null),
    setLanguageModel: os.refinement.setLanguageModel.handler(({ input }) => {
      library.requireWritable()
      refinement.languageModel = input ?? undefined
      return {}
    }),
    localModel: os.refinement.localModel.handler(async () => {
      const settings = refinement.localModel
      return settings ? describeLocal(settings).catch(() => null) : null
    }),
    setLocalModel: os.refinement.setLocalModel.handler(async ({ input }) => {
      library.requireWritable()
      const described = input && (await describeLocal(input))
      refinement.localModel = input ?? undefined
      return described
    }),
    datasets: os.refinement.datasets.handler(() => datasets.all().map(describe)),
    dataset: os.refinement.dataset.handler(({ input }) => detail(requireDataset(input.name))),
    exportDataset: os.refinement.exportDataset.handler(async ({ input: { name, format, folder } }) => {
      const dataset = requireDataset(name)
      await exportDataset(refinement.store, dataset, format, folder)
      const { id: _id, createdAt: _createdAt, ...info } = describe(dataset)
      return { folder, ...info }
    }),
    importDataset: os.refinement.importDataset.handler(async ({ input: { path, name } }) => {
      library.requireWritable()
      const names = await importDataset(refinement.store, path, name)
      return names.map((one) => describe(requireDataset(one)))
    }),
    removeDataset: os.refinement.removeDataset.handler(({ input }) => {
      library.requireWritable()
      datasets.remove(requireDataset(input.name).id)
      return {}
    }),
  }
}

/** @throws WorkbenchError NOT_FOUND or MODEL_INVALID, saying what is wrong with the file. */
async function describeLocal(settings: LocalModelSettings): Promise<LocalModelInfo> {
  const { name, architecture, parameters, bytes } = await readGguf(settings.file)
  return { ...settings, name: name === '' ? basename(settings.file, '.gguf') : name, architecture, parameters, bytes }
}
