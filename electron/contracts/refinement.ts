import { oc } from '@orpc/contract'
import * as v from 'valibot'
import { id, pageSlice } from './common.ts'
import { INTENTS } from './intents.ts'

/**
 * `cloze`: built in, rules without a language model. `openai`: a server that speaks OpenAI's protocol. `gguf`: a model file on
 * this computer.
 */
export const GENERATORS = ['cloze', 'openai', 'gguf'] as const
export type GeneratorId = (typeof GENERATORS)[number]

/** Of mutual agreement; see METHOD 4 and the field's ablations. */
export const FILTER_RULES = ['agree-and-equals-source', 'agree', 'cbf', 'nopos'] as const
export type FilterRule = (typeof FILTER_RULES)[number]

export const DATASET_FORMATS = ['jsonl', 'beir', 'trec', 'mteb'] as const
export type DatasetFormat = (typeof DATASET_FORMATS)[number]

const count = v.pipe(v.number(), v.integer(), v.minValue(1))
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const intents = v.optional(v.pipe(v.array(v.picklist(INTENTS)), v.minLength(1)))
const retrieverIds = v.optional(v.pipe(v.array(v.string()), v.minLength(1)))

/** How to reach a language model. Nothing is contacted before a person has saved these. */
export const openAiSettings = v.object({
  /** Such as http://127.0.0.1:11434/v1 for Ollama, or https://api.openai.com/v1. */
  baseUrl: v.pipe(v.string(), v.trim(), v.url('Give an address that starts with http:// or https://.')),
  model: v.pipe(v.string(), v.trim(), v.nonEmpty()),
  /** Name of the environment variable that holds the key; the key itself is never stored. */
  keyVariable: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/u)), 'OPENAI_API_KEY'),
  parallel: v.optional(v.pipe(count, v.maxValue(64)), 4),
  requestsPerMinute: v.optional(v.nullable(count), null),
  /** A request without an answer, and a stream without a word, end after this. */
  timeoutSeconds: v.optional(v.pipe(v.number(), v.minValue(0.1), v.maxValue(3_600)), 120),
  /** Per million tokens, for the cost shown; null: not shown. */
  prices: v.optional(v.nullable(v.object({ input: v.number(), output: v.number() })), null),
})
export type OpenAiSettings = v.InferOutput<typeof openAiSettings>

/** A language model in a GGUF file, run by node-llama-cpp where somebody installed that. */
export const localModelSettings = v.object({
  file: v.pipe(v.string(), v.trim(), v.nonEmpty()),
  /** Folder in which node-llama-cpp was installed; null: among the application's own packages. */
  packageFolder: v.optional(v.nullable(v.pipe(v.string(), v.trim(), v.nonEmpty())), null),
  contextTokens: v.optional(v.pipe(count, v.minValue(512), v.maxValue(131_072)), 4_096),
  /** Uses a graphics card where the installed package can. */
  gpu: v.optional(v.boolean(), false),
})
export type LocalModelSettings = v.InferOutput<typeof localModelSettings>

const localModel = v.object({
  ...localModelSettings.entries,
  /** What the file says of itself. */
  name: v.string(),
  architecture: v.string(),
  parameters: v.number(),
  bytes: v.number(),
})
export type LocalModelInfo = v.InferOutput<typeof localModel>

const synthesize = v.object({
  generator: v.optional(v.picklist(GENERATORS), 'cloze'),
  intents,
  /** Passages per intent at most. */
  limit: v.optional(count),
  perPassage: v.optional(v.pipe(count, v.maxValue(20))),
  seed: v.optional(v.pipe(v.number(), v.integer())),
  trainingProfile: v.optional(v.boolean()),
})

const filter = v.object({
  retrievers: retrieverIds,
  byIntent: v.optional(v.record(v.picklist(INTENTS), v.pipe(v.array(v.string()), v.minLength(1)))),
  intents,
  rule: v.optional(v.picklist(FILTER_RULES)),
  topN: v.optional(v.pipe(count, v.maxValue(10))),
  quorum: v.optional(count),
  ordered: v.optional(v.boolean()),
})

const alpha = v.pipe(v.number(), v.minValue(-1), v.maxValue(1))
const levels = <Item extends v.GenericSchema>(item: Item) => v.pipe(v.array(item), v.minLength(1), v.maxLength(30))
/** Which candidates are hard negatives; see the refinement domain's `NegativeRule`. */
const negativeRule = v.variant('kind', [
  v.object({ kind: v.literal('percentage'), alphas: levels(alpha) }),
  v.object({ kind: v.literal('margin'), margins: levels(v.pipe(v.number(), v.minValue(0))) }),
  v.object({ kind: v.literal('absolute'), ranges: levels(v.object({ low: v.number(), high: v.number() })) }),
  v.object({ kind: v.literal('rank'), ranges: levels(v.object({ first: count, last: count })) }),
])

const mine = v.object({
  filterId: v.optional(v.nullable(id)),
  retriever: v.optional(v.string()),
  rule: v.optional(negativeRule),
  keptShares: v.optional(levels(share)),
  depth: v.optional(v.pipe(count, v.maxValue(1_000))),
  perQuery: v.optional(v.pipe(count, v.maxValue(1_000))),
  excludeSameDocument: v.optional(v.boolean()),
  suspectShare: v.optional(v.number()),
})

const histogram = v.object({
  min: v.number(),
  max: v.number(),
  counts: v.array(v.number()),
  below: v.number(),
  above: v.number(),
})

export type ScoreHistogram = v.InferOutput<typeof histogram>

/** Of all candidates; and of each query its lowest ones up to the limit, its lowest one, the one that fills what training draws. */
const cutProfile = v.object({ all: histogram, kept: histogram, first: histogram, full: histogram })
export type CutProfile = v.InferOutput<typeof cutProfile>

/** What every other threshold would keep, exact at the edges of the bins. */
const negativeProfile = v.object({
  queries: v.number(),
  /** Share of the positive's score: alpha is a cut. */
  share: cutProfile,
  /** Score minus the positive's score: a margin m is a cut at -m. */
  difference: cutProfile,
})
export type NegativeProfile = v.InferOutput<typeof negativeProfile>

const LIBRARY_STATES = ['same', 'changed-since', 'changed-during'] as const
/** Whether the passages are still those that a run saw. */
const libraryState = v.picklist(LIBRARY_STATES)
export type LibraryState = (typeof LIBRARY_STATES)[number]

const funnel = v.object({
  /** Passages that pairs were written from. */
  passages: v.number(),
  written: v.array(
    v.object({ intent: v.picklist(INTENTS), generator: v.string(), model: v.string(), pairs: v.number() }),
  ),
  /** What the last finished writing run took; null before the first. */
  writing: v.nullable(
    v.object({
      /** Passages that failed for good, once per intent; another run tries them again. */
      failed: v.number(),
      requests: v.number(),
      fromCache: v.number(),
      inputTokens: v.number(),
      outputTokens: v.number(),
      /** In the currency of the configured prices; null without prices. */
      cost: v.nullable(v.number()),
    }),
  ),
  /** The newest filter run; null before the first. */
  filter: v.nullable(
    v.object({
      id,
      rule: v.picklist(FILTER_RULES),
      topN: v.number(),
      retrievers: v.array(v.string()),
      createdAt: v.number(),
      library: libraryState,
      in: v.number(),
      kept: v.number(),
      /** Pairs that were left out because their passage has left the library. */
      gone: v.number(),
      outcomes: v.record(v.string(), v.number()),
      byIntent: v.record(v.string(), v.object({ in: v.number(), kept: v.number() })),
      yields: v.array(
        v.object({
          rule: v.picklist(FILTER_RULES),
          topN: v.number(),
          in: v.number(),
          kept: v.number(),
          byIntent: v.record(v.string(), v.object({ in: v.number(), kept: v.number() })),
        }),
      ),
    }),
  ),
  /** The newest complete mining run; null before the first. */
  mining: v.nullable(
    v.object({
      id,
      filterId: v.nullable(id),
      createdAt: v.number(),
      library: libraryState,
      retriever: v.string(),
      rule: negativeRule,
      perQuery: v.number(),
      queries: v.number(),
      /** Pairs whose positive the retriever gives no score, or whose passage is gone. */
      unscored: v.number(),
      suspects: v.number(),
      levels: v.array(
        v.object({
          name: v.string(),
          pairs: v.number(),
          negatives: v.number(),
          skipped: v.number(),
          belowWanted: v.number(),
        }),
      ),
      positiveScores: histogram,
      candidateScores: histogram,
      shares: histogram,
      /** By intent; null for a run of an earlier version. */
      profiles: v.nullable(v.record(v.string(), negativeProfile)),
    }),
  ),
  /** What the next run can use: retrievers by id, and whether the language model is configured. */
  retrievers: v.array(v.string()),
  languageModel: v.nullable(v.string()),
  /** Name of the model file on this computer. */
  localModel: v.nullable(v.string()),
})
export type RefinementFunnel = v.InferOutput<typeof funnel>

const place = v.object({
  title: v.string(),
  documentHash: v.string(),
  /** null when the library does not hold the document any more. */
  documentId: v.nullable(id),
  page: v.number(),
  text: v.string(),
})
export type TrainingPlace = v.InferOutput<typeof place>
const sample = v.object({
  pairId: id,
  intent: v.picklist(INTENTS),
  query: v.string(),
  positive: v.string(),
  /** What the filter run made of it; see the refinement domain's `VoteOutcome`. */
  outcome: v.string(),
  source: place,
  generator: v.string(),
  model: v.string(),
  method: v.string(),
  /** Per retriever: where it put the source (null: not near the top) and the page it put first. */
  votes: v.array(
    v.object({
      retriever: v.string(),
      sourceRank: v.nullable(v.number()),
      first: v.nullable(v.omit(place, ['text'])),
    }),
  ),
})
export type RefinementSample = v.InferOutput<typeof sample>

const suspect = v.object({
  pairId: id,
  query: v.string(),
  intent: v.picklist(INTENTS),
  rank: v.number(),
  score: v.number(),
  /** Of the pair's own positive, which it comes close to. */
  positiveScore: v.nullable(v.number()),
  source: place,
  passage: place,
})
export type Suspect = v.InferOutput<typeof suspect>

const dataset = v.object({
  id,
  name: v.string(),
  kind: v.picklist(['MTP', 'MTT', 'import']),
  alpha: v.nullable(v.number()),
  createdAt: v.number(),
  items: v.number(),
  positives: v.number(),
  negatives: v.number(),
  withoutNegatives: v.number(),
  bySplit: v.record(v.string(), v.number()),
  byIntent: v.record(v.string(), v.number()),
})
export type DatasetInfo = v.InferOutput<typeof dataset>

const datasetText = v.object({ ...place.entries, score: v.nullable(v.number()) })
const datasetDetail = v.object({
  ...dataset.entries,
  /** How it was made, as it was recorded then. */
  lineage: v.record(v.string(), v.unknown()),
  /** The data card in Markdown, as an export writes it. */
  card: v.string(),
  /** Its first items. */
  examples: v.array(
    v.object({
      split: v.string(),
      intent: v.picklist(INTENTS),
      query: v.string(),
      positives: v.array(datasetText),
      negatives: v.array(datasetText),
    }),
  ),
})
export type DatasetDetail = v.InferOutput<typeof datasetDetail>

const job = v.object({ jobId: id })

export type SynthesizeInput = v.InferInput<typeof synthesize>
export type FilterInput = v.InferInput<typeof filter>
export type MineInput = v.InferInput<typeof mine>
export type NegativeRule = v.InferOutput<typeof negativeRule>

export const refinementContract = {
  funnel: oc.output(funnel),
  synthesize: oc.input(synthesize).output(job),
  filter: oc.input(filter).output(job),
  mine: oc.input(mine).output(job),
  /** Queues all three, one after the other. */
  refine: oc.input(v.object({ synthesize, filter, mine })).output(v.object({ jobIds: v.array(id) })),
  samples: oc
    .input(
      v.object({
        filterId: id,
        outcomes: v.pipe(v.array(v.string()), v.minLength(1)),
        limit: v.optional(v.pipe(count, v.maxValue(200)), 20),
      }),
    )
    .output(v.array(sample)),
  /** Passages of a mining run that may be unmarked answers: for the review queue. */
  suspects: oc
    .input(v.object({ miningId: id, ...pageSlice }))
    .output(v.object({ total: v.number(), rows: v.array(suspect) })),
  languageModel: oc.output(v.nullable(openAiSettings)),
  /** null takes the language model out of use. */
  setLanguageModel: oc.input(v.nullable(openAiSettings)).output(v.object({})),
  /** null before one was named, and when its file is gone. */
  localModel: oc.output(v.nullable(localModel)),
  /** Reads the file's head before it is taken into use; null takes it out of use. */
  setLocalModel: oc.input(v.nullable(localModelSettings)).output(v.nullable(localModel)),
  datasets: oc.output(v.array(dataset)),
  dataset: oc.input(v.object({ name: v.string() })).output(datasetDetail),
  exportDataset: oc
    .input(v.object({ name: v.string(), format: v.picklist(DATASET_FORMATS), folder: v.string() }))
    .output(v.object({ folder: v.string(), ...v.omit(dataset, ['id', 'createdAt']).entries })),
  importDataset: oc
    .input(v.object({ path: v.string(), name: v.optional(v.pipe(v.string(), v.trim(), v.nonEmpty())) }))
    .output(v.array(dataset)),
  removeDataset: oc.input(v.object({ name: v.string() })).output(v.object({})),
}
