// Training data as files: one JSON object a line, a folder of such files is several data sets (METHOD section 7).
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DMRETRIEVER_INSTRUCTIONS } from '../../contracts/prompts.ts'
import { INTENTS, type Intent } from '../../contracts/intents.ts'
import { TRAINING_ERROR, TrainingError } from '../training-error.ts'

export interface Example {
  readonly query: string
  /** At least one. */
  readonly positives: readonly string[]
  /** May be empty; never holds a positive. */
  readonly negatives: readonly string[]
  /** Instruction in front of the query; the model's own prompt where the line has none. */
  readonly prompt: string | undefined
  readonly intent: Intent
  /** A teacher's scores, as many as positives and negatives. */
  readonly scores: { readonly positives: readonly number[]; readonly negatives: readonly number[] } | undefined
}

export interface DataSet {
  readonly name: string
  readonly file: string
  readonly examples: readonly Example[]
}

/**
 * Reads one `.jsonl` file, or every one in a folder.
 *
 * @throws TrainingError `TRAINING_DATA` with file and line for what is malformed, and for fewer than two examples in a file
 */
export async function readDataSets(path: string): Promise<readonly DataSet[]> {
  const info = await stat(path).catch(() => undefined)
  if (!info) throw dataError(path, undefined, 'there is no such file or folder. Check the path')
  if (!info.isDirectory()) return [await readDataSet(path)]
  const all = (await readdir(path)).filter((name) => name.endsWith('.jsonl') && !name.endsWith('.lineage.jsonl')).sort()
  // A folder with splits (a data set that was exported here) is trained on by its training part alone.
  const names = all.includes('train.jsonl') ? all.filter((name) => !/^(dev|test)\.jsonl$/.test(name)) : all
  if (names.length === 0) throw dataError(path, undefined, 'the folder holds no .jsonl file. Choose another one')
  return Promise.all(names.map((name) => readDataSet(join(path, name))))
}

async function readDataSet(file: string): Promise<DataSet> {
  const name = basename(file, '.jsonl')
  const intent = INTENTS.find((known) => name.toLowerCase().startsWith(known.toLowerCase()))
  const examples: Example[] = []
  for await (const { text, line } of numberedLines(file)) {
    if (text.trim() !== '') examples.push(parseExample(file, line, text, intent))
  }
  if (examples.length < 2) {
    throw dataError(
      file,
      undefined,
      `${examples.length === 0 ? 'it is empty' : 'it has one example'}; contrastive training needs at least two. Add examples`,
    )
  }
  return { name, file, examples }
}

/** Reads one line of training data. @throws TrainingError `TRAINING_DATA` naming the line and the field */
export function parseExample(file: string, line: number, text: string, fileIntent?: Intent): Example {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw dataError(file, line, `not JSON (${(cause as Error).message}). Write one object a line`)
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw dataError(file, line, 'not an object. Write {"query": ..., "pos": [...], "neg": [...]}')
  const fields = json as Readonly<Record<string, unknown>>
  const { query, pos, neg = [], prompt } = fields
  if (typeof query !== 'string' || query.trim() === '') throw dataError(file, line, '"query" must be a text')
  if (!isTexts(pos) || pos.length === 0) throw dataError(file, line, '"pos" must be a list of at least one text')
  if (!isTexts(neg)) throw dataError(file, line, '"neg" must be a list of texts')
  if (prompt !== undefined && prompt !== null && typeof prompt !== 'string')
    throw dataError(file, line, '"prompt" must be a text')
  const scores = scoresOf(file, line, fields, pos.length, neg.length)
  const instruction = prompt === '' ? undefined : (prompt ?? undefined)
  // A negative that is also a positive would teach the opposite; with teacher scores the lists must stay parallel.
  const known = new Set(pos)
  const kept = scores ? neg : neg.filter((negative) => !known.has(negative))
  return {
    query,
    positives: pos,
    negatives: kept,
    prompt: instruction,
    intent: intentOf(instruction) ?? fileIntent ?? 'QA',
    scores,
  }
}

function scoresOf(
  file: string,
  line: number,
  fields: Readonly<Record<string, unknown>>,
  positives: number,
  negatives: number,
): Example['scores'] {
  const { pos_scores: pos, neg_scores: neg } = fields
  if (pos === undefined && neg === undefined) return undefined
  if (!isNumbers(pos) || !isNumbers(neg) || pos.length !== positives || neg.length !== negatives)
    throw dataError(
      file,
      line,
      `"pos_scores" and "neg_scores" must be ${positives} and ${negatives} numbers, one a passage`,
    )
  return { positives: pos, negatives: neg }
}

function intentOf(prompt: string | undefined): Intent | undefined {
  return INTENTS.find((intent) => prompt?.startsWith(DMRETRIEVER_INSTRUCTIONS[intent]))
}

/** Plain text for stage 1: one text a line, empty lines skipped. @throws TrainingError `TRAINING_DATA` when there is none */
export async function readTexts(file: string): Promise<readonly string[]> {
  const texts: string[] = []
  for await (const { text } of numberedLines(file)) if (text.trim() !== '') texts.push(text)
  if (texts.length === 0) throw dataError(file, undefined, 'it holds no text. Write one text a line')
  return texts
}

/** Lines of a UTF-8 file with their numbers from 1. U+2028 and U+2029 are legal inside a JSON string and split nothing. */
async function* numberedLines(file: string): AsyncGenerator<{ readonly text: string; readonly line: number }> {
  let [rest, line] = ['', 0]
  try {
    for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
      const lines = (rest + (chunk as string)).split('\n')
      rest = lines.pop()!
      for (const text of lines) yield { text: withoutMarks(text, ++line), line }
    }
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause) || cause instanceof TrainingError) throw cause
    throw dataError(file, undefined, `it cannot be read (${String(cause.code)}). Check the path`)
  }
  if (rest !== '') yield { text: withoutMarks(rest, ++line), line }
}

function withoutMarks(text: string, line: number): string {
  return (line === 1 ? text.replace(/^\uFEFF/, '') : text).replace(/\r$/, '')
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && item.trim() !== '')
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number' && Number.isFinite(item))
}

export function dataError(file: string, line: number | undefined, problem: string): TrainingError {
  const place = line === undefined ? file : `${file}, line ${line}`
  return new TrainingError(TRAINING_ERROR.data, `${place}: ${problem}.`)
}
