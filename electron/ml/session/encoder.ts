// Texts to vectors. Lives in a compute worker: opening and running block the thread (see [Note: blocking]).
import { setImmediate } from 'node:timers/promises'
import type { Intent } from '../../contracts/intents.ts'
import { promptFor, type TextKind } from '../../contracts/prompts.ts'
import { MODEL_ERROR, ModelError } from '../models/model-error.ts'
import { loadTokenizer } from '../tokenizer/load-tokenizer.ts'
import { TokenizerThread, type TokenRows } from '../tokenizer/tokenizer-thread.ts'
import type { TextTokenizer } from '../tokenizer/tokenizer.ts'
import { planBatches, type BatchLimits } from './batches.ts'
import type { EmbeddingRunner } from './embedding-runner.ts'
import type { EncoderInfo } from './model-info.ts'
import { openModelFolder, type ModelFolder } from './model-folder.ts'
import { openRunner, type EncoderOptions } from './open-runner.ts'
import { finishVectors } from './vectors.ts'

export interface EncodeOptions {
  readonly kind: TextKind
  /** Which instruction queries get; QA when left out. Passages carry none. */
  readonly intent?: Intent
  readonly signal?: AbortSignal
  /** Called after every batch. */
  readonly onProgress?: (done: number, total: number) => void
  /** What `tokenizeAhead` gave for these texts. */
  readonly ahead?: Promise<TokenRows | undefined> | undefined
}

/** Texts tokenized at a time: enough to sort by length, little enough to start at once and to cancel soon. */
const WINDOW = 2048
/** Fewer texts, such as a query, are tokenized before a message to another thread and back has come. */
const THREAD_FROM = 64

export class Encoder {
  readonly info: EncoderInfo
  readonly tokenizer: TextTokenizer
  /** How texts are cut into batches on this device. */
  readonly limits: BatchLimits
  readonly #runner: EmbeddingRunner
  readonly #folder: ModelFolder
  readonly #threadEntry: URL | undefined
  #thread: TokenizerThread | undefined

  private constructor(
    folder: ModelFolder,
    tokenizer: TextTokenizer,
    runner: EmbeddingRunner,
    info: EncoderInfo,
    limits: BatchLimits,
    threadEntry: URL | undefined,
  ) {
    this.#folder = folder
    this.tokenizer = tokenizer
    this.#runner = runner
    this.info = info
    this.limits = limits
    this.#threadEntry = threadEntry
  }

  /**
   * Opens a Hugging Face, sentence-transformers, model2vec or ONNX folder and runs a short self-check.
   *
   * @throws ModelError when the folder cannot be used: the message names the file and the remedy
   */
  static async open(path: string, options: EncoderOptions = {}): Promise<Encoder> {
    const folder = await openModelFolder(path)
    if (folder.kind === 'cross-encoder') {
      throw new ModelError(
        MODEL_ERROR.unsupported,
        `${folder.path}: this is a cross-encoder; it scores pairs and gives no vectors. Use it for reranking.`,
      )
    }
    const tokenizer = await loadTokenizer(folder.root)
    const { runner, info, limits } = await openRunner(folder, tokenizer, options)
    return new Encoder(folder, tokenizer, runner, info, limits, options.tokenizerThread)
  }

  get dimensions(): number {
    return this.info.dimensions
  }

  /**
   * Vectors of texts in the order given, `[texts.length, dimensions]` row-major, of length 1 unless opened otherwise.
   * The model's prompt is put in front of each text; texts beyond `info.maxTokens` are cut.
   *
   * @throws DOMException AbortError when the signal fires, between two batches
   */
  async encode(texts: readonly string[], options: EncodeOptions): Promise<Float32Array<ArrayBuffer>> {
    const { dimensions } = this.info
    const out = new Float32Array(texts.length * dimensions)
    let { ahead = this.#inThread(texts.slice(0, WINDOW), options) } = options
    for (let start = 0; start < texts.length; start += WINDOW) {
      const rows = (await ahead) ?? (await this.#tokenize(texts.slice(start, start + WINDOW), options))
      ahead = this.#inThread(texts.slice(start + WINDOW, start + 2 * WINDOW), options)
      let done = start
      for (const batch of planBatches(
        rows.map((row) => row.length),
        this.limits,
      )) {
        options.signal?.throwIfAborted()
        const { vectors, width } = await this.#runner.run(
          batch.indices.map((index) => rows[index]!),
          batch.sequence,
        )
        const finished = finishVectors(vectors, width, dimensions, this.info.normalized)
        for (const [row, index] of batch.indices.entries()) {
          out.set(finished.subarray(row * dimensions, (row + 1) * dimensions), (start + index) * dimensions)
        }
        done += batch.indices.length
        options.onProgress?.(done, texts.length)
      }
    }
    return out
  }

  /** Starts tokenizing what will be asked for next, in a thread of its own: `encode` takes the result as `ahead`. */
  tokenizeAhead(texts: readonly string[], options: EncodeOptions): Promise<TokenRows | undefined> | undefined {
    return this.#inThread(texts.slice(0, WINDOW), options)
  }

  /** Frees the model. The encoder cannot be used afterwards. */
  async release(): Promise<void> {
    await this.#thread?.close()
    await this.#runner.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }

  #inThread(texts: readonly string[], options: EncodeOptions): Promise<TokenRows | undefined> | undefined {
    if (texts.length < THREAD_FROM || this.#threadEntry === undefined) return undefined
    this.#thread ??= new TokenizerThread(this.#threadEntry, this.#folder.root)
    return this.#thread.encode(this.#prompted(texts, options), this.#tokenLimits)
  }

  async #tokenize(texts: readonly string[], options: EncodeOptions): Promise<TokenRows> {
    const rows: (readonly number[])[] = []
    for (const [index, text] of this.#prompted(texts, options).entries()) {
      // Long windows of long texts take a second; messages such as a cancellation come in between.
      if (index % 128 === 127) await setImmediate()
      options.signal?.throwIfAborted()
      rows.push(this.tokenizer.encode(text, this.#tokenLimits).ids)
    }
    return rows
  }

  #prompted(texts: readonly string[], { kind, intent }: EncodeOptions): string[] {
    const prompt = promptFor(this.#folder.prompts, kind, intent)
    return texts.map((text) => prompt + text)
  }

  get #tokenLimits() {
    const { maxTokens, addSpecialTokens } = this.info
    return { maxTokens, addSpecialTokens }
  }
}
