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
}

type Handlers = {
  [Name in TaskName]: (input: ComputeTasks[Name]['in'], context: TaskContext) => Promise<ComputeTasks[Name]['out']>
}

export function serveCompute(port: WorkerPort<ComputeRequest, ComputeReply>): void {
  const handlers = createHandlers()
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
    const context: TaskContext = {
      signal: controller.signal,
      progress: (done, total) => port.post({ kind: 'progress', id, done, total }),
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

function createHandlers(): Handlers {
  const models = new OpenModels()
  return {
    open: async ({ model }) => {
      await models.release((spec) => spec.path === model.path)
      const encoder = await models.get(model)
      const warnings = encoder instanceof Encoder ? await checkEncoder(encoder) : []
      return { info: encoder.info, warnings }
    },
    encode: async ({ model, texts, kind, intent }, { signal, progress }) => {
      const encoder = await models.encoder(model)
      const options = { kind, signal, onProgress: progress, ...(intent ? { intent } : {}) }
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
    const encoder = await open(spec)
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

  async release(which: (spec: ModelSpec) => boolean): Promise<void> {
    for (const [key, { spec, encoder }] of this.#models) {
      if (!which(spec)) continue
      this.#models.delete(key)
      await encoder.release()
    }
  }
}

function open({ path, kind, device, precision, threads }: ModelSpec): Promise<Encoder | RerankEncoder> {
  const limit = threads === undefined ? {} : { threads }
  return kind === 'cross-encoder'
    ? RerankEncoder.open(path, { precision, ...limit })
    : Encoder.open(path, { device, precision, ...limit })
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
