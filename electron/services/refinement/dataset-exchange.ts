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
  type Qrels,
} from '../../evaluation/index.ts'
import {
  dataCard,
  exportJsonl,
  importJsonl,
  toPlace,
  writeLineFile,
  type DatasetStore,
} from '../../refinement/index.ts'
import type { DatasetRecord, ScoredText } from '../../storage/index.ts'
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
      collection.documents.map(({ id, title, text, metadata }) =>
        JSON.stringify({ _id: id, title, text, ...metadata }),
      ),
    )
    await writeLineFile(
      join(target, TOPICS),
      collection.queries.map(({ id, text }) => `${id}\t${text.replace(/\s+/gu, ' ')}`),
    )
    // What a topic line has no place for, so that nothing is lost on the way back.
    await writeLineFile(
      join(target, TOPIC_METADATA),
      collection.queries.map(({ id, text, metadata }) => JSON.stringify({ _id: id, text, metadata })),
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

interface Collection {
  readonly documents: readonly BeirDocument[]
  readonly queries: readonly BeirQuery[]
  readonly qrels: ReadonlyMap<string, Qrels>
}

function collect(store: DatasetStore, dataset: DatasetRecord): Collection {
  const documents = new Map<number, BeirDocument>()
  const queries: BeirQuery[] = []
  const qrels = new Map<string, Map<string, Map<string, number>>>()
  const { name: set, kind, alpha, lineage } = dataset
  const docId = (textId: number): string => {
    if (!documents.has(textId)) {
      const text = store.trainingTexts.require(textId)
      documents.set(textId, {
        id: `p${textId}`,
        title: text.title,
        text: text.text,
        metadata: { source: toPlace(text) },
      })
    }
    return `p${textId}`
  }
  for (const { position, split, intent, query, pairKey, positives, negatives, extra } of store.datasets.items(
    dataset.id,
  )) {
    const id = `q${position}`
    const idsAndScores = (list: readonly ScoredText[]) => list.map(([textId, score]) => [docId(textId), score] as const)
    const pos = idsAndScores(positives)
    const neg = idsAndScores(negatives)
    // The first query carries what belongs to the whole set: a BEIR folder has no other place for it.
    const about = position === 0 ? { dataset: { name: set, kind, alpha, lineage } } : {}
    queries.push({
      id,
      text: query,
      metadata: { intent, pair: pairKey, pos, neg, ...(extra ? { extra } : {}), ...about },
    })
    const grades = new Map(neg.map(([document]) => [document, NEGATIVE]))
    for (const [document] of pos) grades.set(document, POSITIVE)
    const ofSplit = qrels.get(split) ?? new Map<string, Map<string, number>>()
    qrels.set(split, ofSplit.set(id, grades))
  }
  return { documents: [...documents.values()], queries, qrels }
}

function* qrelRows(qrels: Qrels): Generator<string> {
  for (const [query, grades] of qrels)
    for (const [document, score] of grades) yield JSON.stringify({ 'query-id': query, 'corpus-id': document, score })
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
