import { wording } from './wording.ts'
import { eventIterator, oc } from '@orpc/contract'
import * as v from 'valibot'
import { id as rowId } from './common.ts'
import { INTENTS } from './intents.ts'

const modelId = v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(64))

/** A model's vectors in this library. */
const modelIndex = v.object({
  /** Passages that have a vector, of all passages. */
  passages: v.number(),
  total: v.number(),
  /** It once held every passage, so search may use it; new passages may be missing. */
  complete: v.boolean(),
  bytes: v.number(),
  /** Share of the exact best ten that the fast index finds, 0 to 1; null before it was measured. */
  recall: v.nullable(v.number()),
  /** The unfinished job that builds it. */
  jobId: v.nullable(rowId),
  /** Search switches to it when that job has ended. */
  switches: v.boolean(),
})
export type ModelIndex = v.InferOutput<typeof modelIndex>

const deviceReport = v.object({
  device: v.string(),
  tokensPerSecond: v.optional(v.number()),
  /** Why the device is not used. */
  reason: v.optional(v.string()),
})

const model = v.object({
  id: v.string(),
  name: v.string(),
  kind: v.picklist(['embedding', 'cross-encoder']),
  origin: v.picklist(['copy', 'link', 'built-in']),
  /** `missing`: only an index is left of it, or its files are gone or changed. */
  state: v.picklist(['ready', 'missing']),
  /** What is wrong and what to do, as a sentence for people; null when nothing is. */
  reason: v.nullable(v.string()),
  reasonWording: wording,
  architecture: v.string(),
  parameters: v.number(),
  /** Numbers in a vector; 0 for rerankers. */
  dimensions: v.number(),
  pooling: v.string(),
  maxTokens: v.number(),
  /** What goes in front of queries, by intent, and of passages. */
  prompts: v.object({ query: v.record(v.picklist(INTENTS), v.string()), passage: v.string() }),
  version: v.string(),
  bytes: v.number(),
  addedAt: v.number(),
  path: v.string(),
  device: v.string(),
  precision: v.string(),
  devices: v.array(deviceReport),
  warnings: v.array(v.string()),
  /** Search uses it now. */
  active: v.boolean(),
  /** Roll-back switches to it. */
  previous: v.boolean(),
  indexed: v.nullable(modelIndex),
  /** Its newest evaluation by meaning alone; null before the first. */
  quality: v.nullable(v.object({ evaluationId: rowId, dataset: v.string(), measure: v.string(), value: v.number() })),
})
export type ModelCard = v.InferOutput<typeof model>

const benchRow = v.object({
  device: v.string(),
  precision: v.string(),
  tokensPerSecond: v.optional(v.number()),
  textsPerSecond: v.optional(v.number()),
  /** int8: mean cosine to the vectors in full precision. */
  cosine: v.optional(v.number()),
  reason: v.optional(v.string()),
})
export type ModelBenchRow = v.InferOutput<typeof benchRow>

const papers = v.object({
  /** Paths inside the model's folder. */
  files: v.array(v.object({ path: v.string(), bytes: v.number(), sha256: v.string() })),
  /** Text of its README without front matter, the first 64 kB; null where there is none. */
  card: v.nullable(v.string()),
  /** As its card names it, else the first line of its licence file. */
  licence: v.nullable(v.string()),
})
export type ModelPapers = v.InferOutput<typeof papers>

const modelImport = v.object({ path: v.string(), done: v.number(), total: v.number() })
export type ModelImport = v.InferOutput<typeof modelImport>

export const modelsContract = {
  list: oc.output(v.array(model)),
  get: oc.input(v.object({ id: modelId })).output(model),
  papers: oc.input(v.object({ id: modelId })).output(papers),
  /** Probes and copies a Hugging Face folder on the computer the services run on. Takes seconds; minutes for many gigabytes. */
  import: oc
    .input(
      v.object({
        path: v.pipe(v.string(), v.trim(), v.nonEmpty()),
        id: v.optional(modelId),
        link: v.optional(v.boolean(), false),
        precision: v.optional(v.picklist(['fp32', 'int8']), 'fp32'),
      }),
    )
    .output(model),
  /** How far the imports under way are, in bytes; nothing while a folder is looked at. */
  imports: oc.output(eventIterator(v.array(modelImport))),
  /** Search uses this model: at once when its index is complete, else when the returned job has built it. */
  use: oc.input(v.object({ id: modelId })).output(v.object({ jobId: v.nullable(rowId), model })),
  /** Search by keywords only. */
  useNone: oc.output(v.object({})),
  /** Builds or completes a model's index without switching to it. */
  build: oc.input(v.object({ id: modelId })).output(v.object({ jobId: rowId })),
  /** Search uses the index it used before; passages added since are embedded in the background. */
  rollBack: oc.output(v.object({ active: v.string(), jobId: v.nullable(rowId) })),
  /** Deletes a model's copy and its index in this library. One in use has to be named as such. */
  remove: oc.input(v.object({ id: modelId, evenIfInUse: v.optional(v.boolean(), false) })).output(v.object({})),
  /** Deletes a model's index in this library; the model stays. */
  dropIndex: oc.input(v.object({ id: modelId })).output(v.object({})),
  /** Measures speed on every device; the fastest becomes the model's device. About 20 seconds. */
  bench: oc.input(v.object({ id: modelId })).output(v.array(benchRow)),
}
