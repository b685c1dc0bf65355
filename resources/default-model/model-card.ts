import type { StaticTrainingOptions } from '../../electron/training/static/index.ts'
import type { BenchmarkScores } from './benchmarks.ts'
import type { WrittenFile } from './static-folder.ts'
import type { PairSource } from './training-text.ts'

export interface CardFacts {
  readonly settings: StaticTrainingOptions
  readonly sources: readonly PairSource[]
  readonly pairs: number
  readonly scores: readonly BenchmarkScores[]
  readonly files: readonly WrittenFile[]
  readonly seconds: number
}

/** The model card: what it is, what it was made from, how well it does, how to make it again. */
export function modelCard({ settings, sources, pairs, scores, files, seconds }: CardFacts): string {
  const fusions = Object.keys(scores[0]?.hybrid ?? {})
  const mean = (value: (score: BenchmarkScores) => number) =>
    (scores.reduce((sum, score) => sum + value(score), 0) / scores.length).toFixed(3)
  const columns = ['', ...scores.map(({ name }) => name), 'mean']
  const row = (label: string, value: (score: BenchmarkScores) => number) => [
    label,
    ...scores.map((score) => value(score).toFixed(3)),
    mean(value),
  ]
  return `---
license: apache-2.0
language: en
library_name: sentence-transformers
pipeline_tag: sentence-similarity
---
# dmr-static-en

The model DMRetriever Workbench searches with until another one is imported. A text's vector is the sum of the vectors of its tokens: no
layers, so a processor core embeds thousands of passages a second. English. ${settings.width} dimensions, ${settings.vocabularySize} tokens,
int8, no prompts, cosine similarity.

It was trained from random values by the workbench's own engine, with no outside weights: a WordPiece vocabulary learned from the text
below, then InfoNCE in both directions over ${pairs} pairs with the other pairs of the batch as negatives.

## Results

nDCG@10 on four dev benchmarks. Settings and the weight of fusion were chosen on these very benchmarks, so expect a little less elsewhere.
Fused with a BM25 run by ranks (reciprocal rank fusion, k = 60) or by scores (each stretched from 0 to 1 over its
first 200), the dense ranking counting as much as the number says.

${table(columns, [
  row('BM25', (score) => score.keyword),
  row('this model alone', (score) => score.dense),
  ...fusions.map((name) => row(`fused by ${name}`, (score) => score.hybrid[name]!)),
])}

By itself it is weaker than keyword search; its use is beside it.

## Make it again

\`node resources/models/make-default.ts\` (${seconds} s on two shared cores). Settings:

\`\`\`json
${JSON.stringify(settings, null, 2)}
\`\`\`

## Training text

Titles and headings with their sections, one sentence with the rest of its section, and given pairs (question and answer, claim and
evidence, term and definition, title and abstract, ...). Files with non-commercial terms or without a stated licence were left out.

${table(['file', 'rows', 'pairs used'], [...sources.map(({ file, rows, pairs: used }) => [file, String(rows), String(used)])])}

## Files

${table(['file', 'bytes', 'SHA-256'], [...files.map(({ name, bytes, sha256 }) => [name, String(bytes), `\`${sha256}\``])])}
`
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}
