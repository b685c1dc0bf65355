import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { PROMPT_STYLES, type PromptStyle } from '../../contracts/curation.ts'
import { INTENTS, type Intent } from '../../contracts/intents.ts'
import { hashOf } from '../../refinement/index.ts'

const style = v.strictObject({
  instruction: v.string(),
  /** What is answered before the grade. */
  fields: v.record(v.string(), v.picklist(['text', 'grade'])),
})

const promptFile = v.strictObject({
  $schema: v.optional(v.string()),
  name: v.string(),
  version: v.pipe(v.number(), v.integer(), v.minValue(1)),
  system: v.string(),
  scale: v.string(),
  criteria: v.strictObject(
    Object.fromEntries(INTENTS.map((intent) => [intent, v.string()])) as Record<Intent, v.StringSchema<undefined>>,
  ),
  styles: v.strictObject(
    Object.fromEntries(PROMPT_STYLES.map((name) => [name, style])) as Record<PromptStyle, typeof style>,
  ),
})
export type RelevancePrompts = v.InferOutput<typeof promptFile> & { readonly hash: string; readonly content: string }

/**
 * Reads `prompts/relevance.json` of the application's resources.
 * @throws Error naming the file and the field: the installation is damaged.
 */
export function readRelevancePrompts(resourcesFolder: string): RelevancePrompts {
  const path = join(resourcesFolder, 'prompts', 'relevance.json')
  const content = readFileSync(path, 'utf8')
  const parsed = v.safeParse(promptFile, JSON.parse(content))
  if (parsed.success) return { ...parsed.output, content, hash: hashOf(content) }
  const [issue] = parsed.issues
  throw new Error(`${path}: ${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`)
}
