// onnxruntime sessions for graphs whose weights are inputs and whose gradients are added up in place.
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { type Graph, model, writeModel } from '../../ml/ir/index.ts'
import { TRAINING_ERROR, TrainingError } from '../training-error.ts'

/** Devices that keep tensors between runs; `webgpu` is the only one of onnxruntime-node 1.30 that does (TRAIN-NOTES section 4). */
export type ResidentDevice = 'webgpu'

export type Feeds = Readonly<Record<string, Tensor>>

/** One graph, loaded. One run at a time. */
export class TrainingSession {
  readonly inputs: ReadonlySet<string>
  readonly #session: InferenceSession
  readonly #device: ResidentDevice | undefined

  private constructor(session: InferenceSession, device?: ResidentDevice) {
    this.#session = session
    this.#device = device
    this.inputs = new Set(session.inputNames)
  }

  /**
   * [Note: no graph optimizations] They bring nothing here (TRAIN-NOTES section 3) and merging common subexpressions could undo
   * recomputation. The memory pattern is off as well: sizes differ from run to run, and it holds 0.9 GB for a 33 M model.
   */
  static open(graph: Graph, threads?: number): Promise<TrainingSession> {
    return TrainingSession.#create(graph, {
      executionProviders: ['cpu'],
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    })
  }

  /**
   * Loads a graph on a device. Operators that the device lacks run on the CPU.
   *
   * [Note: sessions outlive their tensors] A tensor on a device is freed through the session that made it, also when another session
   * was the last to read it: disposing of one whose session was released before ends the process (SIGSEGV). One that nobody disposes of
   * is freed by the garbage collector, which is too late as well.
   *
   * @param resident outputs that stay on the device: dispose of them before this session is released
   * @throws the runtime's error where there is no such device
   */
  static openOnDevice(graph: Graph, device: ResidentDevice, resident: readonly string[]): Promise<TrainingSession> {
    const stays = new Set(resident)
    const locations = graph.outputs.map(({ name }) => [name, stays.has(name) ? 'gpu-buffer' : 'cpu'] as const)
    return TrainingSession.#create(
      graph,
      {
        executionProviders: [device, 'cpu'],
        preferredOutputLocation: Object.fromEntries(locations),
      },
      device,
    )
  }

  static async #create(
    graph: Graph,
    options: InferenceSession.SessionOptions,
    device?: ResidentDevice,
  ): Promise<TrainingSession> {
    const session = await InferenceSession.create(writeModel(model(graph)), {
      graphOptimizationLevel: 'disabled',
      enableMemPattern: false,
      logSeverityLevel: 3,
      ...options,
    })
    return new TrainingSession(session, device)
  }

  /**
   * Runs the graph.
   *
   * @param into outputs that are written into existing buffers; the others come back in new ones
   * @throws TrainingError `TRAINING_MEMORY` when the runtime cannot allocate, `TRAINING_DEVICE` when a device fails otherwise
   */
  async run(feeds: Feeds, into: Feeds = {}): Promise<Feeds> {
    const fetches = Object.fromEntries(this.#session.outputNames.map((name) => [name, into[name] ?? null]))
    try {
      const results = await this.#session.run(feeds, fetches)
      for (const [name, { data }] of Object.entries(into)) freeCopy(results[name], data)
      return results
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause)
      if (/bad_alloc|failed to allocate|out of memory|allocat.* memory/i.test(message))
        throw new TrainingError(TRAINING_ERROR.memory, message, { cause })
      if (this.#device === undefined) throw cause
      throw new TrainingError(
        TRAINING_ERROR.device,
        `The graphics card failed: ${message.split('\n')[0]} The last checkpoint is kept: resume the run, on the processor (device "cpu") if it happens again.`,
        { cause },
      )
    }
  }

  release(): Promise<void> {
    return this.#session.release()
  }
}

/**
 * The runtime writes into the buffer it was given and returns a copy of it beside that (TRAIN-NOTES section 3): as large as all
 * gradients together, and kept until the next garbage collection unless its memory is moved away.
 */
function freeCopy(copy: Tensor | undefined, original: Tensor['data']): void {
  if (copy?.type === 'float32' && ArrayBuffer.isView(original)) free(copy.data as Float32Array, original)
}

/** Gives the memory of an array back at once; it is empty afterwards. @param keep nothing happens where the two share memory */
export function free({ buffer }: Float32Array, keep?: ArrayBufferView): void {
  if (buffer instanceof ArrayBuffer && buffer !== keep?.buffer) buffer.transfer(0)
}

export function floatTensor(data: Float32Array, dims: readonly number[]): Tensor {
  return new Tensor('float32', data, dims)
}

/** @throws Error when the output is missing or no float32 tensor */
export function floats(outputs: Feeds, name: string): Float32Array {
  const tensor = outputs[name]
  if (tensor?.type !== 'float32') throw new Error(`training graph output ${name} is missing`)
  return tensor.data as Float32Array
}
