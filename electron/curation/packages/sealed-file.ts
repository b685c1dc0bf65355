// Files that carry work between libraries: JSON lines, the first a header, the last a seal over all before it.
import { createHash } from 'node:crypto'
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import * as v from 'valibot'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said, type Wording } from '../../contracts/wording.ts'
import { sealHolds, type LibraryIdentity, type Seal } from './library-identity.ts'

export type SealedFormat = 'dmr-review-package' | 'dmr-review-decisions'
const VERSION = 1
/** A package of 50,000 pairs has some 200 MB; a JavaScript string cannot hold much more than this. */
const MOST_BYTES = 1_000_000_000
const WRITE_BYTES = 1 << 20

const KINDS: Readonly<Record<SealedFormat, string>> = {
  'dmr-review-package': 'work package',
  'dmr-review-decisions': 'file of decisions',
}

const preamble = v.looseObject({ format: v.string(), version: v.number() })
const sealLine = v.object({
  seal: v.object({ sha256: v.string(), publicKey: v.string(), signature: v.string() }),
})

/**
 * Writes beside the target and renames; an existing file stays as it is.
 * @throws WorkbenchError BAD_INPUT when there is a file of that name, or its folder cannot be written.
 */
export function writeSealedFile(
  path: string,
  format: SealedFormat,
  { header, lines, identity }: { header: object; lines: Iterable<object>; identity: LibraryIdentity },
): Seal {
  if (existsSync(path))
    throw new WorkbenchError('BAD_INPUT', said`${path} is there already. Choose another name, or move that file away.`)
  const part = `${path}.part`
  let file: number
  try {
    file = openSync(part, 'w')
  } catch (error) {
    throw new WorkbenchError('BAD_INPUT', said`${path} cannot be written (${codeOf(error)}). Choose another folder.`, {
      cause: error,
    })
  }
  try {
    const hash = createHash('sha256')
    let waiting = ''
    const flush = (): void => {
      hash.update(waiting)
      writeAll(file, waiting)
      waiting = ''
    }
    const add = (line: object): void => {
      waiting += `${JSON.stringify(line)}\n`
      if (waiting.length > WRITE_BYTES) flush()
    }
    add({ format, version: VERSION, ...header })
    for (const line of lines) add(line)
    flush()
    const seal = identity.seal(hash.digest('hex'))
    writeAll(file, `${JSON.stringify({ seal })}\n`)
    closeSync(file)
    renameSync(part, path)
    return seal
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  }
}

export interface SealedFile<Header, Line> {
  readonly header: Header
  readonly seal: Seal
  /** Each checked as it is read. */
  lines(): Generator<Line>
}

/**
 * Reads a sealed file; nothing of it is given out before the seal was checked.
 * @throws WorkbenchError NOT_FOUND when it cannot be read; BAD_INPUT when it is something else, of a newer version, cut off,
 * or was changed since it was sealed.
 */
export function readSealedFile<Header extends v.GenericSchema, Line extends v.GenericSchema>(
  path: string,
  format: SealedFormat,
  schemas: { readonly header: Header; readonly line: Line },
): SealedFile<v.InferOutput<Header>, v.InferOutput<Line>> {
  const bytes = readBytes(path)
  const firstEnd = bytes.indexOf(0x0a)
  const start = v.safeParse(preamble, parsed(bytes.subarray(0, firstEnd < 0 ? 0 : firstEnd)))
  const kind = KINDS[format]
  if (!start.success || !(start.output.format in KINDS)) throw refusal(said`${path} is no ${kind} of this application.`)
  if (start.output.format !== format)
    throw refusal(said`${path} is a ${KINDS[start.output.format as SealedFormat]}, not a ${kind}.`)
  if (start.output.version > VERSION)
    throw refusal(said`${path} was written by a newer version of the workbench. Install that version here too.`)

  const sealStart = bytes.lastIndexOf(0x0a, bytes.length - 2) + 1
  const end = v.safeParse(sealLine, parsed(bytes.subarray(sealStart)))
  if (!end.success || bytes.at(-1) !== 0x0a)
    throw refusal(said`${path} is cut off: its seal is missing. Copy it again from where it was written.`)
  const { seal } = end.output
  const sha256 = createHash('sha256').update(bytes.subarray(0, sealStart)).digest('hex')
  if (sha256 !== seal.sha256 || !sealHolds(seal))
    throw refusal(
      said`${path} was changed since it was written: its seal does not fit. Nothing was taken in; get it anew.`,
    )

  const check = <Schema extends v.GenericSchema>(schema: Schema, line: Uint8Array, number: number) => {
    const result = v.safeParse(schema, parsed(line))
    if (result.success) return result.output
    const [issue] = result.issues
    throw refusal(said`${path}, line ${number}: ${v.getDotPath(issue) ?? said`the line`}: ${issue.message}`)
  }
  return {
    header: check(schemas.header, bytes.subarray(0, firstEnd), 1),
    seal,
    *lines() {
      let number = 1
      for (let at = firstEnd + 1; at < sealStart;) {
        const next = bytes.indexOf(0x0a, at)
        yield check(schemas.line, bytes.subarray(at, next), ++number)
        at = next + 1
      }
    },
  }
}

function readBytes(path: string): Buffer {
  try {
    const { size } = statSync(path)
    if (size > MOST_BYTES) throw refusal(said`${path} has ${size} bytes, which is more than a work package can have.`)
    return readFileSync(path)
  } catch (error) {
    if (error instanceof WorkbenchError) throw error
    throw new WorkbenchError('NOT_FOUND', said`${path} cannot be read (${codeOf(error)}). Check the path.`, {
      cause: error,
    })
  }
}

function parsed(line: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line)) as unknown
  } catch {
    return undefined
  }
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
}

function refusal(message: Wording): WorkbenchError {
  return new WorkbenchError('BAD_INPUT', message)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
