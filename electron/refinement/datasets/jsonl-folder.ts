import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import * as v from 'valibot'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said } from '../../contracts/wording.ts'
import {
  DATASET_KINDS,
  DATASET_SPLITS,
  type DatasetItem,
  type DatasetRecord,
  type DatasetRepository,
  type DatasetSplit,
  type NewDataset,
  type TrainingTextRepository,
} from '../../storage/index.ts'
import { dataCard } from './data-card.ts'
import { fromLines, toLines } from './dataset-lines.ts'
import { readLines, writeLineFile } from './line-files.ts'

export interface DatasetStore {
  readonly datasets: DatasetRepository
  readonly trainingTexts: TrainingTextRepository
  /** Runs `action` as one transaction. */
  atomically<T>(action: () => T): T
}

const MANIFEST = 'dataset.json'
const LINEAGE = '.lineage.jsonl'
const manifestSchema = v.object({
  format: v.literal(1),
  name: v.string(),
  kind: v.picklist(DATASET_KINDS),
  alpha: v.nullable(v.number()),
  lineage: v.record(v.string(), v.unknown()),
})

/**
 * Writes `<split>.jsonl` (METHOD 7), `<split>.lineage.jsonl`, `dataset.json` and a data card. Nothing is lost: an import of the
 * folder gives the same data set.
 */
export async function exportJsonl(store: DatasetStore, dataset: DatasetRecord, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const counts = store.datasets.counts(dataset.id)
  for (const split of DATASET_SPLITS) {
    if (!counts.bySplit[split]) continue
    await writeLineFile(join(folder, `${split}.jsonl`), part(store, dataset, split, 'line'))
    await writeLineFile(join(folder, `${split}${LINEAGE}`), part(store, dataset, split, 'lineage'))
  }
  const { name, kind, alpha, lineage } = dataset
  await writeFile(join(folder, MANIFEST), `${JSON.stringify({ format: 1, name, kind, alpha, lineage }, null, 2)}\n`)
  await writeFile(join(folder, 'README.md'), dataCard(dataset, counts))
}

function* part(store: DatasetStore, dataset: DatasetRecord, split: DatasetSplit, which: 'line' | 'lineage') {
  for (const item of store.datasets.items(dataset.id, split)) yield toLines(item, store.trainingTexts)[which]
}

/**
 * Reads a .jsonl file, a folder that {@link exportJsonl} wrote (one data set), or any folder of .jsonl files (a data set each).
 * A data set of the same name is replaced.
 * @returns the names.
 * @throws WorkbenchError BAD_INPUT naming file and line, NOT_FOUND.
 */
export async function importJsonl(store: DatasetStore, path: string, name?: string): Promise<string[]> {
  const info = await stat(path).catch(() => undefined)
  if (!info) throw new WorkbenchError('NOT_FOUND', said`There is no file or folder ${path}.`)
  if (info.isFile())
    return [await importFiles(store, plainDataset(name ?? nameOf(path), path), [{ path, split: 'train' }])]
  const files = (await readdir(path)).filter((file) => file.endsWith('.jsonl') && !file.endsWith(LINEAGE)).sort()
  if (files.length === 0)
    throw new WorkbenchError(
      'BAD_INPUT',
      said`${path} holds no .jsonl file. A data set is a file of JSON lines, or a folder of them.`,
    )
  const manifest = await readManifest(join(path, MANIFEST))
  if (manifest) {
    const parts = DATASET_SPLITS.flatMap((split) =>
      files.includes(`${split}.jsonl`) ? [{ path: join(path, `${split}.jsonl`), split }] : [],
    )
    return [await importFiles(store, { ...manifest, name: name ?? manifest.name }, parts)]
  }
  const names: string[] = []
  for (const file of files) {
    const own =
      files.length === 1 && name !== undefined ? name : `${name === undefined ? '' : `${name}-`}${nameOf(file)}`
    names.push(
      await importFiles(store, plainDataset(own, join(path, file)), [{ path: join(path, file), split: 'train' }]),
    )
  }
  return names
}

async function importFiles(
  store: DatasetStore,
  dataset: NewDataset,
  parts: readonly { readonly path: string; readonly split: DatasetSplit }[],
): Promise<string> {
  const rows: { line: string; where: string; split: DatasetSplit; lineage?: string }[] = []
  for (const { path, split } of parts) {
    const beside = path.replace(/\.jsonl$/u, LINEAGE)
    const lineages = existsSync(beside) ? await collect(beside) : undefined
    let number = 0
    for await (const line of readLines(path)) {
      const lineage = lineages?.[number]
      number++
      if (line.trim() === '') continue
      if (lineages && lineage === undefined)
        throw new WorkbenchError(
          'BAD_INPUT',
          said`${beside} ends before line ${number} of ${path}. Export the data set again, or remove the lineage file.`,
        )
      rows.push({ line, where: `${path}, line ${number}`, split, ...(lineage === undefined ? {} : { lineage }) })
    }
  }
  if (rows.length === 0)
    throw new WorkbenchError('BAD_INPUT', said`${parts[0]?.path ?? dataset.name} holds no example.`)
  store.atomically(() => {
    const add = (text: Parameters<TrainingTextRepository['add']>[0]): number => store.trainingTexts.add(text)
    const items: DatasetItem[] = rows.map(({ line, where, split, lineage }) =>
      fromLines(line, where, split, add, lineage),
    )
    store.datasets.replace(dataset, items)
  })
  return dataset.name
}

async function collect(path: string): Promise<string[]> {
  const lines: string[] = []
  for await (const line of readLines(path)) lines.push(line)
  return lines
}

async function readManifest(path: string): Promise<NewDataset | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new WorkbenchError('BAD_INPUT', said`${path} is not JSON (${(error as Error).message}).`, { cause: error })
  }
  const parsed = v.safeParse(manifestSchema, value)
  if (!parsed.success) throw new WorkbenchError('BAD_INPUT', said`${path}: ${parsed.issues[0].message}.`)
  const { name, kind, alpha, lineage } = parsed.output
  return { name, kind, alpha, lineage }
}

function plainDataset(name: string, path: string): NewDataset {
  return { name, kind: 'import', alpha: null, lineage: { imported: basename(path) } }
}

function nameOf(path: string): string {
  return basename(path, extname(path))
}
