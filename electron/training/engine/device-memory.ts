// Weights and gradients of a model on a device: only token ids, vectors and a few numbers cross the bus.
import type { Tensor } from 'onnxruntime-node'
import { backward, type Seed } from '../../ml/autodiff/index.ts'
import { type Graph, GraphBuilder, type Value } from '../../ml/ir/index.ts'
import type { ParameterLayout, ParameterSlot } from '../../ml/optim/index.ts'
import { DeviceTensors, download, upload } from './device-tensors.ts'
import { gradientNames, type GradientOutputs, trainingGraph } from './gradient-outputs.ts'
import type { GraphMemory, LoadedGraph } from './graph-memory.ts'
import type { GraphWeights, TrainableModel } from './trainable-model.ts'
import { type Feeds, floats, floatTensor, type ResidentDevice, TrainingSession } from './training-session.ts'

/** GPUs compile some operators anew for a new shape. */
const LENGTH_STEP = 16

/** Elements that one graph makes new values of, beside the old ones: 64 MiB. */
const GROUP_ELEMENTS = 1 << 24

/**
 * [Note: state on the device] Outputs asked for as GPU buffers come back as tensors that can be fed to the next run, of this session or
 * another one. So weights are uploaded once, the gradients of a microbatch are added to those before it without coming home, and the
 * weights that an update makes are the next step's inputs.
 */
export class DeviceMemory implements GraphMemory {
  readonly model: TrainableModel
  readonly device: ResidentDevice
  readonly lengthStep = LENGTH_STEP
  /** By graph input, frozen ones among them; uploaded when a graph first reads them. */
  readonly weights = new DeviceTensors()
  /** By parameter; none at the start of a step. */
  readonly gradients = new DeviceTensors()
  /** The trained parameters in pieces that are worked on one after the other. */
  readonly groups: readonly (readonly ParameterSlot[])[]
  readonly #uploads: TrainingSession[] = []
  readonly #sums = new Map<number, Promise<TrainingSession>>()

  /** @param groupElements of the trained parameters that are worked on at a time, but for one that is larger by itself */
  constructor(model: TrainableModel, device: ResidentDevice, groupElements: number = GROUP_ELEMENTS) {
    this.model = model
    this.device = device
    this.groups = inGroups(model.layout, groupElements)
  }

  /** Whole gradients of the tables too: on a GPU adding up rows is no race, and nothing has to come home for it. */
  addBackward(g: GraphBuilder, weights: GraphWeights, seeds: readonly Seed[]): GradientOutputs {
    const trained = [...weights.dense, ...weights.tables]
    const forwardNodes = g.nodes.length
    const { variables } = backward(g, seeds, trained)
    for (const [index, { name }] of trained.entries()) g.output(gradientNames.result(name), variables[index]!)
    return { dense: trained.map(({ name }) => name), tables: [], values: [], forwardNodes }
  }

  async load(g: GraphBuilder, weights: GraphWeights, outputs: GradientOutputs): Promise<LoadedGraph> {
    return {
      session: await this.open(trainingGraph(g, outputs), outputs.dense.map(gradientNames.result)),
      weights,
      outputs,
    }
  }

  /** @param resident outputs that stay on the device */
  open(graph: Graph, resident: readonly string[] = []): Promise<TrainingSession> {
    return TrainingSession.openOnDevice(graph, this.device, resident)
  }

  async run({ session, weights, outputs }: LoadedGraph, feeds: Feeds): Promise<Feeds> {
    const results = await session.run({ ...(await this.#lend(weights.inputs)), ...feeds })
    if (outputs.dense.length > 0) await this.#add((name) => results[gradientNames.result(name)]!)
    return results
  }

  async close({ session }: LoadedGraph): Promise<void> {
    this.gradients.clear()
    await session.release()
  }

  /** Puts tensors on the device for as long as this memory lives. */
  async place(tensors: Feeds, into: DeviceTensors): Promise<void> {
    const { tensors: placed, session } = await upload(this.device, tensors)
    this.#uploads.push(session)
    for (const [name, tensor] of Object.entries(placed)) into.set(name, tensor)
  }

  /** Brings the trained weights into the model's own buffer. Before they were uploaded they are those. */
  async bringHome(): Promise<void> {
    const { parameters } = this.model
    await this.copyHome(
      this.weights,
      (name) => name,
      ({ offset }, values) => parameters.set(values, offset),
    )
  }

  /** The gradients so far, in the order of the model's layout. */
  async flatGradients(): Promise<Float32Array> {
    const flat = new Float32Array(this.model.layout.length)
    await this.copyHome(
      this.gradients,
      (name) => name,
      ({ offset }, values) => flat.set(values, offset),
    )
    return flat
  }

  /** Reads what the device has for each trained parameter; nothing where it has none yet. @param key of a parameter in `tensors` */
  async copyHome(
    tensors: DeviceTensors,
    key: (parameter: string) => string,
    found: (slot: ParameterSlot, values: Float32Array) => void,
  ): Promise<void> {
    for (const group of this.groups) {
      const present = group.filter(({ name }) => tensors.has(key(name)))
      const feeds = Object.fromEntries(present.map(({ name }) => [key(name), tensors.get(key(name))]))
      if (present.length === 0) continue
      const home = await download(this.device, feeds)
      for (const slot of present) found(slot, floats(home, key(slot.name)))
    }
  }

  /** Frees everything; graphs are closed and further tensors cleared before. See [Note: sessions outlive their tensors]. */
  async release(): Promise<void> {
    this.weights.clear()
    this.gradients.clear()
    for (const session of await Promise.all([...this.#uploads, ...this.#sums.values()])) await session.release()
  }

  async #lend(inputs: readonly Value[]): Promise<Feeds> {
    const missing = inputs.filter(({ name }) => !this.weights.has(name))
    const tensors = missing.map(({ name, shape }): [string, Tensor] => [
      name,
      floatTensor(this.model.values(name), shape as readonly number[]),
    ])
    if (missing.length > 0) await this.place(Object.fromEntries(tensors), this.weights)
    return Object.fromEntries(inputs.map(({ name }) => [name, this.weights.get(name)]))
  }

  /** Adds a microbatch's gradients to those so far; those of the first are the sum. */
  async #add(fresh: (parameter: string) => Tensor): Promise<void> {
    if (this.gradients.size === 0) {
      for (const { name } of this.model.layout.slots) this.gradients.set(name, fresh(name))
      return
    }
    for (const [number, group] of this.groups.entries()) {
      const session = await this.#sum(number, group)
      const pairs = group.flatMap(({ name }) => [
        [`sum:${name}`, this.gradients.get(name)] as const,
        [`fresh:${name}`, fresh(name)] as const,
      ])
      const results = await session.run(Object.fromEntries(pairs))
      for (const { name } of group) {
        this.gradients.set(name, results[`next:${name}`]!)
        fresh(name).dispose()
      }
    }
  }

  #sum(number: number, group: readonly ParameterSlot[]): Promise<TrainingSession> {
    const known = this.#sums.get(number)
    if (known) return known
    const g = new GraphBuilder('gradient-sum')
    for (const { name, shape } of group) {
      const [sum, fresh] = [g.input(`sum:${name}`, 'float32', shape), g.input(`fresh:${name}`, 'float32', shape)]
      g.output(`next:${name}`, g.add(sum, fresh))
    }
    const session = this.open(
      g.build(),
      group.map(({ name }) => `next:${name}`),
    )
    this.#sums.set(number, session)
    return session
  }
}

function inGroups({ slots }: ParameterLayout, elements: number): readonly (readonly ParameterSlot[])[] {
  const groups: ParameterSlot[][] = []
  let size = Infinity
  for (const slot of slots) {
    if (size + slot.length > elements) {
      groups.push([])
      size = 0
    }
    groups.at(-1)!.push(slot)
    size += slot.length
  }
  return groups
}
