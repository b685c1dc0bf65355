// A recipe says everything about a training run but the model and the data: stages, settings, seeds. The window builds one, a file
// holds one, the engine reads one.
import * as v from 'valibot'

const positive = v.pipe(v.number(), v.gtValue(0))
const whole = v.pipe(v.number(), v.integer(), v.minValue(1))
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))

const lora = v.strictObject({
  rank: v.optional(whole, 16),
  alpha: v.optional(positive, 32),
  dropout: v.optional(v.pipe(v.number(), v.minValue(0), v.ltValue(1)), 0.1),
  targets: v.optional(v.pipe(v.array(v.string()), v.minLength(1)), [
    'q_proj',
    'k_proj',
    'v_proj',
    'o_proj',
    'gate_proj',
    'up_proj',
    'down_proj',
  ]),
})

/** Settings that every stage has; defaults are those of METHOD section 6. */
const common = {
  /** `auto`: adapters for decoders, every weight for encoders. */
  tuning: v.optional(v.union([v.picklist(['auto', 'full']), lora]), 'auto'),
  learningRate: positive,
  batch: whole,
  /** Passes over the data; a fraction ends within one. */
  epochs: positive,
  /** Ends the stage earlier. */
  maxSteps: v.optional(whole),
  weightDecay: v.optional(v.pipe(v.number(), v.minValue(0)), 0.01),
  warmup: v.optional(share, 0.01),
  decay: v.optional(v.picklist(['constant', 'linear', 'cosine']), 'linear'),
  maxNorm: v.optional(positive, 1),
}

const adaptation = v.strictObject({
  kind: v.literal('adaptation'),
  ...common,
  /** A file of the data folder with one text a line; the passages of all data sets when left out. */
  texts: v.optional(v.string()),
  maskRate: v.optional(v.pipe(v.number(), v.gtValue(0), v.ltValue(1)), 0.2),
  maskToken: v.optional(v.string(), '_'),
})

const distillation = v.strictObject({
  kind: v.picklist(['listwise', 'm3']),
  weight: v.optional(positive, 1),
  teacherTemperature: v.optional(positive, 1),
})

const contrastive = v.strictObject({
  kind: v.literal('contrastive'),
  ...common,
  /** Folder or file inside the data; all of it when left out. */
  data: v.optional(v.string()),
  /** Group negatives a query, beside those of the batch. */
  negatives: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 1),
  temperature: v.optional(positive, 0.01),
  bothWays: v.optional(v.boolean(), false),
  distillation: v.optional(distillation),
})

const gate = v.strictObject({
  /** The dev mean may fall by this much before the level is rolled back. */
  maxDrop: v.optional(share, 0),
  /** The same for every intent by itself. */
  maxIntentDrop: v.optional(share, 0.02),
})

const instruction = v.strictObject({
  kind: v.literal('instruction'),
  ...common,
  weightDecay: v.optional(v.pipe(v.number(), v.minValue(0)), 0.005),
  /**
   * Levels in order. `data` is the set mined at this alpha; where its lines carry scores, negatives above alpha times the positive's
   * score are left out, so that one file may serve all levels.
   */
  levels: v.pipe(
    v.array(v.strictObject({ alpha: v.pipe(v.number(), v.maxValue(1)), data: v.optional(v.string()) })),
    v.minLength(1),
  ),
  negatives: v.optional(whole, 9),
  temperature: v.optional(positive, 0.01),
  distillation: v.optional(distillation),
  /** Dev evaluations without a better result before a level ends. */
  patience: v.optional(whole, 3),
  gate: v.optional(gate, {}),
})

const stage = v.variant('kind', [adaptation, contrastive, instruction])

/** A model made for the run, with random weights and a vocabulary learned from the data. */
const randomModel = v.strictObject({
  architecture: v.picklist(['bert', 'qwen3']),
  layers: whole,
  hidden: whole,
  heads: whole,
  feedForward: whole,
  vocabulary: whole,
})

const settings = {
  model: v.optional(v.union([v.string(), randomModel])),
  data: v.optional(v.string()),
  seed: v.optional(v.pipe(v.number(), v.integer()), 1),
  maxTokens: v.optional(whole, 512),
  plan: v.optional(v.picklist(['auto', 'monolithic', 'layer-wise']), 'auto'),
  microbatchTokens: v.optional(whole, 2048),
  threads: v.optional(whole),
  /** Steps between checkpoints. */
  saveEvery: v.optional(whole, 50),
  dev: v.optional(
    v.strictObject({
      share: v.optional(share, 0.1),
      queries: v.optional(whole, 500),
      /** Steps between evaluations. */
      every: v.optional(whole, 50),
    }),
    {},
  ),
  stages: v.pipe(v.array(stage), v.minLength(1)),
}

/** What was found elsewhere when the variants were compared, in points of nDCG@10 (0 to 100). */
const published = v.strictObject({
  better: v.string(),
  than: v.string(),
  points: positive,
  /** Where it is printed, and for which model. */
  source: v.string(),
})
export type PublishedResult = v.InferOutput<typeof published>

/** The whole of a recipe file; unknown settings are errors, left out ones get their defaults. */
export const recipeSchema = v.strictObject({
  $schema: v.optional(v.string()),
  name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]*$/, 'must be lower-case letters, digits, points and hyphens')),
  description: v.string(),
  ...settings,
  /** Runs to compare: each replaces some of the settings above. */
  published: v.optional(published),
  variants: v.optional(v.array(v.strictObject({ name: v.string(), ...v.partial(v.object(settings)).entries }))),
})

export type Recipe = v.InferOutput<typeof recipeSchema>
export type RecipeStage = Recipe['stages'][number]
export type AdaptationStage = Extract<RecipeStage, { kind: 'adaptation' }>
export type ContrastiveStage = Extract<RecipeStage, { kind: 'contrastive' }>
export type InstructionStage = Extract<RecipeStage, { kind: 'instruction' }>
export type RandomModel = v.InferOutput<typeof randomModel>
/** A recipe as a person writes it: settings with defaults may be left out. */
export type RecipeInput = v.InferInput<typeof recipeSchema>
