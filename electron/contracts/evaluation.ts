import { oc } from '@orpc/contract'
import * as v from 'valibot'
import { id, pageSlice } from './common.ts'
import { INTENTS } from './intents.ts'
import { SEARCH_MODES } from './search.ts'

const intent = v.picklist(INTENTS)
const unjudged = v.picklist(['zero-fill', 'ignore'])
/** As in reports: `nDCG@10` has linear gain, `nDCG@10(exp)` exponential gain. */
const measure = v.pipe(v.string(), v.maxLength(20))

/** Measure -> value. */
const measures = v.record(v.string(), v.number())

const evaluation = v.object({
  id,
  /** The system: a model, "Keywords", or the name a person gave. */
  name: v.string(),
  dataset: v.string(),
  /** Evaluations with the same hash have the same queries, documents and judgements. */
  datasetHash: v.string(),
  split: v.nullable(v.string()),
  mode: v.picklist([...SEARCH_MODES, 'run']),
  modelId: v.nullable(v.string()),
  modelVersion: v.nullable(v.string()),
  unjudged,
  queries: v.number(),
  seconds: v.number(),
  metrics: measures,
  byIntent: v.record(intent, measures),
  createdAt: v.number(),
})
export type Evaluation = v.InferOutput<typeof evaluation>

/** An estimate with its 95 % bootstrap interval. */
const interval = v.object({ value: v.number(), low: v.number(), high: v.number() })
export type EstimatedInterval = v.InferOutput<typeof interval>

const verdict = v.picklist(['better', 'worse', 'unclear'])

const tableCell = v.object({
  evaluationId: id,
  estimate: interval,
  /** Against the baseline, one-tailed Wilcoxon after Holm over the intents; null in the baseline's own column. */
  verdict: v.nullable(verdict),
  pBetter: v.nullable(v.number()),
  pWorse: v.nullable(v.number()),
})

const table = v.object({
  measure: v.string(),
  baselineId: id,
  rows: v.array(v.object({ intent, queries: v.number(), cells: v.array(tableCell) })),
  /** The mean of the intents' means. */
  mean: v.array(v.object({ evaluationId: id, value: v.number() })),
})
export type EvaluationTable = v.InferOutput<typeof table>

const difference = v.object({
  queryId: v.string(),
  intent,
  text: v.string(),
  value: v.number(),
  other: v.number(),
  difference: v.number(),
})
export type QueryDifference = v.InferOutput<typeof difference>

const comparison = v.object({
  measure: v.string(),
  queries: v.number(),
  better: v.number(),
  worse: v.number(),
  same: v.number(),
  difference: interval,
  /** One-tailed: how likely is an advantage of `id` over `otherId` by chance. */
  wilcoxonP: v.number(),
  wilcoxonPTwoTailed: v.number(),
  wilcoxonPReversed: v.number(),
  randomisationP: v.number(),
  total: v.number(),
  rows: v.array(difference),
})
export type EvaluationComparison = v.InferOutput<typeof comparison>

const result = v.object({
  docId: v.string(),
  score: v.number(),
  grade: v.nullable(v.number()),
  title: v.string(),
  /** Set where the corpus is the library and the passage is still there: what the viewer opens. */
  passage: v.nullable(v.object({ passageId: id, documentId: id, page: v.number() })),
})
export type EvaluatedResult = v.InferOutput<typeof result>

const hazardTable = v.object({
  measure: v.string(),
  /** Event groups in the order of DisastIR, others after them by name. */
  groups: v.array(v.string()),
  /** One cell per group; null where the set has no such task. */
  rows: v.array(
    v.object({
      intent,
      cells: v.array(v.nullable(v.object({ value: v.number(), queries: v.number() }))),
    }),
  ),
})
export type HazardTable = v.InferOutput<typeof hazardTable>

const devSet = v.object({
  id,
  name: v.string(),
  /** Its BEIR folder. */
  path: v.string(),
  createdAt: v.number(),
  report: v.object({
    dataset: v.string(),
    split: v.nullable(v.string()),
    measure: v.string(),
    queries: v.number(),
    judgedDocuments: v.number(),
    pooledDocuments: v.number(),
    randomDocuments: v.number(),
    /** Documents and queries to read for one evaluation. */
    fullTexts: v.number(),
    smallTexts: v.number(),
    /** Kendall's tau-b between the orders of systems on both sets; null where there is no order. */
    kendallTauB: v.nullable(v.number()),
    systems: v.array(
      v.object({
        name: v.string(),
        full: v.number(),
        small: v.number(),
        fullSeconds: v.number(),
        smallSeconds: v.number(),
        /** Its best documents went into the set, which favours it. */
        pooled: v.boolean(),
      }),
    ),
  }),
})
export type DevSet = v.InferOutput<typeof devSet>

const path = v.pipe(v.string(), v.trim(), v.nonEmpty())
const count = v.pipe(v.number(), v.integer(), v.minValue(1))

export const evaluationContract = {
  /** Newest first. */
  list: oc.output(v.array(evaluation)),
  /** Measures search on a BEIR or DisastIR folder, or on the judgements of this library (`dataset: "library"`), in the background. */
  run: oc
    .input(
      v.object({
        dataset: path,
        split: v.optional(v.string()),
        intent: v.optional(intent),
        mode: v.picklist(SEARCH_MODES),
        model: v.optional(v.string()),
        rerank: v.optional(v.boolean(), false),
        unjudged: v.optional(unjudged, 'zero-fill'),
        name: v.optional(v.string()),
      }),
    )
    .output(v.object({ jobId: id })),
  /** Scores a TREC run that another program made. */
  importRun: oc
    .input(
      v.object({
        qrels: path,
        run: path,
        name: v.optional(v.string()),
        intent: v.optional(intent, 'QA'),
        unjudged: v.optional(unjudged, 'zero-fill'),
      }),
    )
    .output(evaluation),
  remove: oc.input(v.object({ id })).output(v.object({})),
  /** Evaluations of one data set side by side, intent by intent. */
  table: oc
    .input(
      v.object({
        ids: v.pipe(v.array(id), v.minLength(1), v.maxLength(12)),
        baselineId: v.optional(id),
        measure: v.optional(measure, 'nDCG@10(exp)'),
      }),
    )
    .output(table),
  /** Two evaluations query by query, largest changes first. */
  compare: oc
    .input(
      v.object({
        id,
        otherId: id,
        measure: v.optional(measure, 'nDCG@10(exp)'),
        show: v.optional(v.picklist(['all', 'better', 'worse']), 'all'),
        intent: v.optional(intent),
        ...pageSlice,
      }),
    )
    .output(comparison),
  /** One evaluation by intent and hazard: METHOD's tasks. Empty for sets that do not name event groups. */
  hazards: oc.input(v.object({ id, measure: v.optional(measure, 'nDCG@10(exp)') })).output(hazardTable),
  /** Small development sets made from full ones: quick to score, and checked to order systems alike. */
  devSets: {
    /** Newest first. */
    list: oc.output(v.array(devSet)),
    build: oc
      .input(
        v.object({
          dataset: path,
          split: v.optional(v.string()),
          intent: v.optional(intent),
          output: path,
          queries: v.optional(count),
          poolDepth: v.optional(count),
          fillShare: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
          seed: v.optional(v.pipe(v.number(), v.integer())),
          models: v.optional(v.array(v.string())),
        }),
      )
      .output(v.object({ jobId: id })),
    /** Takes it off the list; its folder stays. */
    remove: oc.input(v.object({ id })).output(v.object({})),
  },
  /** What one evaluation ranked for a query. */
  query: oc
    .input(v.object({ id, queryId: v.string() }))
    .output(v.object({ queryId: v.string(), intent, text: v.string(), measures, results: v.array(result) })),
}
