import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'
import type { Evaluation } from '../contracts/evaluation.ts'
import type { Intent } from '../contracts/intents.ts'
import {
  compareReports,
  evaluateRunFile,
  explainInput,
  MEASURE_NAMES,
  storeEvaluation,
  type MeasureName,
} from '../evaluation/index.ts'
import type { EvaluatedQuery, EvaluationRecord, StoredResult } from '../storage/index.ts'
import { os } from './base.ts'
import { differences, hazardTable, reportOf, tableOf } from './evaluation-tables.ts'
import type { Library } from './library.ts'

/** Evaluations and their comparison: the Evaluation view. */
export function evaluationService(library: Library) {
  const { evaluations, devSets } = library.repositories

  function require(id: number): EvaluationRecord {
    const record = evaluations.byId(id)
    if (!record) throw new WorkbenchError('NOT_FOUND', said`There is no evaluation ${id} any more.`)
    return record
  }

  /** @throws WorkbenchError BAD_INPUT: values on different data sets say nothing about each other. */
  function requireSameData(records: readonly EvaluationRecord[]): void {
    const other = records.find(({ datasetHash }) => datasetHash !== records[0]?.datasetHash)
    if (!other) return
    throw new WorkbenchError(
      'BAD_INPUT',
      said`"${records[0]!.name}" and "${other.name}" were measured on different data (${records[0]!.dataset}, ${other.dataset}). Evaluate both on one data set.`,
    )
  }

  return {
    list: os.evaluation.list.handler(() => evaluations.all().map(shown)),
    run: os.evaluation.run.handler(({ input }) => {
      library.requireWritable()
      return { jobId: library.queue.enqueue('evaluate', input).id }
    }),
    importRun: os.evaluation.importRun.handler(async ({ input: { name, ...files } }) => {
      library.requireWritable()
      const { benchmark, report } = await evaluateRunFile(files).catch((error: unknown) => {
        throw explainInput(error)
      })
      const params = { mode: 'run', unjudged: files.unjudged, name: name ?? fileName(files.run) } as const
      return shown(require(storeEvaluation(evaluations, params, { benchmark, report, model: undefined })))
    }),
    remove: os.evaluation.remove.handler(({ input }) => {
      library.requireWritable()
      evaluations.remove(require(input.id).id)
      return {}
    }),
    table: os.evaluation.table.handler(({ input }) => {
      const records = input.ids.map(require)
      requireSameData(records)
      const baselineId = input.baselineId ?? records[0]!.id
      requireSameData([records[0]!, require(baselineId)])
      const queries = new Map([...new Set([...input.ids, baselineId])].map((id) => [id, evaluations.queries(id)]))
      return tableOf(records, queries, baselineId, requireMeasure(input.measure))
    }),
    compare: os.evaluation.compare.handler(({ input }) => {
      requireSameData([require(input.id), require(input.otherId)])
      const measure = requireMeasure(input.measure)
      const wanted = (query: EvaluatedQuery) => input.intent === undefined || query.intent === input.intent
      const mine = evaluations.queries(input.id).filter(wanted)
      const others = new Map(evaluations.queries(input.otherId).map((query) => [query.queryId, query]))
      const rows = differences(mine, others, measure).filter(({ difference }) =>
        input.show === 'all' ? true : input.show === 'better' ? difference > 0 : difference < 0,
      )
      const { wins, losses, ties, ...compared } = compareReports(reportOf(mine), reportOf([...others.values()]), {
        measure,
      })
      return {
        measure,
        queries: compared.queries,
        ...{ better: wins, worse: losses, same: ties, difference: compared.difference },
        ...{ wilcoxonP: compared.wilcoxonP, wilcoxonPTwoTailed: compared.wilcoxonPTwoTailed },
        ...{ wilcoxonPReversed: compared.wilcoxonPReversed, randomisationP: compared.randomisationP },
        total: rows.length,
        rows: rows.slice(input.offset, input.offset + input.limit),
      }
    }),
    hazards: os.evaluation.hazards.handler(({ input }) => {
      require(input.id)
      return hazardTable(evaluations.queries(input.id), requireMeasure(input.measure))
    }),
    devSets: {
      list: os.evaluation.devSets.list.handler(() =>
        devSets.all().map(({ report, ...set }) => ({ ...set, report: { ...report, systems: [...report.systems] } })),
      ),
      build: os.evaluation.devSets.build.handler(({ input }) => {
        library.requireWritable()
        return { jobId: library.queue.enqueue('dev-set', input).id }
      }),
      remove: os.evaluation.devSets.remove.handler(({ input }) => {
        library.requireWritable()
        devSets.remove(input.id)
        return {}
      }),
    },
    query: os.evaluation.query.handler(({ input }) => {
      const record = require(input.id)
      const query = evaluations.queries(input.id).find(({ queryId }) => queryId === input.queryId)
      if (!query) throw new WorkbenchError('NOT_FOUND', said`Evaluation ${input.id} has no query "${input.queryId}".`)
      const { queryId, intent, text, measures, top } = query
      const inLibrary = record.datasetPath === ''
      const results = top.map((result) => ({ ...result, passage: inLibrary ? passageOf(library, result) : null }))
      return { queryId, intent: intent as Intent, text, measures, results }
    }),
  }
}

function shown({ datasetPath: _path, ...record }: EvaluationRecord): Evaluation {
  return record as Evaluation
}

function passageOf(library: Library, { docId }: StoredResult) {
  const passage = library.repositories.documents.passage(Number(docId))
  return passage ? { passageId: passage.id, documentId: passage.documentId, page: passage.pageStart } : null
}

function requireMeasure(name: string): MeasureName {
  const known = MEASURE_NAMES.find((measure) => measure === name)
  if (known) return known
  throw new WorkbenchError('BAD_INPUT', said`There is no measure "${name}". Choose one of ${MEASURE_NAMES.join(', ')}.`)
}

function fileName(path: string): string {
  return path.split(/[/\\]/u).at(-1) ?? path
}
