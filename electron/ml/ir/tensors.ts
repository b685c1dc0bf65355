// Numbers to and from the little-endian bytes of a tensor.

import type { DataType } from './model.ts'
import { toInt64 } from './protobuf.ts'

interface Codec {
  readonly bytes: number
  readonly write: (view: DataView, at: number, value: number) => void
  readonly read: (view: DataView, at: number) => number
}

const codecs: Readonly<Record<Exclude<DataType, 'string'>, Codec>> = {
  float32: { bytes: 4, write: (v, at, x) => v.setFloat32(at, x, true), read: (v, at) => v.getFloat32(at, true) },
  float64: { bytes: 8, write: (v, at, x) => v.setFloat64(at, x, true), read: (v, at) => v.getFloat64(at, true) },
  float16: {
    bytes: 2,
    write: (v, at, x) => v.setUint16(at, toFloat16(x), true),
    read: (v, at) => fromFloat16(v.getUint16(at, true)),
  },
  bfloat16: {
    bytes: 2,
    write: (v, at, x) => v.setUint16(at, toBfloat16(x), true),
    read: (v, at) => fromBfloat16(v.getUint16(at, true)),
  },
  int8: { bytes: 1, write: (v, at, x) => v.setInt8(at, x), read: (v, at) => v.getInt8(at) },
  uint8: { bytes: 1, write: (v, at, x) => v.setUint8(at, x), read: (v, at) => v.getUint8(at) },
  int16: { bytes: 2, write: (v, at, x) => v.setInt16(at, x, true), read: (v, at) => v.getInt16(at, true) },
  uint16: { bytes: 2, write: (v, at, x) => v.setUint16(at, x, true), read: (v, at) => v.getUint16(at, true) },
  int32: { bytes: 4, write: (v, at, x) => v.setInt32(at, x, true), read: (v, at) => v.getInt32(at, true) },
  uint32: { bytes: 4, write: (v, at, x) => v.setUint32(at, x, true), read: (v, at) => v.getUint32(at, true) },
  int64: {
    bytes: 8,
    write: (v, at, x) => v.setBigInt64(at, toInt64(x), true),
    read: (v, at) => Number(v.getBigInt64(at, true)),
  },
  uint64: {
    bytes: 8,
    write: (v, at, x) => v.setBigUint64(at, BigInt(x), true),
    read: (v, at) => Number(v.getBigUint64(at, true)),
  },
  bool: { bytes: 1, write: (v, at, x) => v.setUint8(at, x ? 1 : 0), read: (v, at) => v.getUint8(at) },
}

function codec(type: DataType): Codec {
  if (type === 'string') throw new Error('string tensors have no fixed-width bytes')
  return codecs[type]
}

/** The bytes of a tensor that holds `values` in row-major order. */
export function encodeTensor(type: DataType, values: ArrayLike<number>): Uint8Array {
  const { bytes, write } = codec(type)
  const data = new Uint8Array(values.length * bytes)
  const view = new DataView(data.buffer)
  for (let index = 0; index < values.length; index++) write(view, index * bytes, values[index]!)
  return data
}

/** The numbers in a tensor's bytes. int64 values beyond 2^53 are rounded. */
export function decodeTensor(type: DataType, data: Uint8Array): number[] {
  const { bytes, read } = codec(type)
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  return Array.from({ length: Math.floor(data.byteLength / bytes) }, (_, index) => read(view, index * bytes))
}

const scratch = new DataView(new ArrayBuffer(4))

function float32Bits(value: number): number {
  scratch.setFloat32(0, value)
  return scratch.getUint32(0)
}

/** Round to nearest even; NaN stays NaN. */
function toBfloat16(value: number): number {
  const bits = float32Bits(value)
  if (Number.isNaN(value)) return (bits >>> 16) | 0x40
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff
}

function fromBfloat16(bits: number): number {
  scratch.setUint32(0, (bits << 16) >>> 0)
  return scratch.getFloat32(0)
}

/** IEEE 754 binary16, round to nearest even, subnormals and overflow to infinity included. */
function toFloat16(value: number): number {
  const sign = (float32Bits(value) >>> 16) & 0x8000
  const magnitude = Math.abs(value)
  if (Number.isNaN(value)) return sign | 0x7e00
  if (magnitude >= 65520) return sign | 0x7c00
  const exponent = Math.max(Math.floor(Math.log2(magnitude || Number.MIN_VALUE)), -14)
  const mantissa = roundHalfEven(magnitude / 2 ** (exponent - 10)) // 1024..2048 when normal, below 1024 when subnormal
  return sign | (mantissa + ((exponent + 14) << 10)) // a mantissa of 2048 carries into the exponent
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
}

function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >>> 10) & 0x1f
  const mantissa = bits & 0x3ff
  if (exponent === 0x1f) return mantissa ? NaN : sign * Infinity
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (mantissa + 1024) * 2 ** (exponent - 25))
}
