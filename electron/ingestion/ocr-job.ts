import { said, type Wording } from '../contracts/wording.ts'
import { textOf } from '../contracts/errors.ts'
import type { Database } from 'better-sqlite3'
import type { JobContext, JobHandler } from '../jobs/index.ts'
import type { DocumentRepository, FileRecord, FileRepository, SourceRepository } from '../storage/index.ts'
import { chunkDocument } from '../text/chunker.ts'
import type { PageText } from '../text/page.ts'
import { packPage } from './extraction/extract-file.ts'
import { OcrUnavailableError } from './ocr/recognise-image.ts'
import { stateOfPages } from './read-files.ts'
import { pathToOpen } from './scan.ts'

/** Pages kept back before they are stored: a crash costs at most these, and passages are cut anew once for all of them. */
const PAGES_PER_STORE = 8

export interface OcrParams {
  readonly documentIds: readonly number[]
}

/** How one page is recognised; `OcrPool` does it in processes of its own. */
export interface PageRecogniser {
  /** How many pages it works on at the same time. */
  readonly size: number
  recognisePage(
    path: string | Buffer,
    page: number,
    options: { password?: string | undefined; signal: AbortSignal },
  ): Promise<PageText>
}

export interface OcrJobDependencies {
  readonly db: Database
  readonly sources: SourceRepository
  readonly files: FileRepository
  readonly documents: DocumentRepository
  openRecogniser(): PageRecogniser & { close(): Promise<void> }
  readonly passwords: ReadonlyMap<number, string>
}

/** Reads pages without text by optical character recognition and makes them searchable. Goes on where it was stopped. */
export class OcrJob implements JobHandler<OcrParams, { pages: number; words: number }> {
  readonly kind = 'ocr'
  readonly lane = 'ingest'
  readonly pausable = true
  readonly afterRestart = 'resume'
  readonly #deps: OcrJobDependencies

  constructor(dependencies: OcrJobDependencies) {
    this.#deps = dependencies
  }

  title({ documentIds }: OcrParams): Wording {
    const [only] = documentIds
    const title = documentIds.length === 1 && only !== undefined ? this.#deps.documents.byId(only)?.title : undefined
    return title ? said`Read scanned pages of ${title}` : said`Read scanned pages of ${documentIds.length} documents`
  }

  async run(context: JobContext<OcrParams>): Promise<{ pages: number; words: number }> {
    const { documents } = this.#deps
    const work = context.params.documentIds
      .map((id) => ({ id, pages: documents.pagesWithoutText(id) }))
      .filter(({ pages }) => pages.length > 0)
    const total = work.reduce((sum, { pages }) => sum + pages.length, 0)
    const done = { pages: 0, words: 0, failed: 0 }
    const report = (current: string): void =>
      context.report({
        stages: [{ name: said`Read scanned pages`, unit: 'pages', done: done.pages, total }],
        current,
        itemsFailed: done.failed,
      })
    report('')
    const recogniser = this.#deps.openRecogniser()
    try {
      for (const { id, pages } of work) {
        context.signal.throwIfAborted()
        await this.#readDocument(id, pages, recogniser, context, done, report)
      }
    } finally {
      await recogniser.close()
    }
    return { pages: done.pages, words: done.words }
  }

  async #readDocument(
    id: number,
    pages: readonly number[],
    recogniser: PageRecogniser,
    context: JobContext<OcrParams>,
    done: { pages: number; words: number; failed: number },
    report: (current: string) => void,
  ): Promise<void> {
    const file = this.#deps.files.ofDocument(id)[0]
    const title = this.#deps.documents.byId(id)?.title
    if (!file || title === undefined) return
    const password = this.#deps.passwords.get(file.id)
    for (let start = 0; start < pages.length; start += PAGES_PER_STORE) {
      const batch = pages.slice(start, start + PAGES_PER_STORE)
      const recognised = await Promise.all(
        batch.map(async (number) => {
          const page = await this.#readPage(file, number, recogniser, context, password)
          done.pages += 1
          if (page) done.words += page.text.split(/\s+/u).filter(Boolean).length
          else done.failed += 1
          report(`${title}, page ${number}`)
          return page
        }),
      )
      this.#store(
        id,
        recognised.filter((page) => page !== undefined),
      )
    }
  }

  /** @returns undefined when this page failed; the job goes on with the next. */
  async #readPage(
    file: FileRecord,
    number: number,
    recogniser: PageRecogniser,
    context: JobContext<OcrParams>,
    password: string | undefined,
  ): Promise<PageText | undefined> {
    const source = this.#deps.sources.byId(file.sourceId)
    try {
      return await recogniser.recognisePage(pathToOpen(source?.path ?? '', file), number, {
        password,
        signal: context.signal,
      })
    } catch (error) {
      if (context.signal.aborted || error instanceof OcrUnavailableError) throw error
      context.log('warning', said`${file.path}, page ${number}: ${textOf(error)}`)
      return undefined
    }
  }

  #store(id: number, recognised: readonly PageText[]): void {
    const { db, documents, files } = this.#deps
    if (recognised.length === 0) return
    const fresh = new Map(recognised.map((page) => [page.number, page]))
    const pages: PageText[] = documents
      .pages(id)
      .map((page) => fresh.get(page.number) ?? { ...page, ocrConfidence: page.ocrConfidence ?? 0, dropped: [] })
    const passages = chunkDocument(pages)
    const [state, reason] = stateOfPages(pages)
    db.transaction(() => {
      documents.replaceText(id, recognised.map(packPage), passages)
      for (const file of files.ofDocument(id)) if (file.state === 'needs-ocr') files.setState(file.id, state, reason)
    }).immediate()
  }
}
