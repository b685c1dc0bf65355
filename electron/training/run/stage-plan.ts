// From a recipe's stages to the list of what is really run: one entry a level of stage 3.
import { join } from 'node:path'
import { stat } from 'node:fs/promises'
import type { RetrievalObjective } from '../../ml/losses/index.ts'
import { decoderLora } from '../../ml/lora/index.ts'
import type { ModelFolder } from '../../ml/session/model-folder.ts'
import type { Example } from '../data/examples.ts'
import type { TokenizedSet } from '../data/tokenized-data.ts'
import type { Tuning } from '../engine/trainable-model.ts'
import type { ContrastiveStage, InstructionStage, Recipe, RecipeStage } from '../recipe.ts'

export interface PlannedStage {
  readonly name: string
  readonly settings: RecipeStage
  /** Of a level of stage 3. */
  readonly alpha: number | undefined
  /** Folder or file inside the data. */
  readonly data: string | undefined
}

export function plannedStages({ stages }: Recipe): readonly PlannedStage[] {
  return stages.flatMap((settings): PlannedStage[] => {
    if (settings.kind !== 'instruction') {
      const data = settings.kind === 'contrastive' ? settings.data : undefined
      return [{ name: settings.kind, settings, alpha: undefined, data }]
    }
    return settings.levels.map(({ alpha, data }) => ({ name: `instruction-${alpha}`, settings, alpha, data }))
  })
}

export function objectiveOf(settings: ContrastiveStage | InstructionStage): RetrievalObjective {
  const shared = {
    temperature: settings.temperature,
    group: 1 + settings.negatives,
    ...(settings.distillation ? { distillation: settings.distillation } : {}),
  }
  return settings.kind === 'instruction'
    ? { ...shared, negatives: 'own-group' }
    : { ...shared, negatives: 'in-batch', bothWays: settings.bothWays }
}

/** What `auto` means for a model: adapters on decoders, everything on encoders. */
export function tuningOf({ tuning }: RecipeStage, { source }: ModelFolder): Tuning {
  if (tuning !== 'auto') return tuning
  return source.kind === 'transformer' && source.config.family === 'decoder' ? decoderLora : 'full'
}

/** A stage's data inside the run's: a folder, a `.jsonl` file, or the whole. */
export async function dataPath(root: string, inner: string | undefined): Promise<string> {
  const isFile = (await stat(root).catch(() => undefined))?.isFile() ?? false
  if (inner === undefined || isFile) return root
  const plain = join(root, inner)
  return (await stat(plain).catch(() => undefined)) ? plain : `${plain}.jsonl`
}

/**
 * Negatives that a teacher scores far enough below the positive for a level, in the sign-safe form `s+ - |s+| (1 - alpha)`.
 *
 * @returns their places in the list
 */
export function negativesBelow(scores: NonNullable<Example['scores']>, alpha: number): readonly number[] {
  const best = Math.max(...scores.positives)
  const limit = best - Math.abs(best) * (1 - alpha)
  return scores.negatives.flatMap((score, index) => (score < limit ? [index] : []))
}

/**
 * Leaves out negatives that a teacher scores too close to the positive for this level. Sets without scores stay as they were mined.
 *
 * @returns the set, and how many examples lost all their negatives and are left out
 */
export function atLevel(set: TokenizedSet, alpha: number): { readonly set: TokenizedSet; readonly dropped: number } {
  const examples = set.examples.flatMap((example) => {
    const { scores } = example
    if (!scores) return [example]
    const kept = negativesBelow(scores, alpha)
    if (kept.length === 0) return []
    const negatives = kept.map((index) => example.negatives[index]!)
    return [{ ...example, negatives, scores: { ...scores, negatives: kept.map((index) => scores.negatives[index]!) } }]
  })
  return { set: { ...set, examples }, dropped: set.examples.length - examples.length }
}
