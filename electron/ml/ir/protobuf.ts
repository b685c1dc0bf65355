// The Protocol Buffers wire format: as much of it as ONNX uses (varints, 32- and 64-bit floats, length-delimited fields, packed lists).
// https://protobuf.dev/programming-guides/encoding/

const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/** Builds one message. Large byte fields are kept by reference until `finish` and copied once. */
export class MessageWriter {
  #chunks: Uint8Array[] = []
  #chunkBytes = 0
  #tail = new Uint8Array(64)
  #tailBytes = 0

  /** The size of the message so far, in bytes. */
  get length(): number {
    return this.#chunkBytes + this.#tailBytes
  }

  /** A 64-bit integer. Numbers outside the int64 range are clamped to it; negative ones take ten bytes. */
  int(field: number, value: number): this {
    return this.#tag(field, wireType.varint).#varint(value)
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value, true)
    this.#tag(field, wireType.fixed32)
    for (const byte of bytes) this.#byte(byte)
    return this
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#tag(field, wireType.bytes).#varint(value.length).#append(value)
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value))
  }

  message(field: number, value: MessageWriter): this {
    this.#tag(field, wireType.bytes).#varint(value.length)
    value.#flush()
    for (const chunk of value.#chunks) this.#append(chunk)
    return this
  }

  finish(): Uint8Array {
    this.#flush()
    const message = new Uint8Array(this.#chunkBytes)
    let offset = 0
    for (const chunk of this.#chunks) {
      message.set(chunk, offset)
      offset += chunk.length
    }
    return message
  }

  #tag(field: number, type: number): this {
    return this.#varint(field * 8 + type)
  }

  #varint(value: number): this {
    if (value >= 0 && value <= 0x7fffffff) {
      for (; value > 127; value >>>= 7) this.#byte((value & 127) | 128)
      this.#byte(value)
      return this
    }
    let rest = BigInt.asUintN(64, toInt64(value))
    for (; rest > 127n; rest >>= 7n) this.#byte(Number(rest & 127n) | 128)
    this.#byte(Number(rest))
    return this
  }

  #byte(byte: number): void {
    if (this.#tailBytes === this.#tail.length) {
      const grown = new Uint8Array(this.#tail.length * 2)
      grown.set(this.#tail)
      this.#tail = grown
    }
    this.#tail[this.#tailBytes++] = byte
  }

  #append(bytes: Uint8Array): this {
    if (bytes.length <= 64) {
      for (const byte of bytes) this.#byte(byte)
      return this
    }
    this.#flush()
    this.#chunks.push(bytes)
    this.#chunkBytes += bytes.length
    return this
  }

  #flush(): void {
    if (this.#tailBytes === 0) return
    this.#chunks.push(this.#tail.slice(0, this.#tailBytes))
    this.#chunkBytes += this.#tailBytes
    this.#tailBytes = 0
  }
}

const int64Max = 2n ** 63n - 1n

/** A number as an int64; numbers that stand for "the largest" (2^63 and up) become INT64_MAX. */
export function toInt64(value: number): bigint {
  if (!Number.isInteger(value)) throw new RangeError(`${value} is not an integer`)
  const exact = BigInt(value)
  return exact > int64Max ? int64Max : exact < -int64Max - 1n ? -int64Max - 1n : exact
}

/** A field as read: varints and fixed-width numbers as `number`, the rest as a view of the message's bytes. */
export type Field =
  | { readonly field: number; readonly type: 'number'; readonly value: number }
  | { readonly field: number; readonly type: 'fixed32' | 'fixed64' | 'bytes'; readonly value: Uint8Array }

/**
 * Iterates over the fields of a message in file order.
 *
 * @throws RangeError when the bytes end inside a field or hold a wire type that protobuf no longer uses.
 */
export function* readFields(message: Uint8Array): Generator<Field> {
  const cursor = new Cursor(message)
  while (!cursor.atEnd) {
    const tag = cursor.varint()
    const field = Math.floor(tag / 8)
    switch (tag % 8) {
      case wireType.varint:
        yield { field, type: 'number', value: cursor.varint() }
        break
      case wireType.fixed64:
        yield { field, type: 'fixed64', value: cursor.take(8) }
        break
      case wireType.bytes:
        yield { field, type: 'bytes', value: cursor.take(cursor.varint()) }
        break
      case wireType.fixed32:
        yield { field, type: 'fixed32', value: cursor.take(4) }
        break
      default:
        throw new RangeError(`wire type ${tag % 8} at byte ${cursor.position}: not a protobuf message`)
    }
  }
}

/** The varints of a packed list, as signed 64-bit integers rounded to numbers. */
export function readPackedIntegers(bytes: Uint8Array): number[] {
  const cursor = new Cursor(bytes)
  const values: number[] = []
  while (!cursor.atEnd) values.push(cursor.varint())
  return values
}

class Cursor {
  position = 0
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.position >= this.#bytes.length
  }

  /** A varint as a signed 64-bit integer; beyond 2^53 it is rounded. */
  varint(): number {
    let low = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#next()
      low |= (byte & 127) << shift
      if (byte < 128) return low
    }
    let value = BigInt(low)
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#next()
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return Number(BigInt.asIntN(64, value))
    }
    throw new RangeError(`varint longer than ten bytes at byte ${this.position}: not a protobuf message`)
  }

  take(count: number): Uint8Array {
    const end = this.position + count
    if (count < 0 || end > this.#bytes.length) {
      throw new RangeError(
        `${count} bytes wanted at byte ${this.position} of ${this.#bytes.length}: the file is cut off or not a protobuf message`,
      )
    }
    const view = this.#bytes.subarray(this.position, end)
    this.position = end
    return view
  }

  #next(): number {
    return this.take(1)[0]!
  }
}
