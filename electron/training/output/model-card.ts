// README.md of a trained model: what it was made from, how, and how well it did.
import type { ManifestFile } from '../../ml/checkpoint/manifest.ts'
import type { DevScores } from '../data/dev-set.ts'
import type { Recipe } from '../recipe.ts'
import type { RunData } from '../run/run-data.ts'
import type { BelongsTo } from '../run/stage-checkpoint.ts'

export interface StageReport {
  readonly name: string
  readonly steps: number
  readonly before: DevScores | null
  readonly after: DevScores | null
  readonly rolledBack: boolean
}

export interface CardFacts {
  readonly recipe: Recipe
  readonly data: RunData
  readonly reports: readonly StageReport[]
  readonly belongsTo: BelongsTo
  readonly weights: ManifestFile | undefined
}

export function modelCard({ recipe, data, reports, belongsTo, weights }: CardFacts): string {
  const number = (scores: DevScores | null) => scores?.mean.toFixed(4) ?? '-'
  const last = reports.findLast(({ after }) => after !== null)?.after
  const intents = Object.entries(last?.byIntent ?? {}).map(([intent, value]) => [intent, value.toFixed(4)])
  return `---
library_name: sentence-transformers
pipeline_tag: sentence-similarity
---
# ${recipe.name}

${recipe.description}

Trained by DMRetriever Workbench. Mean pooling and cosine similarity unless config files say otherwise; the files load in
sentence-transformers, and \`model.onnx\` in any ONNX runtime.

## Stages

Dev nDCG@10 on queries held out from the training data, before and after each stage.

${table(
  ['stage', 'steps', 'before', 'after', ''],
  reports.map(({ name, steps, before, after, rolledBack }) => [
    name,
    String(steps),
    number(before),
    number(after),
    rolledBack ? 'rolled back: the model before it was kept' : '',
  ]),
)}

${last ? `${last.queries} dev queries, by intent:\n\n${table(['intent', 'nDCG@10'], intents)}` : 'No dev set.'}

## Data

${table(
  ['data set', 'examples'],
  [...data.sets.values()].map(({ name, examples }) => [name, String(examples.length)]),
)}

## Hashes and seed

${table(
  ['', ''],
  [
    ['seed', String(recipe.seed)],
    ['base model', belongsTo.model],
    ['data', belongsTo.data],
    ['recipe', belongsTo.recipe],
    ...(weights ? [['model.safetensors', weights.sha256]] : []),
  ],
)}

## Recipe

\`\`\`json
${JSON.stringify(recipe, null, 2)}
\`\`\`
`
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}
