import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'
import type { Source } from '../contracts/library.ts'
import { compareDocuments, sampleLibraryFolder } from '../ingestion/index.ts'
import { os } from './base.ts'
import { fileListCsv } from './file-list-csv.ts'
import type { Library } from './library.ts'
import { snapshots } from './snapshots.ts'

const CHANGES_AT_MOST_EVERY_MS = 300
const ALL_FILES = 10_000_000

/** Sources, files and their states: the Library view and `dmr index`, `dmr status`. */
export function libraryService(library: Library) {
  const { repositories } = library
  let revision = 0

  function requireFile(id: number) {
    const file = repositories.files.byId(id)
    if (!file) throw new WorkbenchError('NOT_FOUND', said`The library has no file ${id} any more.`)
    return file
  }

  function requireSource(id: number): Source {
    const source = repositories.sources.byId(id)
    if (!source) throw new WorkbenchError('NOT_FOUND', said`The library has no folder ${id} any more.`)
    return source
  }

  function readAgain(ids: readonly number[]): { jobId: number } {
    library.requireWritable()
    library.db.transaction(() => {
      for (const id of ids) repositories.files.setState(requireFile(id).id, 'waiting', null)
    })()
    return { jobId: library.index({ withoutScan: true }) }
  }

  return {
    overview: os.library.overview.handler(() => ({
      name: library.name,
      path: library.path,
      readOnly: library.readOnly,
      ...repositories.facts.overview(),
      sources: repositories.sources.all(),
    })),
    changes: os.library.changes.handler(({ signal }) =>
      snapshots(
        () => ({ revision: ++revision }),
        (listener) => library.changes.onChange(listener),
        { intervalMs: CHANGES_AT_MOST_EVERY_MS, signal },
      ),
    ),

    addSource: os.library.addSource.handler(async ({ input: { path, ...options } }) => {
      const source = await library.addSource(path, options)
      library.index({ sourceIds: [source.id] })
      return requireSource(source.id)
    }),
    addSampleLibrary: os.library.addSampleLibrary.handler(async () => {
      const folder = sampleLibraryFolder(library.platform.paths.resources)
      const source = await library.addSource(folder, { watched: false, isSample: true })
      library.index({ sourceIds: [source.id] })
      return requireSource(source.id)
    }),
    updateSource: os.library.updateSource.handler(({ input }) => {
      library.requireWritable()
      requireSource(input.id)
      const { id, first, ...change } = input
      repositories.sources.update(id, dropUndefined(change))
      if (first) repositories.sources.moveToFront(id)
      library.followSources()
      if (change.include ?? change.exclude ?? change.paused === false) library.index({ sourceIds: [id] })
      library.changes.emit()
      return requireSource(id)
    }),
    removeSource: os.library.removeSource.handler(({ input }) => {
      library.requireWritable()
      const { files } = requireSource(input.id)
      library.db.transaction(() => {
        repositories.sources.remove(input.id)
        repositories.documents.removeOrphans()
      })()
      library.followSources()
      library.changes.emit()
      return { filesRemoved: files }
    }),
    rescan: os.library.rescan.handler(({ input }) => {
      library.requireWritable()
      return { jobId: library.index(input.id === undefined ? {} : { sourceIds: [requireSource(input.id).id] }) }
    }),

    files: os.library.files.handler(({ input }) => repositories.fileTable.slice(input)),
    file: os.library.file.handler(({ input }) => {
      const row = repositories.fileTable.row(input.id)
      if (!row) throw new WorkbenchError('NOT_FOUND', said`The library has no file ${input.id} any more.`)
      const document = row.documentId === null ? undefined : repositories.documents.byId(row.documentId)
      return {
        ...row,
        absolutePath: library.absolutePath(requireFile(input.id)),
        contentHash: document?.contentHash ?? requireFile(input.id).contentHash,
        date: document?.date ?? null,
        language: document?.language ?? null,
        hazards: [...(document?.hazards ?? [])],
        author: document?.author ?? null,
        pageCoverage: document ? repositories.documents.coverage(document.id) : [],
        copies: document ? repositories.documents.otherFiles(document.id, input.id) : [],
      }
    }),
    droppedLines: os.library.droppedLines.handler(({ input }) => {
      const { documentId } = requireFile(input.id)
      return documentId === null
        ? { total: 0, rows: [] }
        : repositories.documents.droppedLines(documentId, input.offset, input.limit)
    }),
    reveal: os.library.reveal.handler(async ({ input }) => {
      const file = requireFile(input.id)
      if (!library.platform.shell.revealFile)
        throw new WorkbenchError('NOT_AVAILABLE', said`Only the desktop application can show a file in its folder.`)
      await library.platform.shell.revealFile(library.absolutePath(file))
      return {}
    }),
    retry: os.library.retry.handler(({ input }) => readAgain(input.ids)),
    setExcluded: os.library.setExcluded.handler(({ input }) => {
      library.requireWritable()
      library.db.transaction(() => {
        for (const id of input.ids) {
          repositories.files.setExcludedByPerson(requireFile(id).id, input.excluded)
          repositories.files.setState(
            id,
            input.excluded ? 'excluded' : 'waiting',
            input.excluded ? said`Left out by you` : null,
          )
          if (input.excluded) repositories.files.attachDocument(id, null, 0)
        }
      })()
      library.index({ withoutScan: true })
      library.changes.emit()
      return { changed: input.ids.length }
    }),
    unlock: os.library.unlock.handler(({ input }) => {
      library.passwords.set(requireFile(input.id).id, input.password)
      return readAgain([input.id])
    }),
    recognise: os.library.recognise.handler(({ input }) => library.recognise(input.ids)),
    exportFiles: os.library.exportFiles.handler(({ input }) => {
      const { rows } = repositories.fileTable.slice({ sort: 'title', offset: 0, limit: ALL_FILES })
      return input.format === 'csv'
        ? { fileName: `${library.name} files.csv`, text: fileListCsv(rows) }
        : { fileName: `${library.name} files.json`, text: `${JSON.stringify(rows, null, 2)}\n` }
    }),

    nearCopies: os.library.nearCopies.handler(({ input }) => repositories.nearCopies.list(input.documentId)),
    compare: os.library.compare.handler(({ input }) =>
      compareDocuments(repositories.documents.pages(input.a), repositories.documents.pages(input.b)),
    ),
    keepAsMain: os.library.keepAsMain.handler(({ input }) => {
      library.requireWritable()
      const cluster = repositories.nearCopies.clusterOf(input.documentId)
      if (cluster === undefined) return { clusterSize: 0 }
      repositories.nearCopies.chooseMain(cluster, input.documentId)
      return settleCopies(library, cluster)
    }),
    notACopy: os.library.notACopy.handler(({ input }) => {
      library.requireWritable()
      const cluster = repositories.nearCopies.clusterOf(input.documentId)
      repositories.nearCopies.setNotACopy(input.documentId)
      return cluster === undefined ? { clusterSize: 0 } : settleCopies(library, cluster)
    }),
  }
}

function settleCopies(library: Library, cluster: number): { clusterSize: number } {
  library.nearCopies.settle()
  library.changes.emit()
  return { clusterSize: library.repositories.nearCopies.members(cluster).length }
}

function dropUndefined<T extends object>(values: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}
