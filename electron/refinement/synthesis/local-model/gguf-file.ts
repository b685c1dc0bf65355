import { open, type FileHandle } from 'node:fs/promises'
import { WorkbenchError } from '../../../contracts/errors.ts'
import { said } from '../../../contracts/wording.ts'

/** What a GGUF file says of the model in it. */
export interface GgufFacts {
  readonly architecture: string
  /** As the file names it; empty where it does not. */
  readonly name: string
  readonly parameters: number
  readonly contextTokens: number | null
  readonly bytes: number
}

const CHUNK = 1 << 18
/** GGUF numbers its value types; the size of those of fixed size. Strings are 8, arrays 9. */
const SIZES: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 }
const STRING = 8
const ARRAY = 9
const MOST_DIMENSIONS = 4
/** No key, architecture or name is longer; templates and tokens are skipped, not read. */
const LONGEST_TEXT = 65_536
const REMEDY = 'Download the model again, or choose another file that ends in .gguf.'

/**
 * Reads and checks the head of a GGUF file: metadata and tensor list, not the weights. A file comes from anywhere, and the
 * native runtime trusts it: every length is held against what is left of the file before anything is read or reserved.
 * @throws WorkbenchError NOT_FOUND when it cannot be opened; MODEL_INVALID naming what is wrong.
 */
export async function readGguf(path: string): Promise<GgufFacts> {
  let file: FileHandle
  try {
    file = await open(path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new WorkbenchError(
      'NOT_FOUND',
      said`${path} cannot be opened (${code}). Name a .gguf file that can be read.`,
      {
        cause: error,
      },
    )
  }
  try {
    const info = await file.stat()
    if (!info.isFile()) throw new WorkbenchError('NOT_FOUND', said`${path} is no file. Name a .gguf file.`)
    return await readHead(new Cursor(file, info.size, path))
  } finally {
    await file.close()
  }
}

async function readHead(cursor: Cursor): Promise<GgufFacts> {
  if (cursor.left < 24 || (await cursor.bytes(4)).toString('latin1') !== 'GGUF')
    throw cursor.invalid('it does not begin with "GGUF"')
  const version = await cursor.u32()
  if (version !== 2 && version !== 3) throw cursor.invalid(`it is of format version ${version}; 2 and 3 can be read`)
  // The shortest tensor entry has 24 bytes, the shortest pair of key and value 13.
  const tensors = await cursor.count('tensors', 24)
  const pairs = await cursor.count('metadata entries', 13)
  const metadata = new Map<string, string | number>()
  for (let pair = 0; pair < pairs; pair++) {
    const key = await cursor.text('a key')
    const value = await readValue(cursor, key)
    if (value !== undefined) metadata.set(key, value)
  }
  const architecture = metadata.get('general.architecture')
  if (typeof architecture !== 'string' || architecture === '') throw cursor.invalid('it names no architecture')
  const { parameters, end } = await readTensors(cursor, tensors)
  const alignment = Number(metadata.get('general.alignment') ?? 32)
  if (!(alignment >= 1 && alignment <= 1 << 20)) throw cursor.invalid(`it asks for an alignment of ${alignment}`)
  const start = Math.ceil(cursor.position / alignment) * alignment
  if (start + end > cursor.size)
    throw cursor.invalid(
      `its weights should reach to byte ${start + end}, but the file ends at ${cursor.size}: the download was cut off`,
    )
  const context = metadata.get(`${architecture}.context_length`)
  const name = metadata.get('general.name')
  return {
    architecture,
    name: typeof name === 'string' ? name : '',
    parameters,
    contextTokens: typeof context === 'number' ? context : null,
    bytes: cursor.size,
  }
}

/** The value of a key that is asked for; anything else is skipped. */
async function readValue(cursor: Cursor, key: string): Promise<string | number | undefined> {
  const type = await cursor.u32()
  if (type === STRING) {
    if (key === 'general.architecture' || key === 'general.name') return cursor.text(key)
    await cursor.skip(await cursor.u64(`the length of ${key}`), key)
    return undefined
  }
  if (type === ARRAY) return skipArray(cursor, key)
  const size = SIZES[type]
  if (size === undefined) throw cursor.invalid(`${key} has the unknown type ${type}`)
  if (type === 4 || type === 5) return cursor.u32()
  if (type === 10 || type === 11) return cursor.u64(key)
  await cursor.skip(size, key)
  return undefined
}

async function skipArray(cursor: Cursor, key: string): Promise<undefined> {
  const type = await cursor.u32()
  const size = SIZES[type]
  if (size !== undefined) {
    const length = await cursor.count(`items of ${key}`, size)
    await cursor.skip(length * size, key)
    return undefined
  }
  if (type !== STRING) throw cursor.invalid(`${key} is an array of the unknown type ${type}`)
  const length = await cursor.count(`items of ${key}`, 8)
  for (let item = 0; item < length; item++) await cursor.skip(await cursor.u64(`the length of ${key}`), key)
  return undefined
}

/** @returns all weights, and the byte after the last tensor's beginning, counted from the first. */
async function readTensors(cursor: Cursor, tensors: number): Promise<{ parameters: number; end: number }> {
  let parameters = 0
  let end = 0
  for (let tensor = 0; tensor < tensors; tensor++) {
    const name = await cursor.text('the name of a tensor')
    const dimensions = await cursor.u32()
    if (dimensions < 1 || dimensions > MOST_DIMENSIONS)
      throw cursor.invalid(`the tensor ${name} has ${dimensions} dimensions`)
    let size = 1
    for (let dimension = 0; dimension < dimensions; dimension++) size *= await cursor.u64(`the shape of ${name}`)
    // No format packs a weight into less than one bit.
    if (size < 1 || size > cursor.size * 8) throw cursor.invalid(`the tensor ${name} has ${size} weights`)
    await cursor.u32()
    const offset = await cursor.u64(`the place of ${name}`)
    parameters += size
    end = Math.max(end, offset + Math.ceil(size / 8))
  }
  return { parameters, end }
}

/** Reads forward through a file in large pieces. */
class Cursor {
  readonly size: number
  readonly #file: FileHandle
  readonly #path: string
  #chunk = Buffer.alloc(0)
  #chunkStart = 0
  #at = 0

  constructor(file: FileHandle, size: number, path: string) {
    this.#file = file
    this.size = size
    this.#path = path
  }

  get position(): number {
    return this.#at
  }
  get left(): number {
    return this.size - this.#at
  }

  invalid(problem: string): WorkbenchError {
    return new WorkbenchError('MODEL_INVALID', said`${this.#path} is no model that can be used: ${problem}. ${REMEDY}`)
  }

  async bytes(length: number): Promise<Buffer> {
    if (length > this.left) throw this.invalid(`it ends in the middle, at byte ${this.size}`)
    const inChunk = this.#at - this.#chunkStart
    if (inChunk < 0 || inChunk + length > this.#chunk.length) {
      const chunk = Buffer.alloc(Math.min(Math.max(length, CHUNK), this.left))
      const { bytesRead } = await this.#file.read(chunk, 0, chunk.length, this.#at)
      if (bytesRead < length) throw this.invalid(`it ends in the middle, at byte ${this.#at + bytesRead}`)
      this.#chunk = chunk.subarray(0, bytesRead)
      this.#chunkStart = this.#at
    }
    const from = this.#at - this.#chunkStart
    this.#at += length
    return this.#chunk.subarray(from, from + length)
  }

  async skip(length: number, what: string): Promise<void> {
    if (length > this.left) throw this.invalid(`${what} is longer than the file`)
    this.#at += length
    return Promise.resolve()
  }

  async u32(): Promise<number> {
    return (await this.bytes(4)).readUInt32LE()
  }

  async u64(what: string): Promise<number> {
    const value = (await this.bytes(8)).readBigUInt64LE()
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.invalid(`${what} is ${value}`)
    return Number(value)
  }

  /** A number of things that take at least so many bytes each. */
  async count(what: string, leastBytes: number): Promise<number> {
    const count = await this.u64(`the number of ${what}`)
    if (count * leastBytes > this.left) throw this.invalid(`it claims ${count} ${what} in ${this.left} bytes`)
    return count
  }

  async text(what: string): Promise<string> {
    const length = await this.u64(`the length of ${what}`)
    if (length > LONGEST_TEXT || length > this.left) throw this.invalid(`${what} claims ${length} characters`)
    return (await this.bytes(length)).toString('utf8')
  }
}
