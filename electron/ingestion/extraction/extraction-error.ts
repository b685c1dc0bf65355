import { WordedError } from '../../contracts/errors.ts'
import type { FileState } from '../../contracts/library.ts'
import { Wording, type PlainWording, type Text } from '../../contracts/wording.ts'

type FailedState = Extract<FileState, 'encrypted' | 'damaged' | 'unsupported' | 'empty' | 'failed'>

/** Why a file could not be read, and the state a file is in from then on. */
export const FAILURE_STATES = {
  /** A password is needed to open the file. */
  ENCRYPTED: 'encrypted',
  /** The password given does not open the file. */
  WRONG_PASSWORD: 'encrypted',
  /** The bytes do not form a PDF that can be read, not even in part. */
  DAMAGED: 'damaged',
  NOT_A_PDF: 'unsupported',
  /** No bytes, or no pages. */
  EMPTY: 'empty',
  TOO_LARGE: 'failed',
  /** A page or the whole file took longer than allowed. */
  TIME_LIMIT: 'failed',
  MEMORY_LIMIT: 'failed',
  /** The reading process died, on a second attempt too. */
  CRASHED: 'failed',
  /** The file is no longer where it was found. */
  VANISHED: 'failed',
  /** The operating system refuses to read the file. */
  UNREADABLE: 'failed',
} as const satisfies Record<string, FailedState>
export type FailureCode = keyof typeof FAILURE_STATES

/** A failure as it crosses processes. */
export interface ExtractionFailure {
  readonly code: FailureCode
  /** A sentence for people: what is wrong with the file and what can be done. */
  readonly reason: string
  readonly wording?: PlainWording | undefined
  /** Pages the file says it has, where that much could be read. */
  readonly pageCount?: number | undefined
}

/** Why a file could not be read: a code, the state the file is in from now on, and a sentence for people (`message`). */
export class ExtractionError extends WordedError {
  override readonly name = 'ExtractionError'
  readonly code: FailureCode
  readonly state: FailedState
  readonly pageCount: number | undefined

  constructor(code: FailureCode, reason: Text, options: ErrorOptions & { pageCount?: number | undefined } = {}) {
    super(reason, options)
    this.code = code
    this.state = FAILURE_STATES[code]
    this.pageCount = options.pageCount
  }

  toFailure(): ExtractionFailure {
    return { code: this.code, reason: this.message, wording: this.wording?.toJSON(), pageCount: this.pageCount }
  }

  static fromFailure({ code, reason, wording, pageCount }: ExtractionFailure): ExtractionError {
    return new ExtractionError(code, wording ? Wording.from(wording) : reason, { pageCount })
  }
}
