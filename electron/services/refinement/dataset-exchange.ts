// Data sets in the formats of other tools: BEIR, TREC and the layout of MTEB and Hugging Face.
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { DatasetFormat } from '../../contracts/refinement.ts'
import {
  qrelsLines,
  writeBeir,
  writeLines,
  type BeirDocument,
  type BeirQuery,
  type JudgedQueries,
} from '../../evaluation/index.ts'
import {
  dataCard,
  exportJsonl,
  importJsonl,
  toPlace,
  writeLineFile,
  type DatasetStore,
} from '../../refinement/index.ts'
import { DATASET_SPLITS, type DatasetRecord, type DatasetSplit, type ScoredText } from '../../storage/index.ts'
import { readBeirCollection, readTrecCollection, storeCollection, TOPIC_METADATA, TOPICS } from './collection-import.ts'

/** Grades in exported judgements: mined negatives are listed with 0, so that an import finds them again. */
const POSITIVE = 1
const NEGATIVE = 0

/** Writes a data set into a folder, which is made. Existing files of the same names are replaced. */
export async function exportDataset(
  store: DatasetStore,
  dataset: DatasetRecord,
  format: DatasetFormat,
  folder: string,
): Promise<void> {
  const target = resolve(folder)
  if (format === 'jsonl') return exportJsonl(store, dataset, target)
  const collection = collect(store, dataset)
  const counts = store.datasets.counts(dataset.id)
  if (format === 'trec') {
    await mkdir(target, { recursive: true })
    await writeLineFile(
      join(target, 'corpus.jsonl'),
      mapped(collection.documents, ({ id, title, text, metadata }) =>
        JSON.stringify({ _id: id, title, text, ...metadata }),
      ),
    )
    await writeLineFile(
      join(target, TOPICS),
      mapped(collection.queries, ({ id, text }) => `${id}\t${text.replace(/\s+/gu, ' ')}`),
    )
    // What a topic line has no place for, so that nothing is lost on the way back.
    await writeLineFile(
      join(target, TOPIC_METADATA),
      mapped(collection.queries, ({ id, text, metadata }) => JSON.stringify({ _id: id, text, metadata })),
    )
    for (const [split, qrels] of collection.qrels)
      await writeLines(join(target, `qrels.${split}.txt`), qrelsLines(qrels))
  } else {
    await writeBeir(target, collection)
    if (format === 'mteb') {
      for (const [split, qrels] of collection.qrels)
        await writeLineFile(join(target, 'qrels', `${split}.jsonl`), qrelRows(qrels))
    }
  }
  await writeFile(
    join(target, 'README.md'),
    dataCard(dataset, counts, format === 'mteb' ? frontMatter([...collection.qrels.keys()]) : undefined),
  )
}

/**
 * Reads what {@link exportDataset} wrote, any BEIR folder, a TREC folder (corpus.jsonl, topics.tsv, qrels.SPLIT.txt), and training
 * JSON lines.
 * @returns the names.
 */
export async function importDataset(store: DatasetStore, path: string, name?: string): Promise<string[]> {
  const source = resolve(path)
  const has = (file: string): boolean => existsSync(join(source, file))
  if (!has('corpus.jsonl')) return importJsonl(store, source, name)
  if (has('queries.jsonl')) return [storeCollection(store, source, await readBeirCollection(source), name)]
  if (has(TOPICS)) return [storeCollection(store, source, await readTrecCollection(source), name)]
  return importJsonl(store, source, name)
}

/** A data set as a collection. Each part is read from the library as it is written, and may be read again. */
interface Collection {
  readonly documents: Iterable<BeirDocument>
  readonly queries: Iterable<BeirQuery>
  readonly qrels: ReadonlyMap<string, JudgedQueries>
}

function collect(store: DatasetStore, dataset: DatasetRecord): Collection {
  const { id } = dataset
  const { bySplit } = store.datasets.counts(id)
  const splits = DATASET_SPLITS.filter((split) => (bySplit[split] ?? 0) > 0)
  return {
    documents: { [Symbol.iterator]: () => documents(store, id) },
    queries: { [Symbol.iterator]: () => queries(store, dataset) },
    qrels: new Map(splits.map((split) => [split, { [Symbol.iterator]: () => judgements(store, id, split) }])),
  }
}

function* documents(store: DatasetStore, datasetId: number): Generator<BeirDocument> {
  const written = new Set<number>()
  for (const { positives, negatives } of store.datasets.items(datasetId)) {
    for (const [textId] of [...positives, ...negatives]) {
      if (written.has(textId)) continue
      written.add(textId)
      const text = store.trainingTexts.require(textId)
      yield { id: docId(textId), title: text.title, text: text.text, metadata: { source: toPlace(text) } }
    }
  }
}

function* queries(store: DatasetStore, dataset: DatasetRecord): Generator<BeirQuery> {
  const { id, name, kind, alpha, lineage } = dataset
  const idsAndScores = (list: readonly ScoredText[]) => list.map(([textId, score]) => [docId(textId), score] as const)
  for (const { position, intent, query, pairKey, positives, negatives, extra } of store.datasets.items(id)) {
    // The first query carries what belongs to the whole set: a BEIR folder has no other place for it.
    const about = position === 0 ? { dataset: { name, kind, alpha, lineage } } : {}
    const texts = { pos: idsAndScores(positives), neg: idsAndScores(negatives) }
    yield {
      id: queryId(position),
      text: query,
      metadata: { intent, pair: pairKey, ...texts, ...(extra ? { extra } : {}), ...about },
    }
  }
}

function* judgements(
  store: DatasetStore,
  datasetId: number,
  split: DatasetSplit,
): Generator<readonly [string, Map<string, number>]> {
  for (const { position, positives, negatives } of store.datasets.items(datasetId, split)) {
    const grades = new Map(negatives.map(([textId]) => [docId(textId), NEGATIVE]))
    for (const [textId] of positives) grades.set(docId(textId), POSITIVE)
    yield [queryId(position), grades]
  }
}

const docId = (textId: number): string => `p${textId}`
const queryId = (position: number): string => `q${position}`

function* qrelRows(qrels: JudgedQueries): Generator<string> {
  for (const [query, grades] of qrels)
    for (const [document, score] of grades) yield JSON.stringify({ 'query-id': query, 'corpus-id': document, score })
}

function* mapped<T>(values: Iterable<T>, toLine: (value: T) => string): Generator<string> {
  for (const value of values) yield toLine(value)
}

/** Tells the Hugging Face hub which file is which. */
function frontMatter(splits: readonly string[]): string[] {
  return [
    'task_categories:',
    '- text-retrieval',
    'configs:',
    '- config_name: default',
    '  data_files:',
    ...splits.flatMap((split) => [`  - split: ${split}`, `    path: qrels/${split}.jsonl`]),
    '- config_name: corpus',
    '  data_files:',
    '  - split: corpus',
    '    path: corpus.jsonl',
    '- config_name: queries',
    '  data_files:',
    '  - split: queries',
    '    path: queries.jsonl',
  ]
}
