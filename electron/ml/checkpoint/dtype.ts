// Conversions between stored element types and float32.
import { MODEL_ERROR, ModelError } from '../models/model-error.ts'
import type { TensorEntry } from './safetensors-header.ts'

/**
 * Decodes little-endian tensor bytes to float32 (a view on the same bytes for F32).
 *
 * @throws ModelError `MODEL_UNSUPPORTED` for types that models here never use for weights
 */
export function decodeToFloat32(
  entry: Pick<TensorEntry, 'dtype' | 'file' | 'name'>,
  bytes: Uint8Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = bytes
  switch (entry.dtype) {
    case 'F32':
      return new Float32Array(buffer, byteOffset, byteLength / 4)
    case 'F64':
      return Float32Array.from(new Float64Array(buffer, byteOffset, byteLength / 8))
    case 'F16':
      return halfToFloat32(new Uint16Array(buffer, byteOffset, byteLength / 2))
    case 'BF16':
      return bfloat16ToFloat32(new Uint16Array(buffer, byteOffset, byteLength / 2))
    case 'I64':
      return Float32Array.from(new BigInt64Array(buffer, byteOffset, byteLength / 8), Number)
    case 'I32':
      return Float32Array.from(new Int32Array(buffer, byteOffset, byteLength / 4))
    case 'I16':
      return Float32Array.from(new Int16Array(buffer, byteOffset, byteLength / 2))
    case 'I8':
      return Float32Array.from(new Int8Array(buffer, byteOffset, byteLength))
    case 'U8':
    case 'BOOL':
      return Float32Array.from(bytes)
    default:
      throw new ModelError(
        MODEL_ERROR.unsupported,
        `${entry.file}: tensor "${entry.name}" is stored as ${entry.dtype}, which cannot be read as weights. Convert the model to F32, F16 or BF16.`,
      )
  }
}

/** bfloat16 is the upper half of a float32. */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(bits.length)
  const words = new Uint32Array(out.buffer)
  for (let i = 0; i < bits.length; i++) words[i] = (bits[i] as number) << 16
  return out
}

/** IEEE 754 binary16 to float32 by a table of all 65,536 values, filled on first use. */
export function halfToFloat32(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const table = halfTable()
  const out = new Float32Array(bits.length)
  for (let i = 0; i < bits.length; i++) out[i] = table[bits[i] as number] as number
  return out
}

let halfValues: Float32Array | undefined

function halfTable(): Float32Array {
  if (halfValues) return halfValues
  halfValues = new Float32Array(65_536)
  for (let bits = 0; bits < 65_536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1
    const exponent = (bits >> 10) & 0x1f
    const fraction = bits & 0x3ff
    if (exponent === 0) halfValues[bits] = sign * fraction * 2 ** -24
    else if (exponent === 31) halfValues[bits] = fraction ? NaN : sign * Infinity
    else halfValues[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
  }
  return halfValues
}
