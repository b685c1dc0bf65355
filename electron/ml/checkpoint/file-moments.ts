// AdamW's moments on disk, for when memory is short.
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { type Moment, MOMENTS, type Moments } from '../optim/index.ts'

/** Elements in memory at a time, of each moment: 4 MiB. */
const STRETCH = 1 << 20

/**
 * [Note: moments in a file] A step reads and writes 8 bytes a trained weight, through two small buffers and, where the system has memory
 * to spare, its cache. The file lives for one stage of one process: checkpoints take a copy of its content, as they do of moments in
 * memory, so that a kill in the middle of a step costs what any kill does. It loses its name when it is opened, so that nothing of it
 * outlives the process, and is written in full before the first step, so that a disk too small for it is known by then.
 */
export class FileMoments implements Moments, Disposable {
  readonly length: number
  readonly #file: number
  readonly #buffers: Readonly<Record<Moment, Float32Array>>

  /**
   * @param path for a file of 8 bytes an element, replaced if there is one
   * @param stretch elements of each moment that are in memory at a time
   * @throws the system's error, such as `ENOSPC`
   */
  constructor(path: string, length: number, stretch: number = STRETCH) {
    this.length = length
    const buffered = Math.min(stretch, length)
    this.#buffers = { m: new Float32Array(buffered), v: new Float32Array(buffered) }
    this.#file = openSync(path, 'w+')
    try {
      rmSync(path)
      this.#eachStretch((start, m, v) => this.#keep(start, m, v))
    } catch (error) {
      this[Symbol.dispose]()
      throw error
    }
  }

  update(change: (start: number, m: Float32Array, v: Float32Array) => void): void {
    this.#eachStretch((start, m, v) => {
      this.#load('m', start, m)
      this.#load('v', start, v)
      change(start, m, v)
      this.#keep(start, m, v)
    })
  }

  read(moment: Moment, start: number, length: number): Float32Array {
    const buffer = this.#buffers[moment]
    const values = length > buffer.length ? new Float32Array(length) : buffer.subarray(0, length)
    this.#load(moment, start, values)
    return values
  }

  write(moment: Moment, start: number, values: Float32Array): void {
    transfer(writeSync, this.#file, values, this.#position(moment, start))
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }

  #eachStretch(work: (start: number, m: Float32Array, v: Float32Array) => void): void {
    const { m, v } = this.#buffers
    for (let start = 0; start < this.length; start += m.length) {
      const count = Math.min(m.length, this.length - start)
      work(start, m.subarray(0, count), v.subarray(0, count))
    }
  }

  #load(moment: Moment, start: number, into: Float32Array): void {
    transfer(readSync, this.#file, into, this.#position(moment, start))
  }

  #keep(start: number, m: Float32Array, v: Float32Array): void {
    this.write('m', start, m)
    this.write('v', start, v)
  }

  /** All of m lies before all of v. */
  #position(moment: Moment, start: number): number {
    return Float32Array.BYTES_PER_ELEMENT * (MOMENTS.indexOf(moment) * this.length + start)
  }
}

/** Reads or writes until all of `values` is done: one call may do less, and no more than 2 GiB. */
function transfer(
  call: (file: number, bytes: Uint8Array, offset: number, length: number, position: number) => number,
  file: number,
  values: Float32Array,
  position: number,
): void {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  for (let done = 0; done < bytes.length;) {
    const moved = call(file, bytes, done, Math.min(bytes.length - done, 1 << 30), position + done)
    if (moved === 0) throw new Error('the file of the moments ended too early')
    done += moved
  }
}
