// A tokenizer in a thread of its own: it reads ahead while the session, whose `run` blocks its thread, works on the texts before.
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { loadTokenizer } from './load-tokenizer.ts'
import type { EncodeOptions } from './tokenizer.ts'

/** Token ids of each text. */
export type TokenRows = readonly ArrayLike<number>[]

interface Request {
  readonly id: number
  readonly texts: readonly string[]
  readonly options: EncodeOptions
}

/** All ids in one piece, so that they change threads without being copied; null where a text could not be tokenized. */
interface Reply {
  readonly id: number
  readonly rows: { readonly ids: Int32Array; readonly ends: Int32Array } | null
}

export class TokenizerThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, (rows: TokenRows | undefined) => void>()
  #count = 0

  /**
   * @param entry a module that calls `serveTokenizer` when it is loaded as a thread
   * @param folder of the tokenizer
   */
  constructor(entry: URL, folder: string) {
    this.#worker = new Worker(entry, { workerData: folder })
    this.#worker.on('message', ({ id, rows }: Reply) => this.#settle(id, rows ? cut(rows.ids, rows.ends) : undefined))
    this.#worker.on('error', () => this.#giveUp())
    this.#worker.on('exit', () => this.#giveUp())
  }

  /** @returns undefined where the thread could not do it; the caller's own tokenizer then says why. Never throws. */
  encode(texts: readonly string[], options: EncodeOptions): Promise<TokenRows | undefined> {
    const id = this.#count++
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#worker.ref()
      this.#worker.postMessage({ id, texts, options } satisfies Request)
      // A thread that has ended takes messages without a word.
      if (this.#worker.threadId < 0) this.#giveUp()
    })
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
    this.#giveUp()
  }

  #settle(id: number, rows: TokenRows | undefined): void {
    this.#waiting.get(id)?.(rows)
    this.#waiting.delete(id)
    // An idle thread does not keep its process alive.
    if (this.#waiting.size === 0) this.#worker.unref()
  }

  #giveUp(): void {
    for (const id of [...this.#waiting.keys()]) this.#settle(id, undefined)
  }
}

/** The thread's side. */
export function serveTokenizer(): void {
  const port = parentPort!
  const tokenizer = loadTokenizer(workerData as string)
  port.on('message', ({ id, texts, options }: Request) => {
    void tokenizer
      .then(
        (own) => pack(texts.map((text) => own.encode(text, options).ids)),
        () => null,
      )
      .catch(() => null)
      .then((rows) => port.postMessage({ id, rows } satisfies Reply, rows ? [rows.ids.buffer, rows.ends.buffer] : []))
  })
}

function pack(rows: readonly (readonly number[])[]): { ids: Int32Array<ArrayBuffer>; ends: Int32Array<ArrayBuffer> } {
  const ends = new Int32Array(rows.length)
  let total = 0
  for (const [i, row] of rows.entries()) ends[i] = total += row.length
  const ids = new Int32Array(total)
  for (const [i, row] of rows.entries()) ids.set(row, ends[i]! - row.length)
  return { ids, ends }
}

function cut(ids: Int32Array, ends: Int32Array): Int32Array[] {
  return [...ends].map((end, i) => ids.subarray(i === 0 ? 0 : ends[i - 1]!, end))
}
