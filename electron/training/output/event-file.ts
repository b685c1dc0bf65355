// TensorBoard event files: records of length, masked CRC-32C and a hand-written Event message (tensorflow/core/util/event.proto).
import { open, mkdir, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { TrainingEvent } from '../run/events.ts'

/** Writes scalars; step numbers run on over the stages, each stage under its own name. */
export class EventFile {
  readonly #file: FileHandle
  #last: Promise<unknown> = Promise.resolve()

  private constructor(file: FileHandle) {
    this.#file = file
  }

  static async open(folder: string): Promise<EventFile> {
    await mkdir(folder, { recursive: true })
    const seconds = Math.floor(Date.now() / 1000)
    const events = new EventFile(await open(join(folder, `events.out.tfevents.${seconds}.dmr.${process.pid}`), 'wx'))
    events.#append(concat([wallTime(), lengthDelimited(3, new TextEncoder().encode('brain.Event:2'))]))
    return events
  }

  add(event: TrainingEvent): void {
    if (event.kind === 'step') {
      const { kind: _, stage, step, ...scalars } = event
      for (const [name, value] of Object.entries(scalars)) this.#scalar(`stage ${stage}/${name}`, step, value)
    } else if (event.kind === 'evaluation') {
      this.#scalar(`stage ${event.stage}/nDCG@10`, event.step, event.ndcg)
      for (const [intent, value] of Object.entries(event.byIntent))
        this.#scalar(`stage ${event.stage}/nDCG@10 ${intent}`, event.step, value)
    }
  }

  async close(): Promise<void> {
    await this.#last
    await this.#file.close()
  }

  #scalar(tag: string, step: number, value: number): void {
    if (!Number.isFinite(value)) return
    const simple = new DataView(new ArrayBuffer(5))
    simple.setUint8(0, 0x15) // field 2, 32 bits
    simple.setFloat32(1, value, true)
    const summary = concat([lengthDelimited(1, new TextEncoder().encode(tag)), new Uint8Array(simple.buffer)])
    this.#append(
      concat([wallTime(), Uint8Array.of(0x10), varint(step), lengthDelimited(5, lengthDelimited(1, summary))]),
    )
  }

  #append(message: Uint8Array): void {
    const header = new DataView(new ArrayBuffer(12))
    header.setBigUint64(0, BigInt(message.length), true)
    header.setUint32(8, maskedCrc(new Uint8Array(header.buffer, 0, 8)), true)
    const footer = new DataView(new ArrayBuffer(4))
    footer.setUint32(0, maskedCrc(message), true)
    const record = concat([new Uint8Array(header.buffer), message, new Uint8Array(footer.buffer)])
    this.#last = this.#last.then(() => this.#file.write(record))
  }
}

function wallTime(): Uint8Array {
  const view = new DataView(new ArrayBuffer(9))
  view.setUint8(0, 0x09) // field 1, 64 bits
  view.setFloat64(1, Date.now() / 1000, true)
  return new Uint8Array(view.buffer)
}

function lengthDelimited(field: number, bytes: Uint8Array): Uint8Array {
  return concat([Uint8Array.of((field << 3) | 2), varint(bytes.length), bytes])
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})

/** CRC-32C, rotated and shifted as TFRecord files want it. */
export function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8)
  crc = ~crc >>> 0
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
