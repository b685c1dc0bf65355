import { WorkbenchError } from '../../../contracts/errors.ts'
import type { WorkerExit, WorkerLauncher, WorkerProcess } from '../../../platform/worker-launcher.ts'
import { GeneratorRefusal } from '../generator.ts'
import type { ChatAnswer, ChatModel, ChatRequest } from '../language-model/chat-client.ts'
import type { GenerateReply, GenerateRequest, OpenLocalModel } from './protocol.ts'

/** Long enough for six short fields; a small model that rambles is cut off here. */
const MOST_TOKENS = 1_024
/** Strings without an end are what small models fall into; the grammar ends them. */
const LONGEST_STRING = 1_200
const MOST_ITEMS = 20

interface Waiting {
  readonly resolve: (answer: ChatAnswer) => void
  readonly reject: (error: unknown) => void
}

/**
 * Asks a GGUF model in a process of its own, which is started with the first request and ended by `close`: native code and
 * gigabytes of weights stay out of the services, and a crash costs one passage.
 */
export class LocalModelClient implements ChatModel {
  readonly #launcher: WorkerLauncher
  readonly #model: OpenLocalModel
  readonly #waiting = new Map<number, Waiting>()
  #worker: WorkerProcess<GenerateRequest, GenerateReply> | undefined
  /** What keeps the model from being used at all. */
  #failure: WorkbenchError | undefined
  #nextId = 1
  requests = 0
  readonly retries = 0

  constructor(launcher: WorkerLauncher, model: OpenLocalModel) {
    this.#launcher = launcher
    this.#model = model
  }

  /**
   * @throws WorkbenchError NOT_AVAILABLE when the package is not there, MODEL_INVALID when the model cannot be run;
   * GeneratorRefusal when this request failed; the signal's reason.
   */
  async ask({ system, user, schema, seed, signal }: ChatRequest): Promise<ChatAnswer> {
    signal.throwIfAborted()
    if (this.#failure) throw this.#failure
    const worker = (this.#worker ??= this.#start())
    const id = this.#nextId++
    this.requests++
    return await new Promise((resolve, reject) => {
      const onAbort = (): void => {
        worker.post({ kind: 'cancel', id })
        this.#waiting.delete(id)
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', onAbort, { once: true })
      const settled =
        <Value>(settle: (value: Value) => void) =>
        (value: Value): void => {
          signal.removeEventListener('abort', onAbort)
          settle(value)
        }
      this.#waiting.set(id, { resolve: settled(resolve), reject: settled(reject) })
      worker.post({ kind: 'ask', id, system, user, schema: bounded(schema), seed, maxTokens: MOST_TOKENS })
    })
  }

  close(): void {
    this.#worker?.kill()
    this.#worker = undefined
  }

  #start(): WorkerProcess<GenerateRequest, GenerateReply> {
    const worker = this.#launcher.launch<GenerateRequest, GenerateReply>('generate', { label: 'dmr language model' })
    worker.onMessage((reply) => this.#receive(reply))
    worker.onExit((exit) => {
      if (worker === this.#worker) this.#ended(exit)
    })
    worker.post({ kind: 'open', ...this.#model })
    return worker
  }

  #receive(reply: GenerateReply): void {
    if (reply.kind === 'opened') return
    if (reply.kind === 'failed') {
      this.#failure = new WorkbenchError(reply.code, reply.message)
      this.#rejectAll(this.#failure)
      this.close()
      return
    }
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if (reply.kind === 'refused') waiting?.reject(new GeneratorRefusal(`the local model failed: ${reply.message}`))
    else waiting?.resolve({ text: reply.text, inputTokens: reply.inputTokens, outputTokens: reply.outputTokens })
  }

  /** The passages under way are refused; the next one starts another process. */
  #ended({ code, signal, stderrTail }: WorkerExit): void {
    this.#worker = undefined
    const last = stderrTail.trim().split('\n').at(-1) ?? ''
    this.#rejectAll(
      new GeneratorRefusal(
        `the process of the local model ended (${signal ?? `code ${code}`}). ${last === '' ? 'It may have run out of memory; try a smaller model.' : last}`,
      ),
    )
  }

  #rejectAll(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}

/** The schema with limits that a grammar can hold a model to. */
function bounded(schema: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { type, items, properties } = schema as { type?: string; items?: object; properties?: Record<string, object> }
  if (type === 'string') return { maxLength: LONGEST_STRING, ...schema }
  if (type === 'array')
    return { minItems: 1, maxItems: MOST_ITEMS, ...schema, ...(items ? { items: bounded(items as never) } : {}) }
  if (!properties) return schema
  const inner = Object.entries(properties).map(([name, one]) => [name, bounded(one as never)])
  return { ...schema, properties: Object.fromEntries(inner) as Record<string, unknown> }
}
