import { createReadStream, createWriteStream } from 'node:fs'
import { rename } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said } from '../../contracts/wording.ts'

/**
 * The lines of a UTF-8 file, as a stream. Only LF and CRLF end a line: node:readline also splits at U+2028, which is legal
 * inside a JSON string.
 * @throws WorkbenchError NOT_FOUND when the file cannot be read.
 */
export async function* readLines(path: string): AsyncGenerator<string> {
  let rest = ''
  try {
    for await (const chunk of createReadStream(path, {
      encoding: 'utf8',
      highWaterMark: 1 << 20,
    }) as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()!
      for (const line of lines) yield withoutEnds(line)
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    throw new WorkbenchError('NOT_FOUND', said`${path} cannot be read (${String(error.code)}). Check the path.`, {
      cause: error,
    })
  }
  if (rest !== '') yield withoutEnds(rest)
}

/** Writes lines, each closed by LF, beside the target and renames: a reader never sees half a file. */
export async function writeLineFile(path: string, lines: Iterable<string> | AsyncIterable<string>): Promise<void> {
  await pipeline(Readable.from(closed(lines)), createWriteStream(`${path}.part`))
  await rename(`${path}.part`, path)
}

async function* closed(lines: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`
}

function withoutEnds(line: string): string {
  const start = line.charCodeAt(0) === 0xfeff ? 1 : 0
  return line.slice(start, line.endsWith('\r') ? -1 : undefined)
}
