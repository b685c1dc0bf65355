// The worker's side of the compute protocol: one task at a time, in the order they came, cancelled between batches.
import { createRequire } from 'node:module'
import {
  benchmarkModel,
  Encoder,
  installedDevices,
  MODEL_ERROR,
  ModelError,
  RerankEncoder,
} from '../../ml/session/index.ts'
import type { WorkerPort } from '../../platform/worker-port.ts'
import type { ComputeFailure, ComputeReply, ComputeRequest, ComputeTasks, ModelSpec, TaskName } from './protocol.ts'
import { checkEncoder } from './self-check.ts'

/** An embedding model and a reranker, as one search uses them; the one used longest ago makes room. */
const MODELS_KEPT_OPEN = 2

interface OpenModel {
  readonly spec: ModelSpec
  readonly encoder: Encoder | RerankEncoder
}

interface TaskContext {
  readonly signal: AbortSignal
  progress(done: number, total: number): void
  /** Tokens of the texts to encode, where their model was already open when the task came. */
  readonly ahead: ReturnType<Encoder['tokenizeAhead']>
}

type Handlers = {
  [Name in TaskName]: (input: ComputeTasks[Name]['in'], context: TaskContext) => Promise<ComputeTasks[Name]['out']>
}

/** @param tokenizerThread see `Encoder.open` */
export function serveCompute(port: WorkerPort<ComputeRequest, ComputeReply>, tokenizerThread: URL): void {
  const models = new OpenModels(tokenizerThread)
  const handlers = createHandlers(models)
  const controllers = new Map<number, AbortController>()
  let last = Promise.resolve()
  port.onMessage((request) => {
    if (request.kind === 'cancel') {
      controllers.get(request.id)?.abort()
      return
    }
    const { id, name, input } = request
    const controller = new AbortController()
    controllers.set(id, controller)
    const ahead = name === 'encode' ? models.tokenizeAhead(input) : undefined
    const context: TaskContext = {
      signal: controller.signal,
      progress: (done, total) => port.post({ kind: 'progress', id, done, total }),
      ahead,
    }
    const handle = handlers[name] as (input: unknown, context: TaskContext) => Promise<unknown>
    last = last.then(async () => {
      try {
        controller.signal.throwIfAborted()
        port.post({ kind: 'done', id, output: await handle(input, context) })
      } catch (error) {
        port.post({ kind: 'failed', id, failure: failureOf(error) })
      } finally {
        controllers.delete(id)
      }
    })
  })
}

function createHandlers(models: OpenModels): Handlers {
  return {
    open: async ({ model }) => {
      await models.release((spec) => spec.path === model.path)
      const encoder = await models.get(model)
      const warnings = encoder instanceof Encoder ? await checkEncoder(encoder) : []
      return { info: encoder.info, warnings }
    },
    encode: async ({ model, texts, kind, intent }, { signal, progress, ahead }) => {
      const encoder = await models.encoder(model)
      const options = { kind, signal, ahead, onProgress: progress, ...(intent ? { intent } : {}) }
      return { vectors: await encoder.encode(texts, options), dimensions: encoder.dimensions }
    },
    score: async ({ model, pairs }, { signal, progress }) =>
      (await models.reranker(model)).scorePairs(pairs, { signal, onProgress: progress }),
    bench: async ({ model }, { signal }) => {
      await models.release(() => true)
      return benchmarkModel(model.path, { signal, ...(model.threads === undefined ? {} : { threads: model.threads }) })
    },
    runtime: () => Promise.resolve({ version: runtimeVersion(), devices: installedDevices() }),
    close: async ({ path }) => {
      await models.release((spec) => spec.path === path)
      return null
    },
  }
}

/** The models that are open, most recently used last. */
class OpenModels {
  readonly #models = new Map<string, OpenModel>()
  readonly #tokenizerThread: URL

  constructor(tokenizerThread: URL) {
    this.#tokenizerThread = tokenizerThread
  }

  async get(spec: ModelSpec): Promise<Encoder | RerankEncoder> {
    const key = JSON.stringify(spec)
    const known = this.#models.get(key)
    if (known) {
      this.#models.delete(key)
      this.#models.set(key, known)
      return known.encoder
    }
    while (this.#models.size >= MODELS_KEPT_OPEN) {
      const [oldest] = this.#models.values()
      await this.release((other) => other === oldest!.spec)
    }
    const encoder = await this.#open(spec)
    this.#models.set(key, { spec, encoder })
    return encoder
  }

  async encoder(spec: ModelSpec): Promise<Encoder> {
    const model = await this.get(spec)
    if (model instanceof Encoder) return model
    throw new ModelError(
      MODEL_ERROR.unsupported,
      `${spec.path}: a reranker gives no vectors. Choose an embedding model.`,
    )
  }

  async reranker(spec: ModelSpec): Promise<RerankEncoder> {
    const model = await this.get(spec)
    if (model instanceof RerankEncoder) return model
    throw new ModelError(
      MODEL_ERROR.unsupported,
      `${spec.path}: an embedding model scores no pairs. Choose a reranker.`,
    )
  }

  /** Lets the model's tokenizer, if it is open, work on texts whose turn has not come yet. */
  tokenizeAhead({ model, texts, kind, intent }: ComputeTasks['encode']['in']): TaskContext['ahead'] {
    const encoder = this.#models.get(JSON.stringify(model))?.encoder
    if (!(encoder instanceof Encoder)) return undefined
    return encoder.tokenizeAhead(texts, { kind, ...(intent ? { intent } : {}) })
  }

  async release(which: (spec: ModelSpec) => boolean): Promise<void> {
    for (const [key, { spec, encoder }] of this.#models) {
      if (!which(spec)) continue
      this.#models.delete(key)
      await encoder.release()
    }
  }

  #open({ path, kind, device, precision, threads }: ModelSpec): Promise<Encoder | RerankEncoder> {
    const limit = threads === undefined ? {} : { threads }
    return kind === 'cross-encoder'
      ? RerankEncoder.open(path, { precision, ...limit })
      : Encoder.open(path, { device, precision, tokenizerThread: this.#tokenizerThread, ...limit })
  }
}

function failureOf(error: unknown): ComputeFailure {
  if (error instanceof ModelError) return { code: error.code, message: error.message }
  if (error instanceof Error && error.name === 'AbortError') return { code: 'CANCELLED', message: error.message }
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) }
}

function runtimeVersion(): string {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }
  return version
}
