import { WorkbenchError } from '../../contracts/errors.ts'
import { said } from '../../contracts/wording.ts'
import type { Intent } from '../../contracts/intents.ts'
import type { TextKind } from '../../contracts/prompts.ts'
import type { Logger } from '../../platform/logger.ts'
import type { WorkerExit, WorkerLauncher, WorkerProcess } from '../../platform/worker-launcher.ts'
import type { BenchmarkResult } from '../../ml/session/index.ts'
import type {
  ComputeFailure,
  ComputeReply,
  ComputeRequest,
  ComputeTasks,
  ModelSpec,
  OpenedModel,
  RuntimeReport,
  TaskName,
} from './protocol.ts'

/** Texts of one task: enough for batches of like length, few enough that a cancellation and a crash cost little. */
const TEXTS_PER_TASK = 512
/** One task computes and one waits, so that the worker never idles; more would only hold memory. */
const TASKS_POSTED = 2
/** A cancelled task ends after its batch; one that does not is stuck, and its process is killed. */
const CANCEL_GRACE_MS = 15_000
/** A task that ended its process this often is given up. */
const MAX_ATTEMPTS = 2
const HEAP_MIB = 2_048

export interface ComputeClientOptions {
  readonly launcher: WorkerLauncher
  readonly logger: Logger
  /** In the system's process list. */
  readonly label: string
  /** The process ends, and its memory is free, after this long without a task. */
  readonly idleMs: number
}

export interface TaskOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (done: number, total: number) => void
}

export interface EncodeTextsOptions extends TaskOptions {
  readonly kind: TextKind
  readonly intent?: Intent
}

interface Task {
  readonly id: number
  readonly request: ComputeRequest & { kind: 'task' }
  readonly onProgress: TaskOptions['onProgress']
  readonly resolve: (output: unknown) => void
  readonly reject: (error: unknown) => void
  attempts: number
  /** Set when the caller no longer waits. */
  abandoned: boolean
}

/**
 * Runs models in a process of its own, started when first needed and ended when idle. A process that dies is replaced: the
 * task it was working on is tried once more, those behind it are none the wiser.
 */
export class ComputeClient {
  readonly #options: ComputeClientOptions
  #worker: WorkerProcess<ComputeRequest, ComputeReply> | undefined
  /** In the order in which the worker takes them. */
  #posted: Task[] = []
  #waiting: Task[] = []
  #nextId = 1
  #idleTimer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: ComputeClientOptions) {
    this.#options = options
  }

  /** Process id of the running worker, undefined while none runs. */
  get pid(): number | undefined {
    return this.#worker?.pid
  }

  /** Opens and probes a model. @throws WorkbenchError MODEL_INVALID naming the file and the remedy. */
  open(model: ModelSpec, options: TaskOptions = {}): Promise<OpenedModel> {
    return this.#run('open', { model }, options)
  }

  /**
   * Vectors of texts in the order given, `[texts, dimensions]` row-major, of unit length.
   * @throws WorkbenchError MODEL_INVALID, or NOT_AVAILABLE when the process died twice over the same texts; the signal's reason.
   */
  async encode(
    model: ModelSpec,
    texts: readonly string[],
    { kind, intent, signal, onProgress }: EncodeTextsOptions,
  ): Promise<{ vectors: Float32Array<ArrayBuffer>; dimensions: number }> {
    const parts = Array.from({ length: Math.ceil(texts.length / TEXTS_PER_TASK) }, (_, part) =>
      texts.slice(part * TEXTS_PER_TASK, (part + 1) * TEXTS_PER_TASK),
    )
    const doneIn = parts.map(() => 0)
    const encodePart = (part: readonly string[], index: number) =>
      this.#run(
        'encode',
        { model, texts: part, kind, ...(intent ? { intent } : {}) },
        {
          ...(signal ? { signal } : {}),
          onProgress: (done) => {
            doneIn[index] = done
            onProgress?.(
              doneIn.reduce((sum, count) => sum + count, 0),
              texts.length,
            )
          },
        },
      )
    const outputs = await Promise.all(parts.map(encodePart))
    const dimensions = outputs[0]?.dimensions ?? 0
    const vectors = new Float32Array(texts.length * dimensions)
    outputs.forEach((output, part) => vectors.set(output.vectors, part * TEXTS_PER_TASK * dimensions))
    return { vectors, dimensions }
  }

  /** Relevance of (query, passage) pairs by a cross-encoder, in the order given; higher is better. Errors as for `encode`. */
  score(
    model: ModelSpec,
    pairs: readonly (readonly [string, string])[],
    options: TaskOptions = {},
  ): Promise<Float32Array> {
    return this.#run('score', { model, pairs }, options)
  }

  /** Measures a model on every device of this machine; several seconds each. */
  bench(model: ModelSpec, options: TaskOptions = {}): Promise<readonly BenchmarkResult[]> {
    return this.#run('bench', { model }, options)
  }

  /** Version and devices of the model runtime. */
  runtime(): Promise<RuntimeReport> {
    return this.#run('runtime', {}, {})
  }

  /** Lets go of a model's files; free when the worker does not run. */
  async release(path: string): Promise<void> {
    if (this.#worker) await this.#run('close', { path }, {})
  }

  /** Ends the process; tasks that are under way fail as cancelled. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#idleTimer)
    for (const task of [...this.#posted.splice(0), ...this.#waiting.splice(0)])
      task.reject(new WorkbenchError('CANCELLED', said`The application is closing.`))
    this.#worker?.kill()
  }

  #run<Name extends TaskName>(
    name: Name,
    input: ComputeTasks[Name]['in'],
    { signal, onProgress }: TaskOptions,
  ): Promise<ComputeTasks[Name]['out']> {
    if (this.#closed) return Promise.reject(new WorkbenchError('CANCELLED', said`The application is closing.`))
    if (signal?.aborted) return Promise.reject(signal.reason as Error)
    return new Promise((resolve, reject) => {
      const id = this.#nextId++
      const onAbort = (): void => {
        this.#abandon(task)
        reject(signal?.reason as Error)
      }
      const settled = <T>(settle: (value: T) => void) => {
        return (value: T): void => {
          signal?.removeEventListener('abort', onAbort)
          settle(value)
        }
      }
      const task: Task = {
        id,
        request: { kind: 'task', id, name, input } as Task['request'],
        onProgress,
        resolve: settled((output: unknown) => resolve(output as ComputeTasks[Name]['out'])),
        reject: settled(reject),
        attempts: 0,
        abandoned: false,
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiting.push(task)
      this.#advance()
    })
  }

  #advance(): void {
    clearTimeout(this.#idleTimer)
    if (this.#closed) return
    while (this.#posted.length < TASKS_POSTED) {
      const task = this.#waiting.shift()
      if (!task) break
      this.#worker ??= this.#start()
      this.#posted.push(task)
      this.#worker.post(task.request)
    }
    if (this.#posted.length === 0 && this.#worker) {
      const idle = this.#worker
      this.#idleTimer = setTimeout(() => this.#end(idle), this.#options.idleMs)
      this.#idleTimer.unref()
    }
  }

  #start(): WorkerProcess<ComputeRequest, ComputeReply> {
    const { launcher, label } = this.#options
    const worker = launcher.launch<ComputeRequest, ComputeReply>('compute', { label, maxHeapMiB: HEAP_MIB })
    worker.onMessage((reply) => this.#accept(reply))
    worker.onExit((exit) => this.#onExit(worker, exit))
    return worker
  }

  /** Ends a worker that has nothing to do; it holds no state. */
  #end(worker: WorkerProcess<ComputeRequest, ComputeReply>): void {
    if (this.#worker === worker) this.#worker = undefined
    worker.kill()
  }

  #accept(reply: ComputeReply): void {
    const task = this.#posted.find(({ id }) => id === reply.id)
    if (!task) return
    if (reply.kind === 'progress') {
      if (!task.abandoned) task.onProgress?.(reply.done, reply.total)
      return
    }
    this.#posted = this.#posted.filter((other) => other !== task)
    if (reply.kind === 'done') task.resolve(reply.output)
    else task.reject(errorOf(reply.failure))
    this.#advance()
  }

  #abandon(task: Task): void {
    task.abandoned = true
    this.#waiting = this.#waiting.filter((other) => other !== task)
    const worker = this.#worker
    if (!this.#posted.includes(task) || !worker) return
    worker.post({ kind: 'cancel', id: task.id })
    setTimeout(() => {
      if (this.#posted.includes(task) && this.#worker === worker) worker.kill()
    }, CANCEL_GRACE_MS).unref()
  }

  #onExit(worker: WorkerProcess<ComputeRequest, ComputeReply>, exit: WorkerExit): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    const [culprit, ...others] = this.#posted.splice(0)
    if (!culprit) return
    this.#options.logger.warn({ exit, task: culprit.request.name }, 'the compute process ended unexpectedly')
    culprit.attempts += 1
    const again = culprit.attempts < MAX_ATTEMPTS ? [culprit, ...others] : others
    if (culprit.attempts >= MAX_ATTEMPTS) culprit.reject(deathOf(culprit.request, exit))
    this.#waiting.unshift(...again.filter((task) => !task.abandoned))
    this.#advance()
  }
}

function errorOf({ code, message }: ComputeFailure): Error {
  if (code === 'CANCELLED') return new WorkbenchError('CANCELLED', said`Stopped.`)
  if (code === 'INTERNAL') return new Error(message)
  return new WorkbenchError('MODEL_INVALID', message, { details: { reason: code } })
}

function deathOf({ name, input }: ComputeRequest & { kind: 'task' }, { code, signal, stderrTail }: WorkerExit): Error {
  const model = 'model' in input ? said` with ${input.model.path}` : ''
  const how = signal ? said`ended by ${signal}` : said`exit code ${code ?? '?'}`
  const lastLine = stderrTail.trim().split('\n').at(-1)
  return new WorkbenchError(
    'NOT_AVAILABLE',
    said`The process that runs models died twice (${how}) while it had to ${name}${model}. Often memory ran out: close other programs, or choose a smaller model.${lastLine ? said` It last said: ${lastLine}` : ''}`,
  )
}
