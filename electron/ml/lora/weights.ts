// Adapter weights outside of a graph: first values, merging into the base, and the files of Hugging Face's peft.

import { isTarget, type LoraConfig, loraScale } from './config.ts'

/**
 * First values of an adapter: A uniform in +-1/sqrt(inputs) (peft's Kaiming initialization with a = sqrt(5)), B zero, so that training
 * starts from the base model exactly.
 *
 * @param name ends in `.lora_A.weight` or `.lora_B.weight`
 * @param random uniform numbers in [0, 1)
 */
export function initialAdapterWeight(name: string, shape: readonly number[], random: () => number): Float32Array {
  const [rows, columns] = shape as readonly [number, number]
  const values = new Float32Array(rows * columns)
  if (name.endsWith('.lora_B.weight')) return values
  const bound = 1 / Math.sqrt(columns)
  return values.map(() => (2 * random() - 1) * bound)
}

/** A layer's weight and its adapter, row-major. */
export interface AdaptedWeight {
  /** `[outputs, inputs]`; changed in place by `mergeAdapter`. */
  readonly weight: Float32Array
  /** `[rank, inputs]` */
  readonly a: Float32Array
  /** `[outputs, rank]` */
  readonly b: Float32Array
}

/**
 * Adds an adapter to the weight of its layer: `W += scale * B A`. The merged model needs no adapter and computes the same.
 *
 * @throws RangeError when the sizes do not fit
 */
export function mergeAdapter({ weight, a, b }: AdaptedWeight, config: LoraConfig): void {
  const { rank } = config
  const [inputs, outputs] = [a.length / rank, b.length / rank]
  if (weight.length !== inputs * outputs) {
    throw new RangeError(`an adapter of ${outputs} x ${inputs} for a weight of ${weight.length} elements`)
  }
  const scale = loraScale(config)
  for (let row = 0; row < outputs; row++) {
    const target = weight.subarray(row * inputs, (row + 1) * inputs)
    for (let inner = 0; inner < rank; inner++) {
      const factor = scale * b[row * rank + inner]!
      const source = a.subarray(inner * inputs, (inner + 1) * inputs)
      for (let column = 0; column < inputs; column++) target[column]! += factor * source[column]!
    }
  }
}

const peftPrefix = 'base_model.model.'

/**
 * The name of an adapter weight in peft's adapter_model.safetensors: `base_model.model.layers.0.self_attn.q_proj.lora_A.weight`.
 *
 * @param prefix what the wrapped class puts before its layers: '' for AutoModel, 'model.' for a causal language model
 */
export function peftName(name: string, prefix = ''): string {
  return `${peftPrefix}${prefix}${name}`
}

/** The layer an adapter weight of a peft file belongs to; undefined for tensors that are no LoRA weights. */
export function parsePeftName(name: string): { readonly layer: string; readonly part: 'A' | 'B' } | undefined {
  const match = /^base_model\.model\.(?:model\.)?(.+)\.lora_([AB])(?:\.default)?\.weight$/.exec(name)
  return match ? { layer: match[1]!, part: match[2] as 'A' | 'B' } : undefined
}

/** The content of peft's adapter_config.json. */
export function peftConfig(config: LoraConfig, baseModel: string): Readonly<Record<string, unknown>> {
  return {
    peft_type: 'LORA',
    task_type: 'FEATURE_EXTRACTION',
    base_model_name_or_path: baseModel,
    r: config.rank,
    lora_alpha: config.alpha,
    lora_dropout: config.dropout,
    target_modules: [...config.targets],
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    modules_to_save: null,
  }
}

/**
 * Reads peft's adapter_config.json.
 *
 * @throws Error for adapters that are more than plain LoRA: they would be merged wrongly
 */
export function parsePeftConfig(json: Readonly<Record<string, unknown>>): LoraConfig {
  const unsupported = ['use_dora', 'use_rslora', 'fan_in_fan_out'].find((key) => json[key] === true)
  if (json['peft_type'] !== 'LORA')
    throw new Error(`adapter of type ${String(json['peft_type'])}: only LORA is supported`)
  if (unsupported) throw new Error(`adapter with ${unsupported}: only plain LoRA is supported`)
  if (Object.keys((json['rank_pattern'] as object | null | undefined) ?? {}).length > 0) {
    throw new Error('adapter with a rank of its own for some layers (rank_pattern): not supported')
  }
  const { r, lora_alpha: alpha, lora_dropout: dropout = 0, target_modules: targets } = json
  if (typeof r !== 'number' || typeof alpha !== 'number' || typeof dropout !== 'number' || !isStringList(targets)) {
    throw new Error('adapter_config.json needs r, lora_alpha and a list target_modules')
  }
  return { rank: r, alpha, dropout, targets }
}

function isStringList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** The layers among `names` (weights of the base model) that an adapter of this configuration has. */
export function adaptedLayers(config: LoraConfig, names: Iterable<string>): readonly string[] {
  return [...names]
    .filter((name) => name.endsWith('.weight'))
    .map((name) => name.slice(0, -'.weight'.length))
    .filter((layer) => isTarget(config, layer))
}
