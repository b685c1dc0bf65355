// A model in training: every weight in memory, the trained ones in one flat buffer.
import { seededRandom } from '../../platform/seeded-random.ts'
import { readTensor, type TensorEntry } from '../../ml/checkpoint/safetensors.ts'
import type { Value } from '../../ml/ir/index.ts'
import { initialAdapterWeight, type LoraConfig, LoraParameters, type NoiseInput } from '../../ml/lora/index.ts'
import { parameterNames } from '../../ml/models/parameter-names.ts'
import { GraphBuilder } from '../../ml/ir/index.ts'
import type { ParameterSource } from '../../ml/nn/parameters.ts'
import { ParameterInputs, ParameterLayout } from '../../ml/optim/index.ts'
import type { ModelFolder } from '../../ml/session/model-folder.ts'
import { TRAINING_ERROR, TrainingError } from '../training-error.ts'
import { type EncoderDefinition, encoderDefinition, unitVectors } from './encoder-definition.ts'

/** `full` trains every weight of the graph, a LoRA configuration trains adapters on a frozen model. */
export type Tuning = 'full' | LoraConfig

export interface TrainableOptions {
  readonly tuning: Tuning
  /** Longest input in tokens; the model's own limit holds in any case. */
  readonly maxTokens: number
  /** For the first values of adapters. */
  readonly seed: number
  /** Overrides what the folder says: stage 1 makes decoders bidirectional. */
  readonly attention?: EncoderDefinition['attention']
  /** Adds what the objective reads besides the embedding graph (a language-model head), so that its weights are trained as well. */
  readonly alsoTrains?: (g: GraphBuilder, weights: GraphWeights, definition: EncoderDefinition) => void
}

/** How one training graph gets at the weights, and which of its inputs are trained. */
export interface GraphWeights {
  readonly source: ParameterSource
  /** Every weight the graph reads, as graph inputs. */
  readonly inputs: readonly Value[]
  /** Inputs whose gradients are wanted whole. */
  readonly dense: readonly Value[]
  /** Embedding tables whose gradients are wanted by rows. */
  readonly tables: readonly Value[]
  /** Random numbers to feed for dropout. */
  readonly noise: readonly NoiseInput[]
}

/** The weights of a model folder, ready to be trained. */
export class TrainableModel {
  readonly folder: ModelFolder
  readonly definition: EncoderDefinition
  readonly tuning: Tuning
  /** Order of the trained parameters in the flat buffers. */
  readonly layout: ParameterLayout
  /** The trained parameters, in shared memory. */
  readonly parameters: Float32Array
  readonly #frozen = new Map<string, Float32Array>()
  readonly #entryOf: (name: string) => TensorEntry | undefined

  private constructor(
    folder: ModelFolder,
    definition: EncoderDefinition,
    tuning: Tuning,
    layout: ParameterLayout,
    entryOf: (name: string) => TensorEntry | undefined,
  ) {
    this.folder = folder
    this.definition = definition
    this.tuning = tuning
    this.layout = layout
    this.parameters = new Float32Array(new SharedArrayBuffer(4 * layout.length))
    this.#entryOf = entryOf
  }

  /**
   * Reads all weights of a folder into memory: 4 bytes a parameter. Training takes as much again for the gradients of what is trained, and
   * twice that for the moments, see [Note: moments in a file].
   *
   * @throws TrainingError `UNSUPPORTED` for folders that hold a ready graph instead of weights; ModelError for damaged ones
   */
  static async open(folder: ModelFolder, options: TrainableOptions): Promise<TrainableModel> {
    const definition = encoderDefinition(folder, options)
    const entryOf = tensorLookup(folder)
    const has = (name: string) => entryOf(name) !== undefined
    const g = new GraphBuilder('layout')
    const weights = graphWeights(options.tuning, has, false)
    unitVectors(g, weights.source, definition)
    options.alsoTrains?.(g, weights, definition)
    const trained = [...weights.tables, ...weights.dense]
    const layout = new ParameterLayout(trained.map(({ name, shape }) => [name, shape as readonly number[]]))
    const model = new TrainableModel(folder, definition, options.tuning, layout, entryOf)
    const random = seededRandom(options.seed)
    for (const { name, shape } of layout.slots) {
      const values = has(name) ? await model.#read(name, shape) : initialAdapterWeight(name, shape, random)
      layout.view(model.parameters, name).set(values)
    }
    for (const { name, shape } of weights.inputs) {
      if (!layout.slots.some((slot) => slot.name === name))
        model.#frozen.set(name, await model.#read(name, shape as readonly number[]))
    }
    return model
  }

  get dimensions(): number {
    return this.definition.dimensions
  }

  /** What a graph over this model takes its weights from; one for each graph. */
  weights(training: boolean): GraphWeights {
    return graphWeights(this.tuning, (name) => this.#entryOf(name) !== undefined, training)
  }

  isTrained(name: string): boolean {
    return this.layout.slots.some((slot) => slot.name === name)
  }

  /** The live values of a weight: a view for what is trained. @throws Error when the model was not opened with it */
  values(name: string): Float32Array {
    const frozen = this.#frozen.get(name)
    return frozen ?? this.layout.view(this.parameters, name)
  }

  /** The name a weight has in the folder's files; undefined for adapters. */
  storedAs(name: string): TensorEntry | undefined {
    return this.#entryOf(name)
  }

  async #read(name: string, shape: readonly number[]): Promise<Float32Array> {
    const entry = this.#entryOf(name)
    if (!entry || entry.shape.join() !== shape.join()) {
      const found = entry ? `has shape [${entry.shape.join(', ')}]` : 'is missing'
      throw new TrainingError(
        TRAINING_ERROR.model,
        `${this.folder.path}: tensor "${name}" of shape [${shape.join(', ')}] ${found}. Get the folder again.`,
      )
    }
    return readTensor(entry)
  }
}

function graphWeights(tuning: Tuning, has: (name: string) => boolean, training: boolean): GraphWeights {
  const base = new ParameterInputs(has)
  if (tuning === 'full') {
    return {
      source: base,
      get inputs() {
        return base.all
      },
      get dense() {
        return base.parameters
      },
      get tables() {
        return base.tables
      },
      noise: [],
    }
  }
  const adapted = new LoraParameters(base, tuning, { training })
  const adapters = () => adapted.adapters.flatMap(({ a, b }) => [a, b])
  return {
    source: adapted,
    get inputs() {
      return [...base.all, ...adapters()]
    },
    get dense() {
      return adapters()
    },
    tables: [],
    get noise() {
      return adapted.noiseInputs
    },
  }
}

/** Finds a definition's parameter in the files; weights of a Dense module are called `2_Dense/linear.weight`. */
function tensorLookup(folder: ModelFolder): (name: string) => TensorEntry | undefined {
  const { source } = folder
  if (source.kind === 'onnx') {
    throw new TrainingError(
      TRAINING_ERROR.model,
      `${folder.path}: a ready-made ONNX graph cannot be trained. Choose a folder with model.safetensors.`,
    )
  }
  const config = source.kind === 'static' ? ({ family: 'static', modelType: 'static' } as const) : source.config
  const stored = parameterNames(config, source.weights.tensors.keys())
  return (name) => {
    const dense = folder.dense.find((module) => name.startsWith(`${module.path}/`))
    if (dense) return dense.weights.tensors.get(name.slice(dense.path.length + 1))
    const found = stored(name)
    return found === undefined ? undefined : source.weights.tensors.get(found)
  }
}
