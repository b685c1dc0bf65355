import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'
import { keywordBoxes, passageBoxes } from '../retrieval/index.ts'
import { os } from './base.ts'
import type { Library } from './library.ts'

/** What the viewer needs of a document: its pages, where passages stand on them, and the file itself by URL. */
export function documentsService(library: Library) {
  const { documents, files, sources } = library.repositories
  return {
    get: os.documents.get.handler(({ input }) => {
      const document = documents.byId(input.id)
      const file = files.ofDocument(input.id)[0]
      if (!document || !file)
        throw new WorkbenchError('NOT_FOUND', said`The library has no document ${input.id} any more.`)
      return {
        id: document.id,
        fileId: file.id,
        title: document.title,
        date: document.date,
        contentHash: document.contentHash,
        sourceName: sources.byId(file.sourceId)?.name ?? '',
        path: file.path,
        pages: documents.pageSizes(document.id),
        url: `files/${document.id}`,
      }
    }),
    passageBoxes: os.documents.passageBoxes.handler(({ input }) => {
      const passage = documents.passage(input.passageId)
      if (!passage)
        throw new WorkbenchError('NOT_FOUND', said`This passage is not in the library any more. Search again.`)
      const pages = []
      for (let number = passage.pageStart; number <= passage.pageEnd; number += 1) {
        const page = documents.page(passage.documentId, number)
        if (page) pages.push(page)
      }
      return {
        passage: passageBoxes(passage, pages),
        keywords: input.query === undefined ? [] : keywordBoxes(passage, pages, input.query),
      }
    }),
  }
}
