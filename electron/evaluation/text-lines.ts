import { createReadStream } from 'node:fs'
import { said } from '../contracts/wording.ts'
import { EvaluationInputError, INPUT_ERROR } from './input-error.ts'

/**
 * The lines of a UTF-8 file, as a stream: no byte-order mark, no line ends (LF or CRLF).
 * Not node:readline, which also splits at U+2028 and U+2029, and those are legal inside a JSON string.
 * @throws EvaluationInputError when the file does not exist or cannot be read.
 */
export async function* readLines(path: string): AsyncGenerator<string> {
  const stream = createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 20 })
  let rest = ''
  let first = true
  try {
    for await (const chunk of stream as AsyncIterable<string>) {
      const lines = (rest + (first ? withoutByteOrderMark(chunk) : chunk)).split('\n')
      first = false
      rest = lines.pop() as string
      for (const line of lines) yield withoutCarriageReturn(line)
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    throw new EvaluationInputError(
      INPUT_ERROR.missing,
      path,
      undefined,
      said`cannot be read (${String(error.code)}); check the path`,
    )
  }
  if (rest !== '') yield withoutCarriageReturn(rest)
}

/** The lines of a text already in memory, cut as {@link readLines} cuts a file. */
export function linesOf(text: string): string[] {
  const lines = withoutByteOrderMark(text).split('\n').map(withoutCarriageReturn)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function withoutByteOrderMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

function withoutCarriageReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
