// Questions with their answers, as files of training data, and what keyword search makes of them.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { BenchmarkCorpus } from '../../electron/evaluation/benchmark-corpus.ts'
import type { BenchmarkDocument } from '../../electron/evaluation/index.ts'
import { Encoder } from '../../electron/ml/session/index.ts'
import { seededRandom } from '../../electron/platform/seeded-random.ts'
import { LexicalRetriever, topPassages } from '../../electron/retrieval/index.ts'

export interface Question {
  readonly query: string
  /** At least one. */
  readonly answers: readonly string[]
}

/** Rows side by side ask about one subject, and its other answers are what is hard to tell from the right one: kept or left together. */
const ROWS_TOGETHER = 40

/** Reads about `wanted` rows (query, passage) of a `.jsonl.gz` file, always the same ones. Equal questions become one. */
export async function readQuestions(file: string, wanted: number): Promise<readonly Question[]> {
  const lines = gunzipSync(await readFile(file))
    .toString('utf8')
    .trim()
    .split('\n')
  const random = seededRandom(3)
  const blocks = Array.from({ length: Math.ceil(lines.length / ROWS_TOGETHER) }, () => random() < wanted / lines.length)
  const answers = new Map<string, Set<string>>()
  for (const [index, line] of lines.entries()) {
    if (!blocks[Math.floor(index / ROWS_TOGETHER)]) continue
    const { query, passage } = JSON.parse(line) as { query: string; passage: string }
    answers.set(query, (answers.get(query) ?? new Set()).add(passage))
  }
  return [...answers].map(([query, found]) => ({ query, answers: [...found] }))
}

export interface ScoredText {
  readonly text: string
  readonly score: number
}

/** What a retriever found for a question, best first, and how it scores the answers, found or not. */
export interface Found {
  readonly top: readonly ScoredText[]
  readonly ofAnswers: readonly number[]
}

/** The first `k` of all answers by keywords (BM25). An answer that is not found scores as high as the best text that was. */
export async function searchKeywords(questions: readonly Question[], k: number): Promise<readonly Found[]> {
  const pool = poolOf(questions)
  using corpus = await BenchmarkCorpus.read(documents(pool))
  const retriever = new LexicalRetriever(corpus.db)
  const found: Found[] = []
  for (const { query, answers } of questions) {
    const hits = await retriever.retrieve({ text: query, plain: true, intent: 'QA', k })
    const top = hits.map(({ passageId, score }) => ({ text: pool[passageId - 1]!, score }))
    const scores = new Map(top.map(({ text, score }) => [text, score]))
    found.push({ top, ofAnswers: answers.map((answer) => scores.get(answer) ?? top[0]?.score ?? 0) })
  }
  return found
}

/** The first `k` of all answers by the cosine of a model's vectors. @param model its folder */
export async function searchMeaning(
  questions: readonly Question[],
  model: string,
  k: number,
): Promise<readonly Found[]> {
  const pool = poolOf(questions)
  const placeOf = new Map(pool.map((text, place) => [text, place]))
  await using encoder = await Encoder.open(model, { device: 'cpu' })
  const { dimensions } = encoder
  const vectors = await encoder.encode(pool, { kind: 'passage' })
  const asked = await encoder.encode(
    questions.map(({ query }) => query),
    { kind: 'query', intent: 'QA' },
  )
  const blocks = [{ passageIds: Float64Array.from(pool.keys()), vectors }]
  const best = await topPassages(asked, blocks, { dimensions, k })
  const row = (all: Float32Array, place: number) => all.subarray(place * dimensions, (place + 1) * dimensions)
  return questions.map(({ answers }, index) => ({
    top: best.of(index).map(({ passageId, score }) => ({ text: pool[passageId]!, score })),
    ofAnswers: answers.map((answer) => dot(row(asked, index), row(vectors, placeOf.get(answer)!))),
  }))
}

/**
 * Writes one example a question: what was found beside its answers are its negatives, with the scores by which a level of stage 3
 * chooses among them. Questions for which nothing else was found are left out.
 */
export async function writeExamples(
  file: string,
  questions: readonly Question[],
  found: readonly Found[],
): Promise<void> {
  const lines = questions.flatMap(({ query, answers }, index) => {
    const { top, ofAnswers } = found[index]!
    const others = top.filter(({ text }) => !answers.includes(text))
    if (others.length === 0) return []
    const [neg, scores] = [others.map(({ text }) => text), others.map(({ score }) => score)]
    return [JSON.stringify({ query, pos: answers, neg, pos_scores: ofAnswers, neg_scores: scores })]
  })
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${lines.join('\n')}\n`)
}

function poolOf(questions: readonly Question[]): string[] {
  return [...new Set(questions.flatMap(({ answers }) => answers))]
}

async function* documents(pool: readonly string[]): AsyncGenerator<BenchmarkDocument> {
  for (const [place, text] of pool.entries()) yield { id: String(place), title: '', text }
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, place) => sum + value * b[place]!, 0)
}
