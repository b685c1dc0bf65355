import type { Text, Wording } from './wording.ts'

/** Errors a caller may branch on. Everything else crosses a process as INTERNAL with a log id. */
export const ERROR_CODES = {
  NOT_FOUND: 'NOT_FOUND',
  BAD_INPUT: 'BAD_INPUT',
  QUERY_SYNTAX: 'QUERY_SYNTAX',
  FOLDER_UNREADABLE: 'FOLDER_UNREADABLE',
  LIBRARY_READ_ONLY: 'LIBRARY_READ_ONLY',
  LIBRARY_IN_USE: 'LIBRARY_IN_USE',
  LIBRARY_CORRUPT: 'LIBRARY_CORRUPT',
  LIBRARY_FROM_FUTURE: 'LIBRARY_FROM_FUTURE',
  DISK_FULL: 'DISK_FULL',
  NO_MODEL: 'NO_MODEL',
  MODEL_INVALID: 'MODEL_INVALID',
  WRONG_PASSWORD: 'WRONG_PASSWORD',
  NOT_AVAILABLE: 'NOT_AVAILABLE',
  CANCELLED: 'CANCELLED',
  INTERNAL: 'INTERNAL',
} as const

export type ErrorCode = (typeof ERROR_CODES)[keyof typeof ERROR_CODES]

/**
 * An error whose message is meant for a person: what went wrong, with which input, and what to do about it. Its message is
 * English; a window words it in its own language where it was `said` ([Note: English is the key]).
 */
export class WordedError extends Error {
  /** The message with its gaps; undefined where the message came from elsewhere, a runtime or a worker. */
  readonly wording: Wording | undefined

  constructor(message: Text, options?: ErrorOptions) {
    super(String(message), options)
    this.wording = typeof message === 'string' ? undefined : message
  }
}

/** A WordedError that a caller may branch on. */
export class WorkbenchError extends WordedError {
  override readonly name = 'WorkbenchError'
  readonly code: ErrorCode
  /** Values a view may show beside the message, such as a position in the query. JSON-safe. */
  readonly details: Readonly<Record<string, string | number | boolean>>

  constructor(
    code: ErrorCode,
    message: Text,
    options: { cause?: unknown; details?: Readonly<Record<string, string | number | boolean>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
  }
}

/** What went wrong, to be put into a text of one's own. */
export function textOf(error: unknown): Text {
  if (error instanceof WordedError) return error.wording ?? error.message
  return error instanceof Error ? error.message : String(error)
}
