import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { INTENTS, type Intent } from '../../../contracts/intents.ts'

export const WRITTEN_FIELDS = ['positive', 'hard_negative', 'contradiction', 'neutral'] as const
export type WrittenField = (typeof WRITTEN_FIELDS)[number]

const intentPrompt = v.strictObject({
  situation: v.string(),
  instruction: v.string(),
  /** `passage`: the passage is the positive; `written`: the model writes one. */
  positive: v.picklist(['passage', 'written']),
  fields: v.array(v.picklist(WRITTEN_FIELDS)),
})

const promptFile = v.strictObject({
  $schema: v.optional(v.string()),
  name: v.string(),
  version: v.pipe(v.number(), v.integer(), v.minValue(1)),
  system: v.string(),
  brainstorm: v.string(),
  write: v.string(),
  attributes: v.record(v.string(), v.pipe(v.array(v.string()), v.minLength(1))),
  intents: v.object(
    Object.fromEntries(INTENTS.map((intent) => [intent, intentPrompt])) as Record<Intent, typeof intentPrompt>,
  ),
})
export type SynthesisPrompts = v.InferOutput<typeof promptFile> & { readonly hash: string; readonly content: string }

/**
 * Reads `prompts/synthesis.json` of the application's resources.
 * @throws Error naming the file and the field: the installation is damaged.
 */
export function readSynthesisPrompts(resourcesFolder: string): SynthesisPrompts {
  const path = join(resourcesFolder, 'prompts', 'synthesis.json')
  const content = readFileSync(path, 'utf8')
  const parsed = v.safeParse(promptFile, JSON.parse(content))
  if (!parsed.success) {
    const [issue] = parsed.issues
    throw new Error(`${path}: ${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`)
  }
  return { ...parsed.output, content, hash: hashOf(content) }
}

/** Fills `{name}` places. @throws Error for a place without a value: the template and the code do not fit. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/gu, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`the prompt has a place {${name}} for which there is no value`)
    return value
  })
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
