// All data of a run, read and tokenized once; one dev set for all stages, so that their scores compare.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelFolder } from '../../ml/session/model-folder.ts'
import { modelInfo } from '../../ml/session/model-info.ts'
import type { TextTokenizer } from '../../ml/tokenizer/tokenizer.ts'
import { type DevSet, splitDevSet } from '../data/dev-set.ts'
import { type DataSet, readDataSets, readTexts } from '../data/examples.ts'
import {
  type TextTable,
  type TokenizedData,
  type TokenizedSet,
  tokenizeDataSets,
  tokenizeTexts,
} from '../data/tokenized-data.ts'
import type { Recipe } from '../recipe.ts'
import { dataPath, type PlannedStage } from './stage-plan.ts'

export interface RunData {
  /** By file. */
  readonly sets: ReadonlyMap<string, DataSet>
  /** Files of each stage; none for stages on plain text. */
  readonly filesOf: readonly (readonly string[])[]
  /** Texts of adaptation stages, by stage. */
  readonly plainTexts: ReadonlyMap<number, readonly string[]>
  /** Hash of everything read. */
  readonly id: string
}

/** Reads the data of all stages. @throws TrainingError `TRAINING_DATA` */
export async function readRunData(root: string, stages: readonly PlannedStage[]): Promise<RunData> {
  const sets = new Map<string, DataSet>()
  const filesOf: (readonly string[])[] = []
  const plainTexts = new Map<number, readonly string[]>()
  for (const [index, { settings, data }] of stages.entries()) {
    if (settings.kind === 'adaptation' && settings.texts !== undefined)
      plainTexts.set(index, await readTexts(join(root, settings.texts)))
    if (settings.kind === 'adaptation') {
      filesOf.push([])
      continue
    }
    const found = await readDataSets(await dataPath(root, data))
    for (const set of found) sets.set(set.file, sets.get(set.file) ?? set)
    filesOf.push(found.map(({ file }) => file))
  }
  // A recipe of stage 1 alone still needs text.
  if (sets.size === 0 && plainTexts.size === 0) for (const set of await readDataSets(root)) sets.set(set.file, set)
  const hash = createHash('sha256')
  for (const set of sets.values()) hash.update(JSON.stringify(set.examples))
  for (const texts of plainTexts.values()) hash.update(JSON.stringify(texts))
  return { sets, filesOf, plainTexts, id: hash.digest('hex').slice(0, 16) }
}

export interface PreparedData {
  readonly texts: TextTable
  readonly dev: DevSet
  /** Training examples by file. */
  readonly sets: ReadonlyMap<string, TokenizedSet>
  readonly truncated: number
  /** Longest input: the recipe's, or the model's own where that is shorter. */
  readonly maxTokens: number
  /** Ids of passages, for adaptation stages without a file of their own. */
  readonly passages: TextTable
  readonly plainTexts: ReadonlyMap<number, TextTable>
}

/** Tokenizes with the model's tokenizer and prompts; the tokens are kept in `cache`. */
export async function prepareData(
  data: RunData,
  folder: ModelFolder,
  tokenizer: TextTokenizer,
  recipe: Recipe,
  cache: string,
): Promise<PreparedData> {
  const tokenizerFile = await readFile(join(folder.root, 'tokenizer.json')).catch(() => Buffer.from(folder.root))
  const options = {
    tokenizer,
    prompts: folder.prompts,
    maxTokens: modelInfo(folder, tokenizer, recipe.maxTokens).maxTokens,
    addSpecialTokens: folder.source.kind !== 'static',
    cache,
    tokenizerId: createHash('sha256').update(tokenizerFile).digest('hex'),
  }
  const files = [...data.sets.keys()]
  const all = await tokenizeDataSets([...data.sets.values()], options)
  const { train, dev } = splitDevSet(all, { ...recipe.dev, seed: recipe.seed })
  const passages = [...new Set(train.sets.flatMap(({ examples }) => examples.flatMap(({ positives }) => positives)))]
  const plainTexts = new Map<number, TextTable>()
  for (const [stage, texts] of data.plainTexts) plainTexts.set(stage, (await tokenizeTexts(texts, options)).texts)
  return {
    texts: all.texts,
    dev,
    sets: new Map(files.map((file, index) => [file, train.sets[index]!])),
    truncated: all.truncated,
    maxTokens: options.maxTokens,
    passages: { count: passages.length, row: (text) => all.texts.row(passages[text]!) },
    plainTexts,
  }
}

export function stageData(prepared: PreparedData, files: readonly string[]): TokenizedData {
  return { sets: files.map((file) => prepared.sets.get(file)!), texts: prepared.texts, truncated: prepared.truncated }
}
