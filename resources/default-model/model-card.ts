import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StaticTrainingOptions } from '../../electron/training/static/index.ts'
import { type BenchmarkRow, DEV_BENCHMARKS } from './measure-benchmarks.ts'
import type { PageMeasurement } from './measure-pages.ts'
import type { WrittenFile } from './static-folder.ts'
import type { PairSource } from './training-text.ts'

/** What is known when training ends; kept beside the model as training.json. */
export interface TrainingFacts {
  readonly settings: StaticTrainingOptions
  readonly sources: readonly PairSource[]
  readonly pairs: number
  readonly files: readonly WrittenFile[]
  readonly seconds: number
}

export interface CardFacts extends TrainingFacts {
  readonly benchmarks: readonly BenchmarkRow[]
  /** Undefined where the PDFs were not there. */
  readonly pages: PageMeasurement | undefined
}

const FACTS_FILE = 'training.json'

export async function writeTrainingFacts(folder: string, facts: TrainingFacts): Promise<void> {
  await writeFile(join(folder, FACTS_FILE), `${JSON.stringify(facts, null, 2)}\n`)
}

/** @throws Error of the file system when the model was not made by make-default.ts */
export async function readTrainingFacts(folder: string): Promise<TrainingFacts> {
  return JSON.parse(await readFile(join(folder, FACTS_FILE), 'utf8')) as TrainingFacts
}

/** The model card: what it is, what it was made from, how well it does, how to make it again. */
export function modelCard({ settings, sources, pairs, files, seconds, benchmarks, pages }: CardFacts): string {
  return `---
license: cc-by-sa-4.0
language: en
library_name: model2vec
pipeline_tag: sentence-similarity
---

# dmr-static-en

The model DMRetriever Workbench searches with until another one is imported. A text's vector is the weighted mean of the
vectors of its tokens: no layers, so a processor core embeds thousands of passages a second. English, ${settings.width} dimensions,
${settings.vocabularySize} tokens, int8 with one scale a token, no prompts, cosine similarity. The folder has the layout of model2vec.

Trained from random values by the workbench's own engine, with no outside weights: a WordPiece vocabulary learned from the
text below, then InfoNCE in both directions over ${pairs} pairs with the other ${settings.batch - 1} of the batch as negatives.

## Results

nDCG@10 on four dev benchmarks (test splits, used for development), with the keyword and vector search of the application.
Settings and fusion were chosen on these numbers, so expect a little less elsewhere. Fused by scores: each leg's first 200
stretched from 0 to 1, the model counting with the share given.

${benchmarkTable(benchmarks)}

${pages === undefined ? 'Pages were not measured.' : pageTable(pages)}

By itself the model is weaker than keyword search; its use is beside it.

## Make it again

\`npm run make:default-model\`: \`node resources/models/make-default.ts\` trains (${seconds} s, on two processor cores shared with
other work), \`node bench/default-model.ts --write\` measures and writes this card. All draws come from the
seed; that the same text and settings give the same bytes on the same kind of processor is tested at small size only. Settings:

\`\`\`json
${JSON.stringify(settings, null, 2)}
\`\`\`

## Training text

Titles and headings with their sections, one sentence with the rest of its section (inverse cloze), and given pairs (question
and answer, claim and evidence, term and definition, title and abstract, ...). Files with non-commercial terms or without a
stated licence were left out. The queries of the benchmarks were taken out of the text beforehand; their documents were not
looked for in it, and the pages above played no part in training.

${table(
  ['file', 'rows', 'pairs used', 'licence'],
  sources.map(({ file, rows, pairs: used, licence }) => [file, String(rows), String(used), licence]),
)}

## Files

${table(
  ['file', 'bytes', 'SHA-256'],
  files.map(({ name, bytes, sha256 }) => [name, String(bytes), `\`${sha256}\``]),
)}
`
}

function benchmarkTable(rows: readonly BenchmarkRow[]): string {
  return table(
    ['', ...DEV_BENCHMARKS, 'mean'],
    rows.map(({ label, ndcg }) => [label, ...ndcg, mean(ndcg)].map(cell)),
  )
}

const MODE_NAMES = { lexical: 'keyword search', dense: 'this model alone', hybrid: 'both' } as const

function pageTable({ rows, passages, passagesPerSecond }: PageMeasurement): string {
  const questions = rows[0]?.questions ?? 0
  return `${questions} questions with known answer pages over a library of emergency-management documents (${passages} passages, embedded at
${Math.round(passagesPerSecond / 10) * 10} a second with everything that goes with it). One question more or less is ${cell(1 / questions)}.

${table(
  ['', 'right page first', 'among the first ten', 'mean reciprocal rank'],
  rows.map(({ mode, first, firstTen, reciprocalRank }) =>
    [MODE_NAMES[mode], first, firstTen, reciprocalRank].map(cell),
  ),
)}`
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function cell(value: string | number): string {
  return typeof value === 'number' ? value.toFixed(3) : value
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}
