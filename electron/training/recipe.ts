// Reading recipes. Checked-in ones lie in resources/recipes.
import * as v from 'valibot'
import { type Recipe, recipeSchema } from '../contracts/recipe.ts'
import { TRAINING_ERROR, TrainingError } from './training-error.ts'

export type {
  AdaptationStage,
  ContrastiveStage,
  InstructionStage,
  RandomModel,
  Recipe,
  RecipeStage,
} from '../contracts/recipe.ts'

/**
 * Checks a recipe and fills in its defaults.
 *
 * @param source what messages name
 * @throws TrainingError `TRAINING_RECIPE` naming the setting
 */
export function parseRecipe(source: string, text: string): Recipe {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw recipeError(`${source}: not JSON (${(cause as Error).message}). Correct the file.`)
  }
  const result = v.safeParse(recipeSchema, json)
  if (result.success) return result.output
  const [issue] = result.issues
  throw recipeError(`${source}: ${v.getDotPath(issue) ?? 'recipe'}: ${issue.message}. Correct the recipe.`)
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
