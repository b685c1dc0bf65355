// Contrastive steps on a GPU: forward and backward pass, clipping and AdamW in one graph, weights and moments on the device all the time.
import { InferenceSession, type Tensor } from 'onnxruntime-node'
import { backward } from '../../ml/autodiff/index.ts'
import { GraphBuilder, model as onnxModel, multiplyDims, type Value, writeModel } from '../../ml/ir/index.ts'
import { retrievalLoss, type RetrievalObjective } from '../../ml/losses/index.ts'
import {
  type AdamWScalars,
  adamWScalars,
  adamWScalarValues,
  type AdamWSettings,
  adamWUpdate,
} from '../../ml/optim/index.ts'
import type { ContrastiveBatch } from './contrastive-batch.ts'
import { unitVectors } from './encoder-definition.ts'
import { batchFeeds, noiseFeeds, tokenBatch } from './encoder-plan.ts'
import type { GraphWeights, TrainableModel } from './trainable-model.ts'
import { type Feeds, floats, floatTensor } from './training-session.ts'

export interface DeviceStepOptions {
  readonly model: TrainableModel
  readonly objective: RetrievalObjective
  readonly settings: AdamWSettings
  readonly padId: number
  /** An execution provider that keeps tensors on its device; `webgpu` is the only one of onnxruntime-node 1.30 that does. */
  readonly device?: 'webgpu'
}

/** What a weight is kept as: itself and its two moments. */
const PARTS = ['parameter', 'm', 'v'] as const
type Part = (typeof PARTS)[number]
const stateName = (part: Part, name: string): string => (part === 'parameter' ? name : `${part}:${name}`)
const nextName = (part: Part, name: string): string => `next ${part}:${name}`

interface LoadedStep {
  readonly session: InferenceSession
  readonly weights: GraphWeights
}

/**
 * [Note: state on the device] Outputs asked for as GPU buffers come back as tensors that can be fed to the next run, of this session or
 * another one. So the weights a step made are the next step's inputs, and only token ids and a few numbers cross the bus. A GPU tensor
 * must never be read in JavaScript (`getData` ends the process): a session of Identity operators brings it home.
 */
export class DeviceContrastiveStep {
  readonly #options: DeviceStepOptions
  readonly #names: readonly string[]
  #loaded: Promise<LoadedStep> | undefined
  /** Weights and moments by graph input; on the CPU before the first step only. */
  #state: Record<string, Tensor>
  #frozen: Feeds | undefined
  #steps = 0

  constructor(options: DeviceStepOptions) {
    this.#options = options
    const { layout, parameters } = options.model
    this.#names = layout.slots.map(({ name }) => name)
    this.#state = Object.fromEntries(
      layout.slots.flatMap(({ name, shape, length }) =>
        PARTS.map((part): [string, Tensor] => {
          const values = part === 'parameter' ? layout.view(parameters, name) : new Float32Array(length)
          return [stateName(part, name), floatTensor(values, shape)]
        }),
      ),
    )
  }

  /** Where weights and moments are: `gpu-buffer` after the first step. */
  get locations(): ReadonlySet<string> {
    return new Set(Object.values(this.#state).map(({ location }) => location))
  }

  /**
   * Takes a step. The batch has to fit into the device's memory as a whole.
   *
   * @returns the loss before the step, and the norm of its gradient before clipping; NaN where it is not finite
   */
  async run(
    batch: ContrastiveBatch,
    { learningRate, maxNorm = Infinity }: { readonly learningRate: number; readonly maxNorm?: number },
  ): Promise<{ readonly loss: number; readonly gradientNorm: number }> {
    const { padId, settings } = this.#options
    const { session, weights } = await (this.#loaded ??= this.#load())
    const queries = tokenBatch(batch.queries, padId, batch.noiseSeed)
    const passages = tokenBatch(batch.passages, padId, batch.noiseSeed)
    const sizes = { queries: queries.rows, querySequence: queries.sequence, passageSequence: passages.sequence }
    const scalars = { ...adamWScalarValues(settings, this.#steps + 1, learningRate), maxNorm: Math.min(maxNorm, 3e38) }
    const results = await session.run({
      ...(this.#frozen ??= await this.#upload(weights)),
      ...this.#state,
      ...batchFeeds(queries, 'query.'),
      ...batchFeeds(passages, 'passage.'),
      ...noiseFeeds(weights.noise, sizes, batch.noiseSeed),
      ...Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, scalar(value)])),
      positives: floatTensor(batch.positives, [queries.rows, batch.positives.length / queries.rows]),
    })
    this.#steps++
    const before = this.#state
    this.#state = this.#eachPart((part, name) => [stateName(part, name), results[nextName(part, name)]!])
    for (const tensor of Object.values(before)) tensor.dispose()
    return { loss: floats(results, 'loss')[0]!, gradientNorm: floats(results, 'gradientNorm')[0]! }
  }

  /** Brings weights and moments home, in the order of the model's layout: for checkpoints, evaluation and the finished model. */
  async download(): Promise<{ readonly step: number } & Readonly<Record<Part, Float32Array>>> {
    const { layout } = this.#options.model
    const found = await copy(this.#state, 'cpu')
    const flat = (part: Part): Float32Array => {
      const values = new Float32Array(layout.length)
      for (const name of this.#names) layout.view(values, name).set(floats(found, stateName(part, name)))
      return values
    }
    return { step: this.#steps, parameter: flat('parameter'), m: flat('m'), v: flat('v') }
  }

  async release(): Promise<void> {
    for (const tensor of [...Object.values(this.#state), ...Object.values(this.#frozen ?? {})]) tensor.dispose()
    await (await this.#loaded)?.session.release()
  }

  #eachPart(entry: (part: Part, name: string) => readonly [string, Tensor]): Record<string, Tensor> {
    return Object.fromEntries(this.#names.flatMap((name) => PARTS.map((part) => entry(part, name))))
  }

  /** Weights that are not trained cross the bus once. */
  async #upload({ inputs }: GraphWeights): Promise<Feeds> {
    const { model } = this.#options
    const frozen = inputs.filter(({ name }) => !model.isTrained(name))
    return copy(
      Object.fromEntries(
        frozen.map(({ name, shape }) => [name, floatTensor(model.values(name), shape as readonly number[])]),
      ),
      'gpu-buffer',
    )
  }

  async #load(): Promise<LoadedStep> {
    const { model, objective, settings } = this.#options
    const g = new GraphBuilder('device-step')
    const weights = model.weights(true)
    const all = multiplyDims('queries', objective.group)
    const encode = (prefix: string, batch: number | string, sequence: string) =>
      g.scope(prefix, () => unitVectors(g, weights.source, model.definition, { batch, sequence, prefix: `${prefix}.` }))
    const queries = encode('query', 'queries', 'querySequence')
    const passages = encode('passage', all, 'passageSequence')
    const positives = g.input('positives', 'float32', [
      'queries',
      objective.negatives === 'in-batch' ? all : objective.group,
    ])
    const loss = retrievalLoss(g, queries, passages, { positives }, objective)
    // Whole gradients of the tables too: on a GPU adding up rows is no race, and nothing has to come home for it.
    const trained = this.#names.map((name) =>
      [...weights.dense, ...weights.tables].find((value) => value.name === name)!,
    )
    const { variables } = backward(g, [[loss, g.scalar(1)]], trained)
    const norm = gradientNorm(g, variables)
    g.output('loss', loss)
    g.output('gradientNorm', norm)
    const scalars = { ...adamWScalars(g), gradScale: clipFactor(g, norm) }
    for (const [index, parameter] of trained.entries())
      this.#addUpdate(g, parameter, variables[index]!, scalars, settings)
    const location = Object.fromEntries(
      this.#names.flatMap((name) => PARTS.map((part) => [nextName(part, name), 'gpu-buffer' as const])),
    )
    return { session: await openOnDevice(g, { loss: 'cpu', gradientNorm: 'cpu', ...location }), weights }
  }

  #addUpdate(g: GraphBuilder, parameter: Value, gradient: Value, scalars: AdamWScalars, settings: AdamWSettings): void {
    const { name, shape } = parameter
    const moment = (part: 'm' | 'v') => g.input(stateName(part, name), 'float32', shape)
    const before = { parameter, m: moment('m'), v: moment('v') }
    const { decays } = this.#options.model.layout.slot(name)
    const after = g.scope(name, () => adamWUpdate(g, before, gradient, scalars, settings, decays))
    for (const part of PARTS) g.output(nextName(part, name), after[part])
  }
}

function scalar(value: number): Tensor {
  return floatTensor(Float32Array.of(value), [])
}

/** Euclidean norm of all gradients together: a scalar. */
function gradientNorm(g: GraphBuilder, gradients: readonly Value[]): Value {
  const squares = gradients.map((gradient) => g.reduceSum(g.mul(gradient, gradient), [...gradient.shape.keys()], false))
  return g.sqrt(squares.reduce((sum, square) => g.add(sum, square)))
}

/** What brings a gradient of `norm` down to the input `maxNorm`, see `clipFactor` in ml/optim. */
function clipFactor(g: GraphBuilder, norm: Value): Value {
  return g.min(g.div(g.input('maxNorm', 'float32', []), g.add(norm, 1e-6)), 1)
}

type Location = 'cpu' | 'gpu-buffer'

function openOnDevice(g: GraphBuilder, locations: Readonly<Record<string, Location>>): Promise<InferenceSession> {
  return InferenceSession.create(writeModel(onnxModel(g.build())), {
    executionProviders: ['webgpu', 'cpu'],
    graphOptimizationLevel: 'disabled',
    enableMemPattern: false,
    logSeverityLevel: 3,
    preferredOutputLocation: locations,
  })
}

/** Copies tensors between CPU and device, by a graph that does nothing else. */
async function copy(tensors: Feeds, to: Location): Promise<Feeds> {
  const entries = Object.entries(tensors)
  if (entries.length === 0) return {}
  const g = new GraphBuilder('copy')
  for (const [name, { dims }] of entries) g.output(`copy:${name}`, g.node('Identity', [g.input(name, 'float32', dims)]))
  const session = await openOnDevice(g, Object.fromEntries(entries.map(([name]) => [`copy:${name}`, to])))
  const results = await session.run(tensors)
  await session.release()
  return Object.fromEntries(entries.map(([name]) => [name, results[`copy:${name}`]!]))
}
