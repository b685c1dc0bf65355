import { implement, ORPCError, onError } from '@orpc/server'
import { randomUUID } from 'node:crypto'
import { contract } from '../contracts/index.ts'
import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'
import type { Logger } from '../platform/logger.ts'
import { explainStorageError } from '../storage/index.ts'

/** Every procedure gets the logger; what else it needs, its service holds. */
export interface CallContext {
  readonly logger: Logger
  readonly libraryPath: string
}

const implementer = implement(contract).$context<CallContext>()

/**
 * The contract's implementer with the one place where errors become what crosses a process: a WorkbenchError keeps its code
 * and message, anything else is logged and crosses as INTERNAL with the log's id.
 */
export const os = implementer.use(
  onError((error, { context }) => {
    if (error instanceof ORPCError) return
    const explained = explainStorageError(context.libraryPath, error)
    if (explained instanceof WorkbenchError) {
      throw new ORPCError(explained.code, {
        message: explained.message,
        data: { details: explained.details, wording: explained.wording?.toJSON() },
        cause: error,
      })
    }
    const logId = randomUUID().slice(0, 8)
    context.logger.error({ err: error, logId }, 'a call failed')
    const message = said`Something went wrong that should not. The log has the details under ${logId}; "dmr library check" tells whether the library is damaged.`
    throw new ORPCError('INTERNAL', {
      message: String(message),
      data: { details: { logId }, wording: message.toJSON() },
      cause: error,
    })
  }),
)
