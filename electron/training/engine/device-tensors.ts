// Tensors that stay on a device, and the graphs that do nothing but move or combine them.
import type { Tensor } from 'onnxruntime-node'
import { GraphBuilder } from '../../ml/ir/index.ts'
import { type Feeds, floatTensor, type ResidentDevice, TrainingSession } from './training-session.ts'

/** Tensors by name. Replaced ones are freed at once: see [Note: sessions outlive their tensors]. */
export class DeviceTensors {
  readonly #tensors = new Map<string, Tensor>()

  has(name: string): boolean {
    return this.#tensors.has(name)
  }

  get size(): number {
    return this.#tensors.size
  }

  /** @throws Error when there is none */
  get(name: string): Tensor {
    const tensor = this.#tensors.get(name)
    if (!tensor) throw new Error(`${name} is not on the device`)
    return tensor
  }

  set(name: string, tensor: Tensor): void {
    this.#tensors.get(name)?.dispose()
    this.#tensors.set(name, tensor)
  }

  clear(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose()
    this.#tensors.clear()
  }
}

/**
 * Brings tensors home, by a graph that copies them: `getData` of a tensor on a device ends the process.
 *
 * @returns tensors in this process's memory, under the same names
 */
export async function download(device: ResidentDevice, tensors: Feeds): Promise<Feeds> {
  const session = await openCopy(device, tensors, [])
  try {
    return unprefixed(await session.run(tensors))
  } finally {
    await session.release()
  }
}

/** Copies tensors to a device. @returns what they are there, and the session that has to outlive them */
export async function upload(
  device: ResidentDevice,
  tensors: Feeds,
): Promise<{ readonly tensors: Feeds; readonly session: TrainingSession }> {
  const session = await openCopy(device, tensors, Object.keys(tensors).map(copied))
  return { tensors: unprefixed(await session.run(tensors)), session }
}

/** Why a device cannot be used at all, such as a missing adapter; undefined when it can. */
export async function deviceProblem(device: ResidentDevice): Promise<unknown> {
  try {
    const { tensors, session } = await upload(device, { probe: floatTensor(Float32Array.of(1), [1]) })
    for (const tensor of Object.values(tensors)) tensor.dispose()
    await session.release()
    return undefined
  } catch (error) {
    return error
  }
}

const COPY = 'copy:'
const copied = (name: string): string => COPY + name

function openCopy(device: ResidentDevice, tensors: Feeds, resident: readonly string[]): Promise<TrainingSession> {
  const g = new GraphBuilder('copy')
  for (const [name, { dims }] of Object.entries(tensors))
    g.output(copied(name), g.node('Identity', [g.input(name, 'float32', dims)]))
  return TrainingSession.openOnDevice(g.build(), device, resident)
}

function unprefixed(results: Feeds): Feeds {
  return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name.slice(COPY.length), tensor]))
}
