// The safetensors header: parsing and strict validation. Format: https://huggingface.co/docs/safetensors
import { MODEL_ERROR, ModelError } from '../models/model-error.ts'

/** Bytes per element of every dtype the format knows and this program can meet in published models. */
export const SAFETENSORS_BYTES = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const

export type SafetensorsDtype = keyof typeof SAFETENSORS_BYTES

/** Where one tensor lies: `length` bytes at the absolute `offset` of `file`, row-major, little-endian. */
export interface TensorEntry {
  readonly name: string
  readonly dtype: SafetensorsDtype
  readonly shape: readonly number[]
  /** Absolute path with links resolved: ONNX Runtime refuses external data behind a link that leaves its folder. */
  readonly file: string
  readonly offset: number
  readonly length: number
}

/** Reference readers refuse headers above this size; a larger one is a damaged length field. */
export const MAX_HEADER_BYTES = 100_000_000

const REMEDY = 'Download or copy the file again; it is incomplete or damaged.'

/**
 * Parses and validates a header.
 *
 * @param file the path the entries will carry and messages name
 * @param header the JSON bytes after the 8-byte length field
 * @param fileSize size of the whole file in bytes
 * @returns entries in file order, and the string map under `__metadata__`
 * @throws ModelError `MODEL_INVALID` for anything the specification forbids: bad JSON, a shape that does not match its
 *   byte range, ranges that overlap, leave holes or end beyond the file
 */
export function parseSafetensorsHeader(
  file: string,
  header: Uint8Array,
  fileSize: number,
): { entries: TensorEntry[]; metadata: Record<string, string> } {
  const json = parseJson(file, header)
  const base = 8 + header.byteLength
  const metadata: Record<string, string> = {}
  const entries: TensorEntry[] = []
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') Object.assign(metadata, stringMap(value))
    else entries.push(parseEntry(file, name, value, base))
  }
  entries.sort((a, b) => a.offset - b.offset || a.length - b.length)
  checkLayout(file, entries, base, fileSize)
  return { entries, metadata }
}

function parseJson(file: string, header: Uint8Array): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header))
  } catch (cause) {
    throw new ModelError(MODEL_ERROR.invalid, `${file}: the safetensors header is not valid JSON. ${REMEDY}`, { cause })
  }
  if (isRecord(value)) return value
  throw new ModelError(MODEL_ERROR.invalid, `${file}: the safetensors header is not a JSON object. ${REMEDY}`)
}

function parseEntry(file: string, name: string, value: unknown, base: number): TensorEntry {
  const bad = (what: string) => new ModelError(MODEL_ERROR.invalid, `${file}: tensor "${name}" ${what}. ${REMEDY}`)
  if (!isRecord(value)) throw bad('has no description')
  const { dtype, shape, data_offsets: range } = value
  if (typeof dtype !== 'string') throw bad('has no dtype')
  if (!Object.hasOwn(SAFETENSORS_BYTES, dtype)) {
    const known = Object.keys(SAFETENSORS_BYTES).join(', ')
    throw new ModelError(
      MODEL_ERROR.unsupported,
      `${file}: tensor "${name}" has dtype ${dtype}, which is not among ${known}. Convert the model to F32, F16 or BF16.`,
    )
  }
  if (!isSizes(shape)) throw bad('has no valid shape')
  if (!isSizes(range) || range.length !== 2) throw bad('has no valid data_offsets')
  const [begin, end] = range as [number, number]
  const known = dtype as SafetensorsDtype
  const expected = shape.reduce((product, size) => product * size, SAFETENSORS_BYTES[known])
  if (end - begin !== expected) {
    throw bad(`of shape [${shape.join(', ')}] and dtype ${known} needs ${expected} bytes but has ${end - begin}`)
  }
  return { name, dtype: known, shape, file, offset: base + begin, length: expected }
}

/** The specification wants the data section covered exactly once; holes and overlaps are how polyglot files are made. */
function checkLayout(file: string, sorted: readonly TensorEntry[], base: number, fileSize: number): void {
  let position = base
  for (const entry of sorted) {
    if (entry.offset < position) {
      throw new ModelError(MODEL_ERROR.invalid, `${file}: tensor "${entry.name}" overlaps another tensor. ${REMEDY}`)
    }
    if (entry.offset > position) {
      throw new ModelError(
        MODEL_ERROR.invalid,
        `${file}: ${entry.offset - position} bytes before tensor "${entry.name}" belong to no tensor. ${REMEDY}`,
      )
    }
    position += entry.length
    if (position > fileSize) {
      throw new ModelError(
        MODEL_ERROR.invalid,
        `${file}: tensor "${entry.name}" ends at byte ${position}, but the file has only ${fileSize} bytes. ${REMEDY}`,
      )
    }
  }
  if (position < fileSize) {
    throw new ModelError(
      MODEL_ERROR.invalid,
      `${file}: ${fileSize - position} bytes after the last tensor belong to no tensor. ${REMEDY}`,
    )
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0)
}

function stringMap(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {}
  return Object.fromEntries(
    Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  )
}
