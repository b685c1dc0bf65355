import type { FileState } from '../../contracts/library.ts'

/** Why a file could not be read: the state it is in from now on, and a sentence for people. */
export class ExtractionError extends Error {
  override readonly name = 'ExtractionError'
  readonly state: Extract<FileState, 'encrypted' | 'damaged' | 'unsupported' | 'empty' | 'failed'>
  /** Pages the file says it has, where that much could be read. */
  readonly pageCount: number | undefined

  constructor(state: ExtractionError['state'], reason: string, pageCount?: number) {
    super(reason)
    this.state = state
    this.pageCount = pageCount
  }
}
