// Reading recipes. Checked-in ones lie in resources/recipes.
import * as v from 'valibot'
import { type Recipe, recipeSchema } from '../contracts/recipe.ts'
import type { RecipeProblem } from '../contracts/training.ts'
import { TRAINING_ERROR, TrainingError } from './training-error.ts'

export type {
  AdaptationStage,
  ContrastiveStage,
  InstructionStage,
  RandomModel,
  Recipe,
  RecipeStage,
} from '../contracts/recipe.ts'

/** Every problem of a recipe's text, setting by setting; the recipe with its defaults when there is none. */
export function checkRecipe(text: string): {
  readonly recipe: Recipe | undefined
  readonly problems: readonly RecipeProblem[]
} {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    return { recipe: undefined, problems: [{ path: '', message: `not JSON (${(cause as Error).message})` }] }
  }
  const result = v.safeParse(recipeSchema, json)
  if (result.success) return { recipe: result.output, problems: [] }
  const problems = result.issues.map((issue) => ({ path: v.getDotPath(issue) ?? '', message: issue.message }))
  return { recipe: undefined, problems }
}

/**
 * Checks a recipe and fills in its defaults.
 *
 * @param source what messages name
 * @throws TrainingError `TRAINING_RECIPE` naming the setting
 */
export function parseRecipe(source: string, text: string): Recipe {
  const { recipe, problems } = checkRecipe(text)
  if (recipe) return recipe
  const { path, message } = problems[0]!
  const rest = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  throw recipeError(`${source}: ${path === '' ? '' : `${path}: `}${message}${rest}. Correct the recipe.`)
}

/** The recipe of one of its variants. @throws TrainingError `TRAINING_RECIPE` naming those there are */
export function variantOf(recipe: Recipe, name: string): Recipe {
  const { variants = [], ...base } = recipe
  const variant = variants.find((candidate) => candidate.name === name)
  if (!variant)
    throw recipeError(
      `recipe ${recipe.name} has no variant "${name}". Choose ${variants.map((known) => known.name).join(', ') || 'none: it has one form only'}.`,
    )
  const changes = Object.fromEntries(
    Object.entries(variant).filter(([key, value]) => key !== 'name' && value !== undefined),
  )
  return { ...base, ...changes, name: `${recipe.name}.${name}` } as Recipe
}

export function recipeError(message: string): TrainingError {
  return new TrainingError(TRAINING_ERROR.recipe, message)
}
