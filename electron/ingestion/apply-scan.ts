import type { Database } from 'better-sqlite3'
import type { Source } from '../contracts/library.ts'
import { said, type Text } from '../contracts/wording.ts'
import type { FileRecord, FileRepository } from '../storage/index.ts'
import { scanFolder, type ScannedFile } from './scan.ts'

/** Rows written per transaction: often enough to show progress, seldom enough not to wait for the disk. */
const BATCH = 500

export interface ScanOutcome {
  total: number
  unchanged: number
  excluded: number
  unsupported: number
  removed: number
  unreadable: { path: string; reason: Text }[]
}

export interface ApplyScanOptions {
  /** Globs that hold for every source. */
  readonly excludeEverywhere: readonly string[]
  readonly signal: AbortSignal
  onProgress(found: number): void
}

/**
 * Brings the file table in line with the folder: new and changed files wait to be read, vanished ones are removed, the
 * rest is left alone. Size and modification time decide whether a file changed; its content is compared when it is read.
 * @throws WorkbenchError FOLDER_UNREADABLE; nothing is removed then, since a drive that is not connected is not an empty one.
 */
export async function applyScan(
  db: Database,
  files: FileRepository,
  source: Source,
  options: ApplyScanOptions,
): Promise<ScanOutcome> {
  const known = new Map(files.ofSource(source.id).map((file) => [file.path, file]))
  const outcome: ScanOutcome = { total: 0, unchanged: 0, excluded: 0, unsupported: 0, removed: 0, unreadable: [] }
  const unreadableFolders: string[] = []
  let batch: ScannedFile[] = []
  const write = db.transaction((found: readonly ScannedFile[]) => {
    for (const file of found) record(files, source.id, known.get(file.path), file, outcome)
  })
  const flush = (): void => {
    write.immediate(batch)
    for (const file of batch) known.delete(file.path)
    batch = []
    options.onProgress(outcome.total)
  }
  const scan = scanFolder(source.path, {
    include: source.include,
    exclude: [...options.excludeEverywhere, ...source.exclude],
    signal: options.signal,
    onUnreadable: (path, reason) => {
      outcome.unreadable.push({ path, reason })
      unreadableFolders.push(path)
    },
  })
  for await (const file of scan) {
    batch.push(file)
    if (batch.length >= BATCH) flush()
  }
  flush()
  outcome.removed = removeVanished(db, files, source, [...known.values()], unreadableFolders)
  return outcome
}

function record(
  files: FileRepository,
  sourceId: number,
  known: FileRecord | undefined,
  found: ScannedFile,
  outcome: ScanOutcome,
): void {
  outcome.total += 1
  const excluded = known?.excludedByPerson
    ? said`Left out by you`
    : found.verdict === 'excluded'
      ? said`Left out by the rule "${found.rule ?? ''}"`
      : undefined
  if (excluded !== undefined) outcome.excluded += 1
  if (found.verdict === 'unsupported') outcome.unsupported += 1
  if (!known) {
    if (excluded !== undefined) files.add(sourceId, found, 'excluded', excluded)
    else if (found.verdict === 'unsupported') files.add(sourceId, found, 'unsupported', unsupportedReason(found.path))
    else files.add(sourceId, found, 'waiting', null)
    return
  }
  if (excluded !== undefined) {
    if (known.state !== 'excluded') {
      files.setState(known.id, 'excluded', excluded)
      files.attachDocument(known.id, null, 0)
    }
    return
  }
  const changed = known.size !== found.size || known.modified !== found.modified
  if (known.state === 'excluded' || (changed && found.verdict === 'pdf')) files.markChanged(known.id, found)
  else outcome.unchanged += 1
}

/** Files below a folder that could not be listed this time are kept. */
function removeVanished(
  db: Database,
  files: FileRepository,
  source: Source,
  vanished: FileRecord[],
  unreadable: string[],
): number {
  const kept = unreadable.map((path) =>
    path
      .slice(source.path.length)
      .replace(/^[/\\]/u, '')
      .replaceAll('\\', '/'),
  )
  const gone = vanished.filter((file) => !kept.some((folder) => file.path.startsWith(`${folder}/`)))
  db.transaction(() => {
    for (const file of gone) files.remove(file.id)
  }).immediate()
  return gone.length
}

function unsupportedReason(path: string): Text {
  const extension = /\.([A-Za-z0-9]{1,8})$/u.exec(path)?.[1]
  return extension
    ? said`${extension.toUpperCase()} files are not read; save it as PDF to make it searchable`
    : said`Not a PDF file`
}
