import { WorkbenchError } from '../contracts/errors.ts'
import type { DatasetInfo, RefinementFunnel, RefinementSample } from '../contracts/refinement.ts'
import { levelNames, type MiningSummary, type NegativeRule, type Yield, type YieldRow } from '../refinement/index.ts'
import type { DatasetRecord, FilterRun, MiningRun, TrainingText } from '../storage/index.ts'
import { os } from './base.ts'
import type { Library } from './library.ts'
import { exportDataset, importDataset } from './refinement/dataset-exchange.ts'

/** Writing, filtering and mining pairs, and the data sets that come of it. */
export function refinementService(library: Library) {
  const { refinement, queue } = library
  const { pairs, votes, mining, datasets, trainingTexts, retrievers } = refinement

  function start(kind: 'synthesize' | 'filter' | 'mine', params: unknown): { jobId: number } {
    library.requireWritable()
    return { jobId: queue.enqueue(kind, params).id }
  }

  function describe({ id, name, kind, alpha, createdAt }: DatasetRecord): DatasetInfo {
    return { id, name, kind, alpha, createdAt, ...datasets.counts(id) }
  }

  function requireDataset(name: string): DatasetRecord {
    const found = datasets.byName(name)
    if (found) return found
    const names = datasets.all().map((other) => other.name)
    throw new WorkbenchError(
      'NOT_FOUND',
      `There is no data set "${name}". ${names.length > 0 ? `There are: ${names.join(', ')}.` : 'Make one: dmr refine.'}`,
    )
  }

  function sampleOf(pairId: number): RefinementSample | undefined {
    const pair = pairs.byId(pairId)
    if (!pair) return undefined
    const { source, positive, details, intent, query, generator, model } = pair
    return {
      ...{ pairId, intent, query, generator, model },
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
          first: first ? { documentHash: first[0], page: first[1] } : null,
        }
      }),
    }
  }

  return {
    funnel: os.refinement.funnel.handler(() => {
      const filter = votes.latestRun()
      const mined = mining.latest()
      return {
        written: pairs.counts(),
        filter: filter ? describeFilter(filter) : null,
        mining: mined ? describeMining(mined) : null,
        retrievers: retrievers.ids(),
        languageModel: refinement.languageModel?.model ?? null,
      }
    }),
    synthesize: os.refinement.synthesize.handler(({ input }) => start('synthesize', input)),
    filter: os.refinement.filter.handler(({ input }) => start('filter', input)),
    mine: os.refinement.mine.handler(({ input }) => start('mine', input)),
    samples: os.refinement.samples.handler(({ input }) =>
      votes.sample(input.filterId, input.outcomes, input.limit).flatMap((pairId) => sampleOf(pairId) ?? []),
    ),
    suspects: os.refinement.suspects.handler(({ input: { miningId, ...slice } }) => {
      const { total, rows } = mining.suspects(miningId, slice)
      return {
        total,
        rows: rows.flatMap(({ pairId, textId, rank, score }) => {
          const pair = pairs.byId(pairId)
          const passage = placeOf(trainingTexts.require(textId))
          return pair ? [{ pairId, query: pair.query, intent: pair.intent, rank, score, passage }] : []
        }),
      }
    }),
    languageModel: os.refinement.languageModel.handler(() => refinement.languageModel ?? null),
    setLanguageModel: os.refinement.setLanguageModel.handler(({ input }) => {
      library.requireWritable()
      refinement.languageModel = input ?? undefined
      return {}
    }),
    datasets: os.refinement.datasets.handler(() => datasets.all().map(describe)),
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

function describeFilter(run: FilterRun): NonNullable<RefinementFunnel['filter']> {
  const report = run.report as Yield & { yields: readonly YieldRow[] }
  return {
    id: run.id,
    rule: run.rule as NonNullable<RefinementFunnel['filter']>['rule'],
    topN: run.topN,
    retrievers: run.retrievers.map(({ id }) => id),
    in: report.in,
    kept: report.kept,
    outcomes: { ...report.outcomes },
    byIntent: { ...report.byIntent },
    yields: report.yields.map(({ rule, topN, in: total, kept, byIntent }) => ({
      rule,
      topN,
      in: total,
      kept,
      byIntent: { ...byIntent },
    })),
  }
}

function describeMining(run: MiningRun): NonNullable<RefinementFunnel['mining']> {
  const summary = run.summary as MiningSummary
  const rule = run.rule as NegativeRule
  const names = levelNames(rule)
  return {
    id: run.id,
    retriever: run.retriever,
    rule: rule as NonNullable<RefinementFunnel['mining']>['rule'],
    queries: summary.queries,
    suspects: summary.suspects,
    levels: summary.levels.map((level, index) => ({ name: names[index]!, ...level })),
    positiveScores: { ...summary.positiveScores, counts: [...summary.positiveScores.counts] },
    candidateScores: { ...summary.candidateScores, counts: [...summary.candidateScores.counts] },
    shares: { ...summary.shares, counts: [...summary.shares.counts] },
  }
}

function placeOf({ title, documentHash, page, text }: TrainingText) {
  return { title, documentHash, page, text }
}
