// A run small enough for tests, on data made up here: three words of a passage are its query.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { measureQuery } from '../../evaluation/index.ts'
import { seededRandom } from '../../platform/seeded-random.ts'
import type { RankingMeasure } from '../data/dev-set.ts'
import { parseRecipe, type Recipe } from '../recipe.ts'

const WORDS =
  'flood river levee shelter evacuation warning siren radio generator fuel water bridge road closed pump station crew supply truck route map zone storm wind rain heat cold snow fire smoke'.split(
    ' ',
  )

/** Writes `QA.jsonl` with scored negatives. */
export async function writeTinyData(folder: string, examples = 48): Promise<string> {
  const random = seededRandom(5)
  const words = (count: number) => Array.from({ length: count }, () => WORDS[Math.floor(random() * WORDS.length)]!)
  const lines = Array.from({ length: examples }, () => {
    const query = words(3)
    const neg = Array.from({ length: 4 }, () => words(9).join(' '))
    return JSON.stringify({
      query: query.join(' '),
      pos: [[...query, ...words(6)].join(' ')],
      neg,
      pos_scores: [1],
      neg_scores: neg.map(() => random() * 0.6),
    })
  })
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'QA.jsonl'), lines.join('\n'))
  return folder
}

export function tinyRecipe(architecture: 'bert' | 'qwen3', changes: Partial<Recipe> = {}): Recipe {
  const full = { tuning: 'full', batch: 12, temperature: 0.05 }
  const stages = [
    ...(architecture === 'qwen3'
      ? [{ kind: 'adaptation', tuning: 'full', batch: 12, learningRate: 1e-2, epochs: 2 }]
      : []),
    { kind: 'contrastive', ...full, learningRate: 2e-3, epochs: 3 },
    { kind: 'instruction', ...full, learningRate: 5e-4, epochs: 2, negatives: 3, levels: [{ alpha: 0.65 }] },
  ]
  const recipe = parseRecipe(
    'tiny',
    JSON.stringify({
      name: 'tiny',
      description: 'A run for tests.',
      model: { architecture, layers: 2, hidden: 16, heads: 2, feedForward: 32, vocabulary: 200 },
      maxTokens: 32,
      microbatchTokens: 256,
      saveEvery: 2,
      dev: { share: 0.2, every: 4 },
      stages,
    }),
  )
  return { ...recipe, ...changes }
}

export const ndcg10: RankingMeasure = (relevant, ranked) =>
  measureQuery(
    new Map([...relevant].map((id) => [id, 1])),
    ranked.map((docId, rank) => ({ docId, score: -rank })),
  )['nDCG@10']
