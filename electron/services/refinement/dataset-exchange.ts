// Data sets in the formats of other tools: BEIR, TREC and the layout of MTEB and Hugging Face.
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import * as v from 'valibot'
import { INTENTS } from '../../contracts/intents.ts'
import type { DatasetFormat } from '../../contracts/refinement.ts'
import {
  listBeirSplits,
  openBeir,
  qrelsLines,
  readBeirCorpus,
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
  withPlace,
  writeLineFile,
  type DatasetStore,
} from '../../refinement/index.ts'
import {
  DATASET_SPLITS,
  type DatasetItem,
  type DatasetKind,
  type DatasetRecord,
  type DatasetSplit,
  type NewDataset,
  type ScoredText,
} from '../../storage/index.ts'

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
      collection.documents.map((one) => JSON.stringify({ _id: one.id, title: one.title, text: one.text })),
    )
    await writeLineFile(
      join(target, 'topics.tsv'),
      collection.queries.map(({ id, text }) => `${id}\t${text.replace(/\s+/gu, ' ')}`),
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

/** Reads what {@link exportDataset} wrote (jsonl, beir, mteb), any BEIR folder, and training JSON lines. @returns the names. */
export async function importDataset(store: DatasetStore, path: string, name?: string): Promise<string[]> {
  const source = resolve(path)
  const isBeir = existsSync(join(source, 'corpus.jsonl')) && existsSync(join(source, 'queries.jsonl'))
  return isBeir ? [await importBeir(store, source, name)] : importJsonl(store, source, name)
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

const place = v.object({
  document: v.string(),
  title: v.string(),
  page: v.number(),
  pageEnd: v.number(),
  passage: v.string(),
})
const scored = v.array(v.tuple([v.string(), v.nullable(v.number())]))
/** What our own export adds to a query; other BEIR folders have none of it. */
const ownQuery = v.object({
  intent: v.picklist(INTENTS),
  pair: v.nullable(v.string()),
  pos: scored,
  neg: scored,
  extra: v.optional(v.record(v.string(), v.unknown())),
  dataset: v.optional(
    v.object({
      name: v.string(),
      kind: v.picklist(['MTP', 'MTT', 'import'] satisfies DatasetKind[]),
      alpha: v.nullable(v.number()),
      lineage: v.record(v.string(), v.unknown()),
    }),
  ),
})

async function importBeir(store: DatasetStore, folder: string, name: string | undefined): Promise<string> {
  const documents = new Map<string, BeirDocument>()
  for await (const document of readBeirCorpus(folder)) documents.set(document.id, document)
  let about: NewDataset | undefined
  const rows: { split: DatasetSplit; query: BeirQuery; grades: ReadonlyMap<string, number> }[] = []
  for (const split of await listBeirSplits(folder)) {
    const beir = await openBeir(folder, split)
    for (const [id, grades] of beir.qrels) {
      const query = beir.queries.get(id)
      if (query) rows.push({ split: DATASET_SPLITS.find((known) => known === split) ?? 'test', query, grades })
    }
  }
  store.atomically(() => {
    const ids = new Map<string, number>()
    const textId = (id: string): number => {
      const known = ids.get(id)
      if (known !== undefined) return known
      const document = documents.get(id)!
      const origin = v.safeParse(v.object({ source: place }), document.metadata)
      // Other collections keep the title apart from the text; trainers read one text.
      const text = origin.success || document.title === '' ? document.text : `${document.title}\n${document.text}`
      const added = store.trainingTexts.add(withPlace(text, origin.success ? origin.output.source : undefined))
      ids.set(id, added)
      return added
    }
    const items = rows.flatMap(({ split, query, grades }): (DatasetItem & { position: number })[] => {
      const own = v.safeParse(ownQuery, query.metadata)
      if (own.success) {
        const { intent, pair, pos, neg, extra, dataset } = own.output
        about ??= dataset
        const resolved = (list: readonly (readonly [string, number | null])[]) =>
          list.map(([id, score]): ScoredText => [textId(id), score])
        const position = Number(query.id.slice(1))
        return [
          {
            position,
            split,
            intent,
            query: query.text,
            pairKey: pair,
            positives: resolved(pos),
            negatives: resolved(neg),
            extra: extra ?? null,
          },
        ]
      }
      const of = (wanted: (grade: number) => boolean) =>
        [...grades].flatMap(([id, grade]): ScoredText[] =>
          wanted(grade) && documents.has(id) ? [[textId(id), null]] : [],
        )
      const positives = of((grade) => grade > 0)
      if (positives.length === 0) return []
      const negatives = of((grade) => grade === 0)
      return [
        {
          position: 0,
          split,
          intent: 'QA',
          query: query.text,
          pairKey: null,
          positives,
          negatives,
          extra: { id: query.id },
        },
      ]
    })
    items.sort((a, b) => a.position - b.position)
    about = {
      ...(about ?? { name: basename(folder), kind: 'import', alpha: null, lineage: { imported: basename(folder) } }),
      ...(name === undefined ? {} : { name }),
    }
    store.datasets.replace(about, items)
  })
  return about!.name
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
