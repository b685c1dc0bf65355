// [Note: prompt registry] What each model family expects in front of queries and passages. Search, mining, training and
// evaluation all read this table; encoding with the wrong prompt is a defect that no error message would show.
import { INTENTS, type Intent } from './intents.ts'

export const MODEL_FAMILIES = ['dmretriever', 'e5', 'e5-instruct', 'bge', 'qwen3-embedding', 'plain'] as const
export type ModelFamily = (typeof MODEL_FAMILIES)[number]

export type TextKind = 'query' | 'passage'

/** DMRetriever's instructions (arXiv 2510.15087); the released weights expect these very strings, grammar included. */
export const DMRETRIEVER_INSTRUCTIONS: Readonly<Record<Intent, string>> = {
  QA: 'Given the question, retrieve most relevant passage that best answers the question',
  QAdoc: 'Given the question, retrieve the most relevant document that answers the question',
  Twitter: 'Given the user query, retrieve the most relevant Twitter text that meets the request',
  FactCheck: 'Given the claim, retrieve most relevant document that supports or refutes the claim',
  NLI: 'Given the premise, retrieve most relevant hypothesis that is entailed by the premise',
  STS: 'Given the sentence, retrieve the sentence with the same meaning',
}

interface FamilyPrompts {
  readonly query: Readonly<Record<Intent, string>>
  readonly passage: string
}

function sameForAll(query: string, passage: string): FamilyPrompts {
  return perIntent(() => query, passage)
}

function perIntent(query: (instruction: string) => string, passage: string): FamilyPrompts {
  const entries = INTENTS.map((intent) => [intent, query(DMRETRIEVER_INSTRUCTIONS[intent])])
  return { query: Object.fromEntries(entries) as Record<Intent, string>, passage }
}

/** The text in front of a query and of a passage, by family. */
export const FAMILY_PROMPTS: Readonly<Record<ModelFamily, FamilyPrompts>> = {
  dmretriever: perIntent((instruction) => `${instruction}: `, ''),
  e5: sameForAll('query: ', 'passage: '),
  'e5-instruct': perIntent((instruction) => `Instruct: ${instruction}\nQuery: `, ''),
  bge: sameForAll('Represent this sentence for searching relevant passages: ', ''),
  'qwen3-embedding': perIntent((instruction) => `Instruct: ${instruction}\nQuery:`, ''),
  plain: sameForAll('', ''),
}

/** First match wins. The names are those of the published folders, in whatever path a cache puts them. */
const FAMILY_NAMES: readonly (readonly [RegExp, ModelFamily])[] = [
  [/dmretriever/i, 'dmretriever'],
  [/qwen3-embedding/i, 'qwen3-embedding'],
  [/(^|[-_/\\])e5-(?=.*instruct|mistral)/i, 'e5-instruct'],
  [/(^|[-_/\\])e5-/i, 'e5'],
  // bge-m3 and the rerankers take no prompt.
  [/(^|[-_/\\])bge-(small|base|large)(-en)?(-|$)/i, 'bge'],
]

/** The family of a model by its name or path; `plain` (no prompts) when nothing matches. */
export function modelFamily(name: string): ModelFamily {
  return FAMILY_NAMES.find(([pattern]) => pattern.test(name))?.[1] ?? 'plain'
}

/** Prompts of one model: the family's, or what its own config_sentence_transformers.json says. */
export interface ModelPrompts {
  readonly family: ModelFamily
  /** `prompts` of config_sentence_transformers.json: by intent, or `query`, `passage`, `document`. */
  readonly own: Readonly<Record<string, string>>
}

/**
 * Query prompts that families ship as an example of their per-intent form. They do not override the per-intent ones:
 * their authors ask for an instruction that fits the task.
 */
const GENERIC_QUERY_PROMPTS: ReadonlySet<string> = new Set([
  'Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:',
  'Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: ',
])

/** The text to put in front of a query of an intent, or of a passage. */
export function promptFor(prompts: ModelPrompts, kind: TextKind, intent: Intent = 'QA'): string {
  const { family, own } = prompts
  if (kind === 'passage') return own['passage'] ?? own['document'] ?? FAMILY_PROMPTS[family].passage
  const general = own['query']
  const isExample = general !== undefined && family !== 'plain' && GENERIC_QUERY_PROMPTS.has(general)
  return own[intent] ?? (isExample ? undefined : general) ?? FAMILY_PROMPTS[family].query[intent]
}
