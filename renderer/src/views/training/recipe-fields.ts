// Which settings of a recipe have a field of their own, in words; the rest stays as the recipe has it.
import type { RecipeProblem } from '../../../../electron/contracts/training.ts'
import { strings } from '../../strings/index.ts'
import { settingAt, stagesOf, type RecipeJson, type StageKind } from './recipe-draft.ts'

export type FieldName = keyof typeof strings.trainingSheet.fields

export interface SettingField {
  readonly name: FieldName
  /** Path inside the stage or the recipe. */
  readonly path: string
  /** What counts when it is left empty. */
  readonly fallback: string
}

const field = (name: FieldName, fallback = '', path: string = name): SettingField => ({ name, path, fallback })

/** Of every stage: those people change, in the order they change them. */
export const MAIN_FIELDS: readonly SettingField[] = [field('learningRate'), field('batch'), field('epochs')]

export const MORE_FIELDS: Readonly<Record<StageKind, readonly SettingField[]>> = {
  adaptation: [field('maxSteps', '—'), field('maskRate', '0.2'), field('warmup', '0.01'), field('weightDecay', '0.01')],
  contrastive: [
    ...[field('maxSteps', '—'), field('negatives', '1'), field('temperature', '0.01')],
    ...[field('warmup', '0.01'), field('weightDecay', '0.01')],
  ],
  instruction: [
    ...[field('maxSteps', '—'), field('negatives', '9'), field('temperature', '0.01'), field('patience', '3')],
    ...[field('maxDrop', '0', 'gate.maxDrop'), field('maxIntentDrop', '0.02', 'gate.maxIntentDrop')],
    ...[field('warmup', '0.01'), field('weightDecay', '0.005')],
  ],
}

/** Of the run as a whole. */
export const RUN_FIELDS: readonly SettingField[] = [
  ...[field('maxTokens', '512'), field('seed', '1')],
  ...[field('every', '50', 'dev.every'), field('queries', '500', 'dev.queries'), field('saveEvery', '50')],
]

/** Problems that no field of the sheet can show. */
export function orphanProblems(problems: readonly RecipeProblem[], json: RecipeJson): RecipeProblem[] {
  const shown = new Set([
    ...['data', 'model'],
    ...RUN_FIELDS.map(({ path }) => path),
    ...stagesOf(json).flatMap((stage, index) => {
      const kind = stage['kind'] as StageKind
      const fields = [...MAIN_FIELDS, ...(MORE_FIELDS[kind] ?? [])]
      return [...fields.map(({ path }) => `stages.${index}.${path}`), `stages.${index}.levels`]
    }),
  ])
  return problems.filter(({ path }) => !shown.has(path) && !/^stages\.\d+\.levels\./u.test(path))
}

/** What a field shows: the written value, empty where the default counts. */
export function fieldText(json: unknown, path: string): string {
  const value = settingAt(json, path)
  return value === undefined ? '' : String(value)
}

/** A setting's path in words where it has a field: `stages.1.learningRate` is "Stage 2: Learning rate". */
export function settingName(path: string): string {
  const [, stage, inner] = /^stages\.(\d+)\.(.+)$/u.exec(path) ?? []
  const known = [...MAIN_FIELDS, ...Object.values(MORE_FIELDS).flat(), ...RUN_FIELDS]
  const name = known.find((one) => one.path === (inner ?? path))?.name ?? (inner === 'levels' ? 'levels' : undefined)
  const words = name === undefined ? (inner ?? path) : strings.trainingSheet.fields[name]
  return stage === undefined ? words : strings.training.compare.ofStage(Number(stage) + 1, words)
}

/** "progressive-against-direct" as a person would write it. */
export function recipeTitle(name: string): string {
  const words = name.replaceAll('-', ' ').replace(/^dmretriever\b/u, 'DMRetriever')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
