// The small plan: one layer's activations in memory at a time, at the price of a second forward pass. One graph a kind of layer serves
// all layers of that kind, because weights are inputs.
import { GraphBuilder, multiplyDims, type Value } from '../../ml/ir/index.ts'
import { l2Normalize } from '../../ml/nn/pooling.ts'
import { textVectors } from '../../ml/models/embedding-graph.ts'
import { declareInputs, type EncoderInputs } from '../../ml/models/encoder-inputs.ts'
import { encoderStages, type TransformerModelConfig } from '../../ml/models/encode-tokens.ts'
import type { EncoderStages } from '../../ml/models/encoder-stages.ts'
import { TRAINING_ERROR, TrainingError } from '../training-error.ts'
import { anyBatch, boundModel } from './encoder-definition.ts'
import { batchFeeds, type EncoderPlan, noiseFeeds, type PlanOptions, type TokenBatch } from './encoder-plan.ts'
import { addBackward, forwardOnly, trainingGraph, WeightTensors } from './gradient-outputs.ts'
import type { LoadedGraph } from './graph-memory.ts'
import type { GraphWeights, TrainableModel } from './trainable-model.ts'
import { type Feeds, floats, floatTensor, free, TrainingSession } from './training-session.ts'

/** `embed` and `head` stand before and after the layers; a number is a layer that stands for all of its kind. */
type Stage = 'embed' | 'head' | number

/** Runs an encoder layer by layer, recomputing each layer when its gradient is taken. */
export class LayerWisePlan implements EncoderPlan {
  readonly name = 'layer-wise'
  readonly #tensors: WeightTensors
  readonly #options: PlanOptions
  readonly #config: TransformerModelConfig
  readonly #stages: EncoderStages
  readonly #loaded = new Map<string, Promise<LoadedGraph>>()

  /** @throws TrainingError `TRAINING_MODEL` for static models, which have no layers */
  constructor(model: TrainableModel, gradients: Float32Array, options: PlanOptions = {}) {
    const { definition, folder } = model
    if (definition.model.kind === 'static')
      throw new TrainingError(
        TRAINING_ERROR.model,
        `${folder.path}: a static model has no layers. Choose the monolithic plan.`,
      )
    this.#tensors = new WeightTensors(model, gradients)
    this.#options = options
    this.#config = definition.model.config
    this.#stages = encoderStages(this.#config, definition.attention)
  }

  async embed(batch: TokenBatch, training: boolean): Promise<Float32Array> {
    let x = await this.#forward('embed', batch, training)
    for (let layer = 0; layer < this.#stages.layers; layer++)
      x = await lastUse(x, this.#forward(layer, batch, training, x))
    return lastUse(x, this.#forward('head', batch, training, x))
  }

  async backward(batch: TokenBatch, dVectors: Float32Array): Promise<void> {
    const { layers } = this.#stages
    const inputs = [await this.#forward('embed', batch, true)]
    for (let layer = 0; layer < layers; layer++) inputs.push(await this.#forward(layer, batch, true, inputs[layer]))
    const last = inputs.pop()!
    let gradient = (await lastUse(last, this.#backward('head', batch, last, dVectors)))!
    for (let layer = layers - 1; layer >= 0; layer--) {
      const x = inputs.pop()!
      gradient = (await lastUse(x, lastUse(gradient, this.#backward(layer, batch, x, gradient))))!
    }
    await lastUse(gradient, this.#backward('embed', batch, undefined, gradient))
  }

  async release(): Promise<void> {
    for (const stage of this.#loaded.values()) await (await stage).session.release()
    this.#loaded.clear()
  }

  async #forward(stage: Stage, batch: TokenBatch, training: boolean, x?: Float32Array): Promise<Float32Array> {
    const { session, weights } = await this.#load(stage, training ? 'training' : 'inference')
    return floats(await session.run(this.#feeds(stage, weights, batch, x)), 'output')
  }

  /** @returns the gradient of the stage's input; undefined for the embedding, whose input are token ids */
  async #backward(
    stage: Stage,
    batch: TokenBatch,
    x: Float32Array | undefined,
    dOutput: Float32Array,
  ): Promise<Float32Array | undefined> {
    const { session, weights, outputs } = await this.#load(stage, 'backward')
    if (stage === 'embed' && outputs.dense.length + outputs.tables.length === 0) return undefined
    const { feeds, into } = this.#tensors.sums(outputs, this.#nameIn(stage))
    const dims = stage === 'head' ? [batch.rows, this.#tensors.model.dimensions] : this.#tokenDims(batch)
    const results = await session.run(
      { ...this.#feeds(stage, weights, batch, x), ...feeds, 'output.gradient': floatTensor(dOutput, dims) },
      into,
    )
    this.#tensors.addRows(outputs, results)
    return stage === 'embed' ? undefined : floats(results, 'input.gradient')
  }

  #feeds(stage: Stage, weights: GraphWeights, batch: TokenBatch, x: Float32Array | undefined): Feeds {
    const sizes = { batch: batch.rows, sequence: batch.sequence }
    const layer = typeof stage === 'number' ? stage : 0
    return {
      ...this.#tensors.weights(weights.inputs, this.#nameIn(stage)),
      ...batchFeeds(batch),
      ...noiseFeeds(weights.noise, sizes, batch.noiseSeed + 7919 * layer),
      ...(x ? { input: floatTensor(x, this.#tokenDims(batch)) } : {}),
    }
  }

  #tokenDims({ rows, sequence }: TokenBatch): readonly number[] {
    return [rows * sequence, this.#config.hiddenSize]
  }

  /** From the names of the layer that a graph was built as to those of the layer it is run as. */
  #nameIn(stage: Stage): (name: string) => string {
    if (typeof stage !== 'number') return (name) => name
    const [from, to] = [this.#stages.prefix(this.#stages.likeLayer(stage)), this.#stages.prefix(stage)]
    return (name) => (name.startsWith(from) ? to + name.slice(from.length) : name)
  }

  #load(stage: Stage, mode: 'inference' | 'training' | 'backward'): Promise<LoadedGraph> {
    const built = typeof stage === 'number' ? this.#stages.likeLayer(stage) : stage
    const key = `${built}.${mode}`
    const known = this.#loaded.get(key)
    if (known) return known
    const loaded = this.#build(built, mode)
    this.#loaded.set(key, loaded)
    return loaded
  }

  async #build(stage: Stage, mode: 'inference' | 'training' | 'backward'): Promise<LoadedGraph> {
    const { model } = this.#tensors
    const g = new GraphBuilder(`${stage}.${mode}`)
    const weights = model.weights(mode !== 'inference')
    const inputs = declareInputs(g, anyBatch, { maxSequence: model.definition.maxTokens })
    const tokens = multiplyDims(inputs.batch, inputs.sequence)
    const x = stage === 'embed' ? undefined : g.input('input', 'float32', [tokens, this.#config.hiddenSize])
    const output = this.#output(g, stage, weights, inputs, x)
    let outputs = forwardOnly
    if (mode === 'backward') {
      const seed = g.input('output.gradient', 'float32', output.shape)
      outputs = addBackward(g, weights, [[output, seed]], x ? [x] : [])
      if (x) g.output('input.gradient', outputs.values[0]!)
    } else {
      g.output('output', output)
    }
    return { session: await TrainingSession.open(trainingGraph(g, outputs), this.#options.threads), weights, outputs }
  }

  #output(g: GraphBuilder, stage: Stage, weights: GraphWeights, inputs: EncoderInputs, x: Value | undefined): Value {
    const network = { g, parameters: weights.source }
    if (stage === 'embed') return this.#stages.embed(network, inputs)
    if (typeof stage === 'number')
      return g.scope(`layer.${stage}`, () => this.#stages.layer(network, inputs)(x!, stage))
    return this.#head(g, weights, inputs, this.#stages.finish(network, x!))
  }

  #head(g: GraphBuilder, weights: GraphWeights, inputs: EncoderInputs, tokens: Value): Value {
    const bound = boundModel(this.#tensors.model.definition, weights.source)
    if (bound.kind === 'static') throw new Error('static models have no head')
    return l2Normalize(g, textVectors({ g }, bound, inputs, tokens))
  }
}

/** Frees `input` after `work`, which is the last to read it: activations must not wait for the next garbage collection. */
async function lastUse<T>(input: Float32Array, work: Promise<T>): Promise<T> {
  const result = await work
  free(input)
  return result
}
