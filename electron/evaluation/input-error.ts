import { WordedError } from '../contracts/errors.ts'
import { said, type Text } from '../contracts/wording.ts'

/** What is wrong with an evaluation input, for a caller that branches on it. */
export const INPUT_ERROR = {
  malformed: 'MALFORMED',
  duplicate: 'DUPLICATE',
  empty: 'EMPTY',
  missing: 'MISSING',
} as const

export type InputErrorCode = (typeof INPUT_ERROR)[keyof typeof INPUT_ERROR]

/** A judgement, run or benchmark file that cannot be read. The message names the file, the line and the remedy. */
export class EvaluationInputError extends WordedError {
  readonly code: InputErrorCode
  /** File path, or the name the caller gave the text. */
  readonly source: string
  /** 1-based, where one line is at fault. */
  readonly line: number | undefined

  constructor(code: InputErrorCode, source: string, line: number | undefined, problem: Text) {
    super(line === undefined ? said`${source}: ${problem}` : said`${source}, line ${line}: ${problem}`)
    this.name = 'EvaluationInputError'
    this.code = code
    this.source = source
    this.line = line
  }
}
