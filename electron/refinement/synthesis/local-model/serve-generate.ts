import { WorkbenchError } from '../../../contracts/errors.ts'
import type { WorkerPort } from '../../../platform/worker-port.ts'
import { loadRuntime, type Llama, type LlamaModel, type LlamaRuntime, type LlamaSequence } from './load-runtime.ts'
import type { GenerateReply, GenerateRequest } from './protocol.ts'

/** What the model's chat format puts around a request, and the shortest answer that is worth starting. */
const TEMPLATE_TOKENS = 64
const LEAST_ANSWER_TOKENS = 128

type Asked = Extract<GenerateRequest, { kind: 'ask' }>

/** Answers requests with a local model, one after the other, from the message that opens it to the end of the process. */
export function serveGenerate(port: WorkerPort<GenerateRequest, GenerateReply>): void {
  const running = new Map<number, AbortController>()
  let opened: Promise<LocalModel> | undefined
  let last: Promise<unknown> = Promise.resolve()

  port.onMessage((request) => {
    if (request.kind === 'cancel') {
      running.get(request.id)?.abort()
      return
    }
    if (request.kind === 'open') {
      opened = LocalModel.open(request)
      opened.then(
        () => port.post({ kind: 'opened' }),
        (error: unknown) => port.post(failureOf(error, request.file)),
      )
      return
    }
    const controller = new AbortController()
    running.set(request.id, controller)
    last = last.then(async () => {
      try {
        const model = await opened
        if (!model) throw new Error('no model was opened')
        controller.signal.throwIfAborted()
        port.post({ kind: 'answer', id: request.id, ...(await model.ask(request, controller.signal)) })
      } catch (error) {
        port.post({ kind: 'refused', id: request.id, message: (error as Error).message })
      } finally {
        running.delete(request.id)
      }
    })
  })
}

class LocalModel {
  readonly #runtime: LlamaRuntime
  readonly #llama: Llama
  readonly #model: LlamaModel
  readonly #contextTokens: number
  readonly #sequence: LlamaSequence
  /** By schema: making one takes longer than a short answer. */
  readonly #grammars = new Map<string, Promise<object>>()

  private constructor(parts: {
    readonly runtime: LlamaRuntime
    readonly llama: Llama
    readonly model: LlamaModel
    readonly contextTokens: number
    readonly sequence: LlamaSequence
  }) {
    this.#runtime = parts.runtime
    this.#llama = parts.llama
    this.#model = parts.model
    this.#contextTokens = parts.contextTokens
    this.#sequence = parts.sequence
  }

  static async open(request: Extract<GenerateRequest, { kind: 'open' }>): Promise<LocalModel> {
    const runtime = await loadRuntime(request.packageFolder)
    const llama = await runtime.getLlama({
      gpu: request.gpu ? 'auto' : false,
      // Neither compiles nor downloads: what is not there is not there.
      ...{ build: 'never', skipDownload: true, progressLogs: false, logLevel: 'error' },
    })
    const model = await llama.loadModel({ modelPath: request.file })
    const contextTokens = Math.min(request.contextTokens, model.trainContextSize)
    const context = await model.createContext({ contextSize: { max: contextTokens }, threads: request.threads })
    return new LocalModel({ runtime, llama, model, contextTokens, sequence: context.getSequence() })
  }

  async ask({ system, user, schema, seed, maxTokens }: Asked, signal: AbortSignal) {
    // The runtime would cut the passage silently, and the query would be about a part of it.
    const asked = this.#model.tokenize(`${system}${user}`).length
    const room = this.#contextTokens - asked - TEMPLATE_TOKENS
    if (room < LEAST_ANSWER_TOKENS)
      throw new Error(
        `passage and instructions have ${asked} tokens, and it reads ${this.#contextTokens} with its answer. A model with a longer context can read them`,
      )
    const key = JSON.stringify(schema)
    const grammar = this.#grammars.get(key) ?? this.#llama.createGrammarForJsonSchema(schema)
    this.#grammars.set(key, grammar)
    // A session of its own: no answer may read the passage before.
    await this.#sequence.clearHistory()
    const before = this.#sequence.tokenMeter.getState()
    const session = new this.#runtime.LlamaChatSession({
      contextSequence: this.#sequence,
      systemPrompt: system,
      autoDisposeSequence: false,
    })
    try {
      const text = await session.prompt(user, {
        ...{ grammar: await grammar, temperature: 0, seed, signal },
        maxTokens: Math.min(maxTokens, room),
      })
      const after = this.#sequence.tokenMeter.getState()
      return {
        text,
        inputTokens: after.usedInputTokens - before.usedInputTokens,
        outputTokens: after.usedOutputTokens - before.usedOutputTokens,
      }
    } finally {
      session.dispose()
    }
  }
}

function failureOf(error: unknown, file: string): GenerateReply {
  if (error instanceof WorkbenchError && error.code === 'NOT_AVAILABLE')
    return { kind: 'failed', code: 'NOT_AVAILABLE', message: error.message }
  return {
    kind: 'failed',
    code: 'MODEL_INVALID',
    message: `${file} cannot be run: ${(error as Error).message.split('\n')[0] ?? ''}. The model may need a newer node-llama-cpp or more memory; try a smaller one.`,
  }
}
