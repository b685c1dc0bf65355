// Data sets from the folders of other tools: BEIR, MTEB and TREC.
import { readdir } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import * as v from 'valibot'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said } from '../../contracts/wording.ts'
import { INTENTS } from '../../contracts/intents.ts'
import {
  listBeirSplits,
  openBeir,
  readBeirCorpus,
  readQrels,
  type BeirDocument,
  type BeirQuery,
} from '../../evaluation/index.ts'
import { readLines, withPlace, type DatasetStore } from '../../refinement/index.ts'
import {
  DATASET_SPLITS,
  type DatasetItem,
  type DatasetKind,
  type DatasetSplit,
  type NewDataset,
  type ScoredText,
} from '../../storage/index.ts'

export const TOPICS = 'topics.tsv'
/** Beside the topics, one line each: what our own export knows of a query beyond its text. */
export const TOPIC_METADATA = 'topics.metadata.jsonl'

/** A collection in memory: its texts, and its judged queries in the order of the file. */
interface ReadCollection {
  readonly documents: ReadonlyMap<string, BeirDocument>
  readonly rows: readonly {
    readonly split: DatasetSplit
    readonly query: BeirQuery
    readonly grades: ReadonlyMap<string, number>
  }[]
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

/** @throws the error of the file and line that cannot be used. */
export async function readBeirCollection(folder: string): Promise<ReadCollection> {
  const documents = await readCorpus(folder)
  const rows: ReadCollection['rows'][number][] = []
  for (const split of await listBeirSplits(folder)) {
    const beir = await openBeir(folder, split)
    for (const [id, grades] of beir.qrels) {
      const query = beir.queries.get(id)
      if (query) rows.push({ split: splitOf(split), query, grades })
    }
  }
  return { documents, rows }
}

/** @throws the error of the file and line that cannot be used. */
export async function readTrecCollection(folder: string): Promise<ReadCollection> {
  const documents = await readCorpus(folder)
  const queries = await readTopics(join(folder, TOPICS))
  const metadata = join(folder, TOPIC_METADATA)
  if (existsSync(metadata)) for (const query of await readOwnQueries(metadata)) queries.set(query.id, query)
  const rows: ReadCollection['rows'][number][] = []
  for (const file of (await readdir(folder)).sort()) {
    const split = /^qrels\.([\w-]+)\.txt$/u.exec(file)?.[1]
    if (split === undefined) continue
    for (const [id, grades] of await readQrels(join(folder, file))) {
      const query = queries.get(id)
      if (query) rows.push({ split: splitOf(split), query, grades })
    }
  }
  if (rows.length === 0)
    throw new WorkbenchError(
      'BAD_INPUT',
      said`${folder} judges no query of ${TOPICS}. Judgements are expected in qrels.train.txt and the like.`,
    )
  return { documents, rows }
}

async function readCorpus(folder: string): Promise<Map<string, BeirDocument>> {
  const documents = new Map<string, BeirDocument>()
  for await (const document of readBeirCorpus(folder)) documents.set(document.id, document)
  return documents
}

/** "id TAB text" */
async function readTopics(path: string): Promise<Map<string, BeirQuery>> {
  const queries = new Map<string, BeirQuery>()
  let number = 0
  for await (const line of readLines(path)) {
    number++
    if (line.trim() === '') continue
    const [id, ...text] = line.split('\t')
    if (!id || text.join('').trim() === '')
      throw new WorkbenchError('BAD_INPUT', said`${path}, line ${number}: a topic is an id, a tab and its text.`)
    queries.set(id, { id, text: text.join(' '), metadata: {} })
  }
  return queries
}

const metadataLine = v.object({ _id: v.string(), text: v.string(), metadata: v.record(v.string(), v.unknown()) })

async function readOwnQueries(path: string): Promise<BeirQuery[]> {
  const queries: BeirQuery[] = []
  let number = 0
  for await (const line of readLines(path)) {
    number++
    try {
      const { _id: id, text, metadata } = v.parse(metadataLine, JSON.parse(line))
      queries.push({ id, text, metadata })
    } catch (error) {
      throw new WorkbenchError(
        'BAD_INPUT',
        said`${path}, line ${number}: ${(error as Error).message}. Export the data set again, or remove this file: queries, texts and judgements are then read without it.`,
        { cause: error },
      )
    }
  }
  return queries
}

function splitOf(name: string): DatasetSplit {
  return DATASET_SPLITS.find((known) => known === name) ?? 'test'
}

/** Stores a collection as a data set, replacing one of the same name. @returns its name. */
export function storeCollection(
  store: DatasetStore,
  folder: string,
  { documents, rows }: ReadCollection,
  name: string | undefined,
): string {
  let about: NewDataset | undefined
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
