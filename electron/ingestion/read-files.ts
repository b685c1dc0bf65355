import type { Database } from 'better-sqlite3'
import { WorkbenchError, textOf } from '../contracts/errors.ts'
import type { FileState } from '../contracts/library.ts'
import { said, type Text } from '../contracts/wording.ts'
import {
  explainStorageError,
  type DocumentRepository,
  type FileRecord,
  type FileRepository,
  type SourceRepository,
} from '../storage/index.ts'
import type { ExtractedDocument } from '../text/extracted-document.ts'
import { contentHashOf } from './content-hash.ts'
import { ExtractionError } from './extraction/extraction-error.ts'
import type { NearCopyFinder } from './near-copies.ts'
import { pathToOpen } from './scan.ts'

/** How a PDF becomes an ExtractedDocument; `ExtractionPool` does it in isolated processes. */
export interface DocumentExtractor {
  /** How many documents it works on at the same time. */
  readonly size: number
  /** @throws ExtractionError when the file's state is known; anything else is a fault of the application. */
  extract(
    path: string | Buffer,
    options: { password?: string; signal: AbortSignal; onProgress(page: number, total: number): void },
  ): Promise<ExtractedDocument>
}

export interface ReadFilesDependencies {
  readonly db: Database
  readonly sources: SourceRepository
  readonly files: FileRepository
  readonly documents: DocumentRepository
  readonly nearCopies: NearCopyFinder
  readonly extractor: DocumentExtractor
  /** Passwords people gave for this session, by file id. Never stored. */
  readonly passwords: ReadonlyMap<number, string>
}

export interface ReadFilesHooks {
  readonly signal: AbortSignal
  onFile(file: FileRecord): void
  onPages(read: number): void
  onDone(file: FileRecord, state: FileState, reason: Text | null): void
}

/**
 * Reads every waiting file, as many at a time as the extractor has processes. Each file is finished in one transaction,
 * so a crash costs at most the files under way. One bad file never stops the rest.
 */
export class FileReader {
  readonly #deps: ReadFilesDependencies
  /** Content under way, so that two equal files are not read twice at the same time. */
  readonly #underWay = new Map<string, Promise<undefined>>()

  constructor(dependencies: ReadFilesDependencies) {
    this.#deps = dependencies
  }

  async readWaiting(hooks: ReadFilesHooks): Promise<void> {
    // One more than there are processes, so that none waits while a result is being stored.
    const lanes = Array.from({ length: this.#deps.extractor.size + 1 }, () => this.#lane(hooks))
    const outcomes = await Promise.allSettled(lanes)
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  async #lane(hooks: ReadFilesHooks): Promise<void> {
    for (;;) {
      hooks.signal.throwIfAborted()
      const [file] = this.#deps.files.nextWaiting(1)
      if (!file) return
      this.#deps.files.setState(file.id, 'reading', null)
      hooks.onFile(file)
      try {
        await this.#read(file, hooks)
      } catch (error) {
        if (hooks.signal.aborted) {
          this.#deps.files.setState(file.id, 'waiting', null)
          throw error
        }
        this.#fail(file, error, hooks)
      }
    }
  }

  async #read(file: FileRecord, hooks: ReadFilesHooks): Promise<void> {
    const { files, documents, sources, extractor, passwords } = this.#deps
    const source = sources.byId(file.sourceId)
    if (!source) return
    const path = pathToOpen(source.path, file)
    const contentHash = await contentHashOf(path, hooks.signal)
    await this.#underWay.get(contentHash)
    const known = documents.byContentHash(contentHash)
    if (known) {
      this.#attach(file, contentHash, known.id, hooks)
      return
    }
    const { promise, resolve } = Promise.withResolvers<undefined>()
    this.#underWay.set(contentHash, promise)
    try {
      files.setHash(file.id, contentHash)
      let pagesReported = 0
      const password = passwords.get(file.id)
      const document = await extractor.extract(path, {
        ...(password === undefined ? {} : { password }),
        signal: hooks.signal,
        onProgress: (page) => {
          hooks.onPages(page - pagesReported)
          pagesReported = page
        },
      })
      hooks.onPages(document.pageCount - pagesReported)
      this.#store(file, document, hooks)
    } finally {
      this.#underWay.delete(contentHash)
      resolve(undefined)
    }
  }

  #store(file: FileRecord, document: ExtractedDocument, hooks: ReadFilesHooks): void {
    const { db, files, documents, nearCopies } = this.#deps
    const [state, reason] = stateOf(document)
    db.transaction(() => {
      const known = documents.byContentHash(document.contentHash)
      const documentId = known?.id ?? documents.insert(document)
      if (!known) nearCopies.add(documentId)
      files.setHash(file.id, document.contentHash)
      files.attachDocument(file.id, documentId, document.pageCount)
      files.setState(file.id, state, reason)
    }).immediate()
    hooks.onDone(file, state, reason)
  }

  /** The same bytes are in the library already: nothing is read, the file joins the document. */
  #attach(file: FileRecord, contentHash: string, documentId: number, hooks: ReadFilesHooks): void {
    const { db, files } = this.#deps
    const { state, reason } = db
      .transaction(() => {
        const twin = files.ofDocument(documentId).find((other) => other.id !== file.id)
        const document = this.#deps.documents.byId(documentId)!
        files.setHash(file.id, contentHash)
        files.attachDocument(file.id, documentId, document.pageCount)
        const outcome: { state: FileState; reason: Text | null } = {
          state: 'duplicate',
          reason: twin ? said`Same content as ${twin.path}` : null,
        }
        if (!twin) {
          const [own, why] = stateOfPages(this.#deps.documents.pages(documentId))
          Object.assign(outcome, { state: own, reason: why })
        }
        files.setState(file.id, outcome.state, outcome.reason)
        return outcome
      })
      .immediate()
    hooks.onDone(file, state, reason)
  }

  /** @throws what stops the whole job: a full disk, a broken library. */
  #fail(file: FileRecord, error: unknown, hooks: ReadFilesHooks): void {
    const explained = explainStorageError(this.#deps.db.name, error)
    if (explained instanceof WorkbenchError && explained.code !== 'CANCELLED') {
      this.#deps.files.setState(file.id, 'waiting', null)
      throw explained
    }
    const [state, reason] = failureOf(error)
    if (state === 'gone') this.#deps.files.remove(file.id)
    else {
      this.#deps.files.setState(file.id, state, reason)
      this.#deps.files.attachDocument(file.id, null, error instanceof ExtractionError ? (error.pageCount ?? 0) : 0)
      hooks.onDone(file, state, reason)
    }
  }
}

function failureOf(error: unknown): [FileState | 'gone', Text] {
  if (error instanceof ExtractionError) return error.code === 'VANISHED' ? ['gone', ''] : [error.state, textOf(error)]
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return ['gone', '']
  if (code === 'EACCES' || code === 'EPERM') return ['failed', said`You have no right to read this file`]
  return ['failed', said`Could not be read: ${textOf(error)}`]
}

function stateOf(document: ExtractedDocument): [FileState, Text | null] {
  if (document.damage !== undefined) return ['damaged', document.damage]
  return stateOfPages(document.pages)
}

/** A document whose pages lack text is searchable as far as it goes and says which pages are missing. */
export function stateOfPages(
  pages: readonly { number: number; quality: string; source: string }[],
): [FileState, Text | null] {
  // A page on which recognition found no words is a picture, and done.
  const missing = pages.filter((page) => page.quality !== 'text' && page.source !== 'ocr').map((page) => page.number)
  if (missing.length === 0) return ['indexed', null]
  if (missing.length === pages.length)
    return ['needs-ocr', pages.length === 1 ? said`The page is a scan without text` : said`Scan without any text`]
  return [
    'needs-ocr',
    missing.length === 1
      ? said`Page ${missing[0]!} is a scan without text`
      : said`Pages ${pageList(missing)} are scans without text`,
  ]
}

/** [3, 7, 8, 9] -> "3, 7–9". */
function pageList(numbers: readonly number[]): Text {
  const runs: [number, number][] = []
  for (const number of numbers) {
    const last = runs.at(-1)
    if (last && last[1] === number - 1) last[1] = number
    else runs.push([number, number])
  }
  const shown = runs.slice(0, 4).map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`))
  return runs.length > shown.length ? said`${shown.join(', ')} and more` : shown.join(', ')
}
