// A recipe while it is being written: plain JSON whose settings are reached by the paths that problems name.
import type { RecipeStage } from '../../../../electron/contracts/recipe.ts'

export type StageKind = RecipeStage['kind']
/** What a person has typed so far. Left-out settings get their defaults from the services. */
export type RecipeJson = Readonly<Record<string, unknown>>

/** Value at a path such as `stages.0.learningRate`; undefined where there is none. */
export function settingAt(json: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (isContainer(value) ? (value as Record<string, unknown>)[key] : undefined), json)
}

/** A copy with another value at a path; undefined takes the setting out, so that its default counts. */
export function withSetting(json: RecipeJson, path: string, value: unknown): RecipeJson {
  const [key, ...rest] = path.split('.')
  if (key === undefined) return json
  const inner = rest.length === 0 ? value : withSetting(containerAt(json, key), rest.join('.'), value)
  if (Array.isArray(json)) return json.with(Number(key), inner) as unknown as RecipeJson
  const { [key]: _, ...others } = json
  return inner === undefined ? others : { ...json, [key]: inner }
}

function containerAt(json: RecipeJson, key: string): RecipeJson {
  const inner = json[key]
  return isContainer(inner) ? (inner as RecipeJson) : {}
}

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

/** A stage with the settings of METHOD section 6 that have no default. */
const STAGES: Readonly<Record<StageKind, RecipeJson>> = {
  adaptation: { kind: 'adaptation', learningRate: 3e-5, batch: 16, epochs: 1 },
  contrastive: { kind: 'contrastive', learningRate: 3e-4, batch: 64, epochs: 2, negatives: 1 },
  instruction: {
    kind: 'instruction',
    ...{ learningRate: 2e-5, batch: 64, epochs: 2 },
    levels: [{ alpha: 0.65 }, { alpha: 0.75 }, { alpha: 0.85 }],
  },
}

export function newStage(kind: StageKind): RecipeJson {
  return STAGES[kind]
}

/** Where somebody starts who has no recipe. */
export function blankRecipe(): RecipeJson {
  return { name: 'my-recipe', description: '', stages: [newStage('contrastive')] }
}

export function stagesOf(json: RecipeJson): readonly RecipeJson[] {
  const { stages } = json
  return Array.isArray(stages) ? (stages as RecipeJson[]) : []
}

/** Adds, takes away or moves a stage. */
export function withStages(json: RecipeJson, stages: readonly RecipeJson[]): RecipeJson {
  return { ...json, stages }
}

/** 0.65, 0.75, 0.85 as a person reads and writes it. */
export function levelsText(stage: RecipeJson): string {
  const { levels } = stage
  return Array.isArray(levels)
    ? levels.map((level) => String((level as { alpha?: unknown }).alpha ?? '')).join(', ')
    : ''
}

/** The levels somebody wrote; a level that was there keeps its data. Words become NaN, which the services refuse by name. */
export function levelsOf(text: string, before: RecipeJson): RecipeJson[] {
  const known = Array.isArray(before['levels']) ? (before['levels'] as RecipeJson[]) : []
  return text
    .split(/[\s,;]+/u)
    .filter((part) => part !== '')
    .map((part) => {
      const alpha = Number(part)
      return known.find((level) => level['alpha'] === alpha) ?? { alpha }
    })
}

/** What a field holds as a number, empty as left out; words stay words, so that the services can name them. */
export function numberOf(text: string): number | string | undefined {
  const clean = text.trim().replace(',', '.').replace('−', '-')
  if (clean === '') return undefined
  const value = Number(clean)
  return Number.isNaN(value) ? text.trim() : value
}

/** A file name as a recipe's name: small letters, digits, points and hyphens. */
export function recipeNameOf(name: string): string {
  const clean = name
    .toLowerCase()
    .replace(/[^a-z0-9.]+/gu, '-')
    .replace(/^[-.]+|-+$/gu, '')
  return clean === '' ? 'my-recipe' : clean
}
