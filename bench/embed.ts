/**
 * Embedding passages of mixed length: our encoder in float32 and int8 against @huggingface/transformers with the same
 * weights, graph and threads. The peer embeds batches of 32 in the order given, as its users do, and, in a second row, sorted
 * by length first. `npm run bench:embed -- [passages] [rounds] [threads]`. Read the ratios: each is a median over rounds
 * in which all take turns, and milliseconds depend on the load. On a busy machine read processor time with one thread.
 */
import { existsSync } from 'node:fs'
import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { buildEmbeddingModel } from '../electron/ml/session/build-model.ts'
import { planBatches } from '../electron/ml/session/batches.ts'
import { Encoder } from '../electron/ml/session/index.ts'
import { openModelFolder } from '../electron/ml/session/model-folder.ts'
import { OUTPUT_NAMES } from '../electron/ml/models/embedding-graph.ts'
import { bertFolder, mixedPassages, SMALL } from './support/bert-folder.ts'
import { median, printTable, quantile } from './support/measure.ts'
import { importPeer } from './support/peers.ts'

const [passages = 128, rounds = 3, threads = 2] = process.argv.slice(2).map(Number)
const PEER = ['@huggingface/transformers', '4.3.1'] as const
const PEER_BATCH = 32
const QUERIES = 100
const QUERY_WORDS = 14

/** What is used of the peer. */
interface Transformers {
  readonly env: { localModelPath: string; allowRemoteModels: boolean }
  readonly AutoTokenizer: {
    from_pretrained(name: string): Promise<(texts: readonly string[], options: object) => object>
  }
  readonly AutoModel: {
    from_pretrained(
      name: string,
      options: object,
    ): Promise<(inputs: object) => Promise<Record<string, { data: Float32Array }>>>
  }
}

type Embed = (texts: readonly string[]) => Promise<Float32Array>

const folder = await bertFolder(SMALL)
await using full = await Encoder.open(folder, { device: 'cpu', threads })
await using int8 = await Encoder.open(folder, { device: 'cpu', threads, precision: 'int8' })
const texts = mixedPassages(passages)
const lengths = texts.map((text) => full.tokenizer.encode(text, { maxTokens: full.info.maxTokens }).ids.length)
const tokens = lengths.reduce((sum, length) => sum + length, 0)

const peer = await openPeer()
const contestants: [name: string, embed: Embed][] = [
  ...(peer
    ? ([
        [`${PEER.join(' ')}, float32, in the order given`, peer],
        [`${PEER.join(' ')}, float32, sorted by length`, (all) => peer(all.toSorted((a, b) => a.length - b.length))],
      ] as [string, Embed][])
    : []),
  ['ours, float32', (all) => full.encode(all, { kind: 'passage' })],
  ['ours, int8', (all) => int8.encode(all, { kind: 'passage' })],
]
if (peer) await checkAgreement(peer)

const seconds = contestants.map((): number[] => [])
const processorSeconds = contestants.map((): number[] => [])
for (const [, embed] of contestants) await embed(texts.slice(0, 32))
for (let round = 0; round < rounds; round++) {
  for (const [index, [, embed]] of contestants.entries()) {
    const [start, used] = [performance.now(), process.cpuUsage()]
    await embed(texts)
    const { user, system } = process.cpuUsage(used)
    seconds[index]!.push((performance.now() - start) / 1000)
    processorSeconds[index]!.push((user + system) / 1e6)
  }
}

const planned = planBatches(lengths, full.limits).reduce(
  (sum, { indices, sequence }) => sum + indices.length * sequence,
  0,
)
console.log(`12 layers x 384, ${passages} passages, ${tokens} tokens, ${threads} threads, ${rounds} rounds`)
printTable(
  ['encoder', 'tokens/s', `times ${contestants[0]![0]}`, 'tokens/CPU s', 'times it'],
  contestants.map(([name], index) => [
    name,
    Math.round(tokens / median(seconds[index]!)).toString(),
    median(seconds[index]!.map((own, round) => seconds[0]![round]! / own)).toFixed(2),
    Math.round(tokens / median(processorSeconds[index]!)).toString(),
    median(processorSeconds[index]!.map((own, round) => processorSeconds[0]![round]! / own)).toFixed(2),
  ]),
)
console.log(`padding: ${(100 * (1 - tokens / planned)).toFixed(1)} % of what ours computes`)
console.log(`int8 against float32: cosine ${int8.info.int8!.minCosine.toFixed(4)} at least`)
for (const [name, encoder] of [
  ['float32', full],
  ['int8', int8],
] as const) {
  const times: number[] = []
  for (const query of mixedPassages(QUERIES + 5, QUERY_WORDS, 3 * QUERY_WORDS)) {
    const start = performance.now()
    await encoder.encode([query], { kind: 'query' })
    times.push(performance.now() - start)
  }
  const warm = times.slice(5)
  console.log(`one query, ${name}: p50 ${median(warm).toFixed(1)} ms, p95 ${quantile(warm, 0.95).toFixed(1)} ms`)
}

/** The peer on our own graph, beside which it wants the weights. */
async function openPeer(): Promise<Embed | undefined> {
  const transformers = await importPeer<Transformers>(...PEER)
  if (!transformers) return undefined
  await exportGraph()
  Object.assign(transformers.env, { localModelPath: dirname(folder), allowRemoteModels: false })
  const name = basename(folder)
  const tokenize = await transformers.AutoTokenizer.from_pretrained(name)
  const session_options = { intraOpNumThreads: threads, externalData: [] }
  const model = await transformers.AutoModel.from_pretrained(name, { dtype: 'fp32', device: 'cpu', session_options })
  return async (all) => {
    const vectors: number[] = []
    for (let start = 0; start < all.length; start += PEER_BATCH) {
      const inputs = tokenize(all.slice(start, start + PEER_BATCH), { padding: true, truncation: true })
      vectors.push(...(await model(inputs))[OUTPUT_NAMES.embedding]!.data)
    }
    return Float32Array.from(vectors)
  }
}

async function exportGraph(): Promise<void> {
  const target = join(folder, 'onnx')
  if (existsSync(target)) return
  const opened = await openModelFolder(folder)
  if (opened.source.kind !== 'transformer') throw new Error(`${folder}: not the folder that this bench makes`)
  const model = buildEmbeddingModel(opened, opened.source, { precision: 'fp32', narrowTables: false })
  const unfinished = `${target}.${process.pid}`
  await mkdir(unfinished)
  await writeFile(join(unfinished, 'model.onnx'), model.bytes)
  await copyFile(join(folder, 'model.safetensors'), join(unfinished, 'model.safetensors'))
  await rename(unfinished, target)
}

/** A comparison of speeds means nothing unless both compute the same. */
async function checkAgreement(embed: Embed): Promise<void> {
  const few = texts.slice(0, 8)
  const [theirs, ours] = [await embed(few), await full.encode(few, { kind: 'passage' })]
  for (let row = 0; row < few.length; row++) {
    const [a, b] = [theirs, ours].map((all) => all.subarray(row * full.dimensions, (row + 1) * full.dimensions))
    const cosine = a!.reduce((sum, x, i) => sum + x * b![i]!, 0) / (Math.hypot(...a!) * Math.hypot(...b!))
    if (!(cosine > 0.9999)) throw new Error(`passage ${row}: the peer's vector differs from ours (cosine ${cosine})`)
  }
}
