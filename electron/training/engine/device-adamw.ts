// AdamW on a device: moments beside the weights, and only the norm of the gradient comes home.
import { GraphBuilder, type Value } from '../../ml/ir/index.ts'
import {
  adamWScalars,
  adamWScalarValues,
  type AdamWSettings,
  adamWUpdate,
  clipFactor,
  MemoryMoments,
  type Moment,
  MOMENTS,
  type Moments,
  type ParameterSlot,
  type StepOptions,
} from '../../ml/optim/index.ts'
import type { DeviceMemory } from './device-memory.ts'
import { DeviceTensors } from './device-tensors.ts'
import { floats, floatTensor, type TrainingSession } from './training-session.ts'

const momentName = (moment: Moment, parameter: string): string => `${moment}:${parameter}`
const gradientName = (parameter: string): string => `gradient:${parameter}`
const nextName = (name: string): string => `next:${name}`

/** The optimizer of `AdamW`, over weights and gradients of a device. */
export class DeviceAdamW {
  readonly #memory: DeviceMemory
  readonly #settings: AdamWSettings
  readonly #moments = new DeviceTensors()
  readonly #updates = new Map<number, Promise<TrainingSession>>()
  #norm: Promise<TrainingSession> | undefined
  /** Where the moments begin, until they are uploaded; undefined: at zero. */
  #start: Moments | undefined
  #steps = 0

  constructor(memory: DeviceMemory, settings: AdamWSettings) {
    this.#memory = memory
    this.#settings = settings
  }

  /**
   * One step with the gradients gathered so far, which are gone afterwards.
   *
   * @returns the norm of the gradient before clipping; where it is not finite the weights are as before
   */
  async step({ learningRate, maxNorm = Infinity }: StepOptions): Promise<number> {
    const { gradients } = this.#memory
    const gradientNorm = await this.#gradientNorm()
    if (Number.isFinite(gradientNorm)) {
      this.#steps++
      const values = adamWScalarValues(this.#settings, this.#steps, learningRate, clipFactor(gradientNorm, maxNorm))
      for (const [number, group] of this.#memory.groups.entries()) await this.#update(number, group, values)
    }
    gradients.clear()
    return gradientNorm
  }

  /** Both moments, in this process's memory. */
  async moments(): Promise<Moments> {
    if (this.#start) return this.#start
    const moments = new MemoryMoments(this.#memory.model.layout.length)
    for (const moment of MOMENTS)
      await this.#memory.copyHome(
        this.#moments,
        (name) => momentName(moment, name),
        ({ offset }, values) => moments.write(moment, offset, values),
      )
    return moments
  }

  /** Goes on from moments after so many steps. */
  resumeAfter(steps: number, moments: Moments): void {
    this.#moments.clear()
    this.#start = moments
    this.#steps = steps
  }

  async release(): Promise<void> {
    this.#moments.clear()
    // The weights are tensors of the last update.
    this.#memory.weights.clear()
    for (const session of this.#updates.values()) await (await session).release()
    await (await this.#norm)?.release()
  }

  async #gradientNorm(): Promise<number> {
    const { layout } = this.#memory.model
    const session = await (this.#norm ??= this.#openNorm())
    const feeds = layout.slots.map(({ name }) => [gradientName(name), this.#memory.gradients.get(name)] as const)
    return Math.sqrt(floats(await session.run(Object.fromEntries(feeds)), 'sumOfSquares')[0]!)
  }

  #openNorm(): Promise<TrainingSession> {
    const g = new GraphBuilder('gradient-norm')
    const sums = this.#memory.model.layout.slots.map(({ name, shape }) =>
      sumOfSquares(g, g.input(gradientName(name), 'float32', shape)),
    )
    g.output(
      'sumOfSquares',
      sums.reduce((sum, square) => g.add(sum, square)),
    )
    return this.#memory.open(g.build())
  }

  async #update(
    number: number,
    group: readonly ParameterSlot[],
    scalars: Readonly<Record<string, number>>,
  ): Promise<void> {
    const { weights, gradients } = this.#memory
    if (group.some(({ name }) => !this.#moments.has(momentName('m', name)))) await this.#upload(group)
    const session = await (this.#updates.get(number) ?? this.#openUpdate(number, group))
    const tensors = group.flatMap(({ name }) => [
      [name, weights.get(name)] as const,
      [gradientName(name), gradients.get(name)] as const,
      ...MOMENTS.map((moment) => [momentName(moment, name), this.#moments.get(momentName(moment, name))] as const),
    ])
    const numbers = Object.entries(scalars).map(
      ([name, value]) => [name, floatTensor(Float32Array.of(value), [])] as const,
    )
    const results = await session.run(Object.fromEntries([...tensors, ...numbers]))
    for (const { name } of group) {
      weights.set(name, results[nextName(name)]!)
      for (const moment of MOMENTS)
        this.#moments.set(momentName(moment, name), results[nextName(momentName(moment, name))]!)
    }
  }

  async #upload(group: readonly ParameterSlot[]): Promise<void> {
    const tensors = group.flatMap(({ name, shape, offset, length }) =>
      MOMENTS.map((moment) => {
        const values = this.#start?.read(moment, offset, length) ?? new Float32Array(length)
        return [momentName(moment, name), floatTensor(values, shape)] as const
      }),
    )
    await this.#memory.place(Object.fromEntries(tensors), this.#moments)
    if (group === this.#memory.groups.at(-1)) this.#start = undefined
  }

  #openUpdate(number: number, group: readonly ParameterSlot[]): Promise<TrainingSession> {
    const g = new GraphBuilder('adamw')
    const scalars = adamWScalars(g)
    const outputs: string[] = []
    for (const { name, shape, decays } of group) {
      const input = (of: string) => g.input(of, 'float32', shape)
      const before = { parameter: input(name), m: input(momentName('m', name)), v: input(momentName('v', name)) }
      const gradient = input(gradientName(name))
      const after = g.scope(name, () => adamWUpdate(g, before, gradient, scalars, this.#settings, decays))
      for (const [kept, value] of [
        [name, after.parameter],
        [momentName('m', name), after.m],
        [momentName('v', name), after.v],
      ] as const) {
        g.output(nextName(kept), value)
        outputs.push(nextName(kept))
      }
    }
    const session = this.#memory.open(g.build(), outputs)
    this.#updates.set(number, session)
    return session
  }
}

/** Rows first: one thread an element of the result adds up what it is made of. */
function sumOfSquares(g: GraphBuilder, x: Value): Value {
  const rows = g.reduceSum(g.mul(x, x), [x.shape.length - 1], false)
  return rows.shape.length === 0 ? rows : g.reduceSum(rows, [...rows.shape.keys()], false)
}
