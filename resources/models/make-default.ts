/**
 * Makes the embedded default model: its own WordPiece vocabulary and a static token table, trained from random values.
 *
 *     node resources/models/make-default.ts [--data ../shared/data] [--out resources/models/dmr-static-en]
 *
 * Needs the folder of open text (`text/`). Takes a few minutes on two free cores. The settings below were chosen on dev benchmarks; see the
 * model's card, which bench/default-model.ts writes.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { TextTokenizer } from '../../electron/ml/tokenizer/tokenizer.ts'
import { wordPieceDefinition } from '../../electron/ml/tokenizer/definition.ts'
import { seededRandom } from '../../electron/platform/seeded-random.ts'
import {
  bagCount,
  countWords,
  inverseDocumentFrequencies,
  packBags,
  type StaticTrainingOptions,
  trainStatic,
  trainWordPiece,
  wordsOf,
} from '../../electron/training/static/index.ts'
import { loadKernels } from '../../native/index.ts'
import { writeTrainingFacts } from '../default-model/model-card.ts'
import { quantise, writeStaticFolder } from '../default-model/static-folder.ts'
import { readTrainingText } from '../default-model/training-text.ts'

const { values: args } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    out: { type: 'string', default: 'resources/models/dmr-static-en' },
    /** JSON over the settings below, to try others. */
    settings: { type: 'string', default: '{}' },
  },
})

const SETTINGS = {
  vocabularySize: 28_000,
  width: 512,
  batch: 2048,
  epochs: 2,
  learningRate: 0.012,
  initialScale: 0.05,
  weightScale: 0.2,
  temperature: 0.05,
  matryoshka: [512],
  tokenDropout: 0.25,
  window: 96,
  seed: 20,
  ...(JSON.parse(args.settings) as Partial<StaticTrainingOptions>),
} satisfies StaticTrainingOptions

const started = performance.now()
const seconds = () => ((performance.now() - started) / 1000).toFixed(0)
const log = (text: string) => console.error(`${seconds().padStart(4)} s  ${text}`)

const { pairs, sources } = await readTrainingText(join(args.data, 'text'), seededRandom(SETTINGS.seed))
log(`${pairs.length} pairs from ${sources.length} files`)

const counts = new Map<string, number>()
for (const { query, passage } of pairs) {
  countWords(query, counts)
  countWords(passage, counts)
}
const vocabulary = trainWordPiece(counts, { size: SETTINGS.vocabularySize, minCount: 20, minWordCount: 5 })
log(`${vocabulary.length} tokens learned from ${counts.size} words`)

const definition = wordPieceDefinition('vocabulary', vocabulary.join('\n'), {})
const tokenizer = new TextTokenizer('vocabulary', definition, {})
const idsOfWord = new Map<string, readonly number[]>()
/** Texts share few words, so each word is cut once. */
function tokenize(text: string): number[] {
  const ids: number[] = []
  for (const word of wordsOf(text)) {
    let known = idsOfWord.get(word)
    if (!known) {
      known = tokenizer.encode(word, { addSpecialTokens: false }).ids
      idsOfWord.set(word, known)
    }
    ids.push(...known)
  }
  return ids
}
const tokenized = {
  queries: packBags(pairs.map(({ query }) => tokenize(query))),
  passages: packBags(pairs.map(({ passage }) => tokenize(passage))),
}
log(`${tokenized.passages.ids.length} passage tokens, ${tokenized.queries.ids.length} query tokens`)

const settings = { ...SETTINGS, vocabularySize: vocabulary.length }
const idf = inverseDocumentFrequencies(tokenized.passages, vocabulary.length)
const typical = idf.reduce((sum, value) => sum + value, 0) / idf.length
const kernels = await loadKernels()
const trained = await trainStatic(
  tokenized,
  idf.map((value) => value / typical),
  settings,
  kernels,
  ({ step, steps, loss, pairsPerSecond }) => {
    if (step % 50 === 0 || step === steps)
      log(`step ${step} of ${steps}, loss ${loss.toFixed(3)}, ${pairsPerSecond.toFixed(0)} pairs/s`)
  },
)

await mkdir(args.out, { recursive: true })
const files = await writeStaticFolder(args.out, quantise(trained), definition)
const facts = { settings, sources, pairs: bagCount(tokenized.queries), files, seconds: Number(seconds()) }
await writeTrainingFacts(args.out, facts)
log(`written to ${args.out}; node bench/default-model.ts --write measures it and writes its card`)
