// The sentence-transformers files of a folder: what happens to the token vectors after the model.
import { POOLINGS, type Pooling } from '../nn/pooling.ts'
import type { Activation } from '../nn/activation.ts'
import { MODEL_ERROR, ModelError } from './model-error.ts'

type Json = Readonly<Record<string, unknown>>

/** One entry of modules.json, by what it does. `path` is the module's folder inside the model's. */
export interface ModuleEntry {
  readonly kind: 'transformer' | 'static' | 'pooling' | 'dense' | 'normalize'
  readonly path: string
}

const MODULE_KINDS: Readonly<Record<string, ModuleEntry['kind'] | 'none'>> = {
  Transformer: 'transformer',
  StaticEmbedding: 'static',
  Pooling: 'pooling',
  Dense: 'dense',
  Normalize: 'normalize',
  Dropout: 'none',
}

/**
 * Reads modules.json.
 *
 * @throws ModelError `MODEL_UNSUPPORTED` for a module that is not implemented, `MODEL_INVALID` for a malformed file
 */
export function parseModules(source: string, json: unknown): readonly ModuleEntry[] {
  if (!Array.isArray(json)) throw new ModelError(MODEL_ERROR.invalid, `${source}: not a list. Get the file again.`)
  return json.flatMap((entry: unknown): ModuleEntry[] => {
    const { type, path } = (typeof entry === 'object' && entry !== null ? entry : {}) as Json
    const name = String(type).split('.').at(-1) ?? ''
    const kind = MODULE_KINDS[name]
    if (kind === undefined || typeof path !== 'string' || path.split(/[\\/]/).includes('..')) {
      throw new ModelError(
        MODEL_ERROR.unsupported,
        `${source}: module ${JSON.stringify(type)} is not supported. Supported are ${Object.keys(MODULE_KINDS).join(', ')}.`,
      )
    }
    return kind === 'none' ? [] : [{ kind, path }]
  })
}

/**
 * Reads the config.json of a Pooling module, in the flag form (`pooling_mode_mean_tokens`) or the newer `pooling_mode`.
 *
 * @throws ModelError `MODEL_UNSUPPORTED` for several poolings side by side, or pooling that leaves the prompt out
 */
export function parsePooling(source: string, json: Json): Pooling {
  if (json['include_prompt'] === false) {
    throw new ModelError(
      MODEL_ERROR.unsupported,
      `${source}: pooling without the prompt is not supported. Use another model.`,
    )
  }
  const listed = json['pooling_mode']
  const named = typeof listed === 'string' ? listed.split('+') : Array.isArray(listed) ? listed.map(String) : []
  const chosen = POOLINGS.filter((pooling) => json[FLAG[pooling]] === true || named.includes(pooling))
  if (chosen.length === 1 && named.length <= 1) return chosen[0]!
  throw new ModelError(
    MODEL_ERROR.unsupported,
    `${source}: pooling ${[...chosen, ...named].join(' + ') || 'unknown'} is not supported. Use a model with one of ${POOLINGS.join(', ')}.`,
  )
}

const FLAG: Readonly<Record<Pooling, string>> = {
  cls: 'pooling_mode_cls_token',
  mean: 'pooling_mode_mean_tokens',
  max: 'pooling_mode_max_tokens',
  mean_sqrt_len: 'pooling_mode_mean_sqrt_len_tokens',
  weightedmean: 'pooling_mode_weightedmean_tokens',
  lasttoken: 'pooling_mode_lasttoken',
}

/** A linear layer after pooling. Its weights lie in a file of its own, named `linear.weight` and `linear.bias`. */
export interface DenseModule {
  readonly path: string
  readonly inputs: number
  readonly outputs: number
  readonly bias: boolean
  readonly activation: Activation | undefined
}

/** Reads the config.json of a Dense module. */
export function parseDense(source: string, path: string, json: Json): DenseModule {
  const { in_features: inputs, out_features: outputs, bias = true, activation_function: name } = json
  const activation = DENSE_ACTIVATIONS[String(name).split('.').at(-1) ?? '']
  if (!isSize(inputs) || !isSize(outputs) || typeof bias !== 'boolean' || activation === undefined) {
    throw new ModelError(
      MODEL_ERROR.unsupported,
      `${source}: a Dense module with ${JSON.stringify(json)} is not supported. Use another model.`,
    )
  }
  return { path, inputs, outputs, bias, activation: activation === 'identity' ? undefined : activation }
}

const DENSE_ACTIVATIONS: Readonly<Record<string, Activation | 'identity'>> = {
  Identity: 'identity',
  Tanh: 'tanh',
  GELU: 'gelu',
  ReLU: 'relu',
  SiLU: 'silu',
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}

/** What config_sentence_transformers.json says about queries and passages. */
export interface SentenceSettings {
  /** Texts to put in front, by name: `query`, `passage`, `document`, or an intent. */
  readonly prompts: Readonly<Record<string, string>>
  readonly similarity: 'cosine' | 'dot'
}

export function parseSentenceSettings(json: Json | undefined): SentenceSettings {
  const { prompts, similarity_fn_name: similarity } = json ?? {}
  const entries = typeof prompts === 'object' && prompts !== null ? Object.entries(prompts) : []
  return {
    prompts: Object.fromEntries(entries.filter((pair): pair is [string, string] => typeof pair[1] === 'string')),
    similarity: similarity === 'dot' || similarity === 'dot_score' ? 'dot' : 'cosine',
  }
}
