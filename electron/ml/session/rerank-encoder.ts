// Cross-encoders: relevance scores of (query, passage) pairs.
import type { InferenceSession } from 'onnxruntime-node'
import { OUTPUT_NAMES, usesSegments } from '../models/embedding-graph.ts'
import { INPUT_NAMES } from '../models/encoder-inputs.ts'
import { MODEL_ERROR, ModelError } from '../models/model-error.ts'
import { loadTokenizer } from '../tokenizer/load-tokenizer.ts'
import type { EncodedText, TextTokenizer } from '../tokenizer/tokenizer.ts'
import { CPU_BATCH_TOKENS, padBatch, planBatches } from './batches.ts'
import { buildRerankModel, type Precision } from './build-model.ts'
import { modelInfo, type ModelInfo } from './model-info.ts'
import { openModelFolder } from './model-folder.ts'
import { createSession, float32Output, int64Tensor } from './ort-session.ts'
import { assertFinite, PROBE_TEXTS } from './probe.ts'

export interface RerankOptions {
  readonly threads?: number
  readonly precision?: Precision
  /** Bound of query and passage together; default 512. */
  readonly maxTokens?: number
}

export interface ScoreOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (done: number, total: number) => void
}

export type Pair = readonly [query: string, passage: string]

export class RerankEncoder {
  readonly info: ModelInfo
  readonly #session: InferenceSession
  readonly #tokenizer: TextTokenizer
  readonly #segments: boolean

  private constructor(info: ModelInfo, session: InferenceSession, tokenizer: TextTokenizer, segments: boolean) {
    this.info = info
    this.#session = session
    this.#tokenizer = tokenizer
    this.#segments = segments
  }

  /**
   * Opens a cross-encoder folder (`...ForSequenceClassification` with one label) on the CPU and runs a self-check.
   *
   * @throws ModelError when the folder is no cross-encoder or cannot be used
   */
  static async open(path: string, options: RerankOptions = {}): Promise<RerankEncoder> {
    const folder = await openModelFolder(path)
    if (folder.kind !== 'cross-encoder') {
      throw new ModelError(
        MODEL_ERROR.unsupported,
        `${folder.path}: not a cross-encoder. Choose a reranker model (its config.json names ...ForSequenceClassification).`,
      )
    }
    const tokenizer = await loadTokenizer(folder.root)
    const info = modelInfo(folder, tokenizer, options.maxTokens)
    const model = buildRerankModel(folder, {
      precision: options.precision ?? 'fp32',
      narrowTables: true,
      maxTokens: info.maxTokens,
    })
    const settings = { device: 'cpu', threads: options.threads, externalFolder: model.externalFolder } as const
    const session = await createSession(model.bytes, settings)
    const encoder = new RerankEncoder(info, session, tokenizer, usesSegments(model.config))
    try {
      assertFinite(folder.path, await encoder.scorePairs([[PROBE_TEXTS[0]!, PROBE_TEXTS[1]!]]))
      return encoder
    } catch (error) {
      await encoder.release()
      throw error
    }
  }

  /** Scores of passages for one query, in the order given; higher is more relevant. Logits: a sigmoid makes probabilities. */
  score(query: string, passages: readonly string[], options: ScoreOptions = {}): Promise<Float32Array<ArrayBuffer>> {
    return this.scorePairs(
      passages.map((passage) => [query, passage] as const),
      options,
    )
  }

  /**
   * Scores of pairs, in the order given.
   *
   * @throws DOMException AbortError when the signal fires, between two batches
   */
  async scorePairs(
    pairs: readonly Pair[],
    { signal, onProgress }: ScoreOptions = {},
  ): Promise<Float32Array<ArrayBuffer>> {
    const { maxTokens } = this.info
    const rows = pairs.map(([query, passage]) => this.#tokenizer.encodePair(query, passage, { maxTokens }))
    const scores = new Float32Array(pairs.length)
    let done = 0
    for (const batch of planBatches(
      rows.map((row) => row.ids.length),
      LIMITS,
    )) {
      signal?.throwIfAborted()
      const values = await this.#run(
        batch.indices.map((index) => rows[index]!),
        batch.sequence,
      )
      for (const [row, index] of batch.indices.entries()) scores[index] = values[row]!
      done += batch.indices.length
      onProgress?.(done, pairs.length)
    }
    return scores
  }

  /** Frees the model. The encoder cannot be used afterwards. */
  release(): Promise<void> {
    return this.#session.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }

  async #run(rows: readonly EncodedText[], sequence: number): Promise<Float32Array> {
    const dims = [rows.length, sequence]
    const ids = rows.map((row) => row.ids)
    const { ids: idValues, mask } = padBatch(ids, sequence, this.#tokenizer.padId)
    const types = padBatch(
      rows.map((row) => row.typeIds),
      sequence,
      0,
    ).ids
    const results = await this.#session.run({
      [INPUT_NAMES.ids]: int64Tensor(idValues, dims),
      [INPUT_NAMES.mask]: int64Tensor(mask, dims),
      ...(this.#segments ? { [INPUT_NAMES.typeIds]: int64Tensor(types, dims) } : {}),
    })
    return float32Output(results, OUTPUT_NAMES.score).data
  }
}

const LIMITS = { tokens: CPU_BATCH_TOKENS, texts: 64, lengthStep: 1, maxSequence: Infinity }
