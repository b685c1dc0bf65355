import { ORPCError } from '@orpc/client'
import { ERROR_CODES, type ErrorCode } from '../../../electron/contracts/errors.ts'
import type { PlainWording } from '../../../electron/contracts/wording.ts'
import { strings, wordedError } from '../strings/index.ts'

/** An error as a view shows it: the message is for people, the code is for branching. */
export interface Problem {
  readonly code: ErrorCode | 'CONNECTION_LOST'
  readonly message: string
  readonly details: Readonly<Record<string, string | number | boolean>>
}

/** The transport closed before the answer came; the call may or may not have been carried out. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError'

  constructor(options?: ErrorOptions) {
    super(strings.frame.lostDuringCall, options)
  }
}

/** True for what a caller brought about itself by aborting its signal: nothing to show. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

/** Turns anything thrown by a call into what a view can show. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ConnectionLostError) return { code: 'CONNECTION_LOST', message: error.message, details: {} }
  if (error instanceof ORPCError) {
    const data = error.data as { details?: Problem['details']; wording?: PlainWording } | undefined
    const code = isErrorCode(error.code) ? error.code : 'INTERNAL'
    return {
      code,
      message: wordedError(code, error.message, data?.wording),
      details: data?.details ?? {},
    }
  }
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error), details: {} }
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code)
}
