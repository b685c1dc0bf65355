/** Settings of low-rank adaptation (LoRA, arXiv 2106.09685). */
export interface LoraConfig {
  /** Inner size of the adapters, `r`. */
  readonly rank: number
  /** The adapters' output is multiplied by alpha / rank. */
  readonly alpha: number
  /** Share of the adapters' inputs that is dropped in training. */
  readonly dropout: number
  /** Last parts of the names of the layers that get adapters: `q_proj`. */
  readonly targets: readonly string[]
}

/** What DMRetriever trains decoders with. */
export const decoderLora: LoraConfig = {
  rank: 16,
  alpha: 32,
  dropout: 0.1,
  targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
}

/** @throws Error naming the setting that cannot be */
export function checkLora({ rank, alpha, dropout, targets }: LoraConfig): void {
  if (!Number.isInteger(rank) || rank < 1) throw new Error(`the LoRA rank must be a whole number from 1, not ${rank}`)
  if (!(alpha > 0)) throw new Error(`LoRA alpha must be above 0, not ${alpha}`)
  if (!(dropout >= 0 && dropout < 1)) throw new Error(`LoRA dropout must be from 0 to below 1, not ${dropout}`)
  if (targets.length === 0) throw new Error('LoRA needs at least one target layer')
}

/** The factor of the adapters' output. */
export function loraScale({ rank, alpha }: LoraConfig): number {
  return alpha / rank
}

export function isTarget(config: LoraConfig, layer: string): boolean {
  return config.targets.includes(layer.slice(layer.lastIndexOf('.') + 1))
}
