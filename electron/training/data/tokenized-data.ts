// Data sets as token ids: every different text once.
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promptFor, type ModelPrompts } from '../../contracts/prompts.ts'
import type { Intent } from '../../contracts/intents.ts'
import type { TextTokenizer } from '../../ml/tokenizer/tokenizer.ts'
import type { DataSet, Example } from './examples.ts'

/** An example by the numbers of its texts. */
export interface TokenizedExample {
  readonly query: number
  /** Without the prompt in front of it. */
  readonly queryText: string
  readonly positives: readonly number[]
  readonly negatives: readonly number[]
  readonly intent: Intent
  readonly scores: Example['scores']
}

export interface TokenizedSet {
  readonly name: string
  readonly examples: readonly TokenizedExample[]
}

/** Token ids of texts, by number. */
export interface TextTable {
  readonly count: number
  row(text: number): readonly number[]
}

export interface TokenizedData {
  readonly sets: readonly TokenizedSet[]
  readonly texts: TextTable
  /** Texts that were cut at the longest length. */
  readonly truncated: number
}

export interface TokenizingOptions {
  readonly tokenizer: TextTokenizer
  readonly prompts: ModelPrompts
  readonly maxTokens: number
  /** Off for static models. */
  readonly addSpecialTokens: boolean
  /** Folder for the cache; left out: none. */
  readonly cache?: string
  /** Tells tokenizers apart in the cache: a hash of the tokenizer's files. */
  readonly tokenizerId: string
}

/** What stands in front of a query: the example's own instruction, or the prompt the model expects for the intent. */
export function queryText({ query, prompt, intent }: Example, prompts: ModelPrompts): string {
  if (prompt === undefined) return promptFor(prompts, 'query', intent) + query
  return /[:\s]$/.test(prompt) ? prompt + query : `${prompt}: ${query}`
}

/** Tokenizes data sets; a second run with the same texts and tokenizer reads the ids from the cache. */
export async function tokenizeDataSets(sets: readonly DataSet[], options: TokenizingOptions): Promise<TokenizedData> {
  const numbers = new Map<string, number>()
  const numberOf = (text: string): number => {
    const known = numbers.get(text)
    if (known !== undefined) return known
    numbers.set(text, numbers.size)
    return numbers.size - 1
  }
  const passagePrompt = promptFor(options.prompts, 'passage')
  const passages = (texts: readonly string[]) => texts.map((text) => numberOf(passagePrompt + text))
  const tokenized = sets.map(({ name, examples }) => ({
    name,
    examples: examples.map((example) => ({
      query: numberOf(queryText(example, options.prompts)),
      queryText: example.query,
      positives: passages(example.positives),
      negatives: passages(example.negatives),
      intent: example.intent,
      scores: example.scores,
    })),
  }))
  return { sets: tokenized, ...(await tokenizeTexts([...numbers.keys()], options)) }
}

/** Token ids of texts in their order. */
export async function tokenizeTexts(
  texts: readonly string[],
  options: Omit<TokenizingOptions, 'prompts'>,
): Promise<{ readonly texts: TextTable; readonly truncated: number }> {
  const { cache } = options
  if (cache === undefined) return tableOf(encodeTexts(texts, options))
  const file = join(cache, `${cacheKey(texts, options)}.tokens`)
  const stored = await readFile(file).catch(() => undefined)
  if (stored) return tableOf(new Int32Array(stored.buffer.slice(stored.byteOffset, stored.byteOffset + stored.length)))
  const words = encodeTexts(texts, options)
  await mkdir(cache, { recursive: true })
  await writeFile(`${file}.part`, new Uint8Array(words.buffer))
  await rename(`${file}.part`, file)
  return tableOf(words)
}

/** `[texts, truncated, starts (texts + 1), ids]` */
function encodeTexts(
  texts: readonly string[],
  { tokenizer, maxTokens, addSpecialTokens }: Omit<TokenizingOptions, 'prompts'>,
): Int32Array<ArrayBuffer> {
  const starts = new Int32Array(texts.length + 1)
  const rows: (readonly number[])[] = []
  let truncated = 0
  for (const [index, text] of texts.entries()) {
    const encoded = tokenizer.encode(text, { maxTokens, addSpecialTokens })
    if (encoded.truncated) truncated++
    rows.push(encoded.ids)
    starts[index + 1] = starts[index]! + encoded.ids.length
  }
  const words = new Int32Array(2 + starts.length + starts[texts.length]!)
  words.set([texts.length, truncated])
  words.set(starts, 2)
  for (const [index, row] of rows.entries()) words.set(row, 2 + starts.length + starts[index]!)
  return words
}

function tableOf(words: Int32Array): { texts: TextTable; truncated: number } {
  const count = words[0]!
  const starts = words.subarray(2, 3 + count)
  const ids = words.subarray(3 + count)
  const row = (text: number) => [...ids.subarray(starts[text], starts[text + 1])]
  return { texts: { count, row }, truncated: words[1]! }
}

function cacheKey(texts: readonly string[], options: Omit<TokenizingOptions, 'prompts'>): string {
  const hash = createHash('sha256')
  hash.update(JSON.stringify([1, options.tokenizerId, options.maxTokens, options.addSpecialTokens]))
  for (const text of texts) hash.update(text).update('\0')
  return hash.digest('hex').slice(0, 32)
}
