// The whole way from token ids to text vectors or relevance scores, as one ONNX graph.
import { GraphBuilder, type Dim, type Graph, type Value } from '../ir/index.ts'
import { activate } from '../nn/activation.ts'
import { linear, type Network, type ParameterSource } from '../nn/parameters.ts'
import { pool, type Pooling } from '../nn/pooling.ts'
import type { Attention } from './config.ts'
import { crossEncoderLogits, type CrossEncoderConfig } from './cross-encoder.ts'
import { declareInputs, type EncoderInputs } from './encoder-inputs.ts'
import { encodeTokens, type TransformerModelConfig } from './encode-tokens.ts'
import type { DenseModule } from './sentence-modules.ts'
import { encodeStatic, type StaticLayout } from './static.ts'

/** Output names; `sentence_embedding` is what sentence-transformers calls it in exported models. */
export const OUTPUT_NAMES = { embedding: 'sentence_embedding', score: 'score' } as const

/** One graph for every batch: sizes are symbols, read off the inputs at run time. */
const ANY_SIZE: { batch: Dim; sequence: Dim } = { batch: 'batch', sequence: 'sequence' }

export type EmbeddingModel =
  | {
      readonly kind: 'transformer'
      readonly config: TransformerModelConfig
      readonly pooling: Pooling
      readonly dense: readonly { readonly module: DenseModule; readonly parameters: ParameterSource }[]
      readonly attention: Attention | undefined
    }
  | { readonly kind: 'static'; readonly layout: StaticLayout; readonly mapping: ArrayLike<number> | undefined }

/**
 * Inference graph of an embedding model: `input_ids`, `attention_mask` (int64 `[batch, sequence]`) ->
 * `sentence_embedding` `[batch, dimensions]`, not normalized.
 *
 * @param maxSequence longest sequence of any run; what the model allows when left out
 */
export function buildEmbeddingGraph(model: EmbeddingModel, parameters: ParameterSource, maxSequence?: number): Graph {
  const g = new GraphBuilder('embedding')
  const inputs = declareInputs(g, ANY_SIZE, { maxSequence })
  g.output(OUTPUT_NAMES.embedding, embed({ g, parameters }, model, inputs))
  return g.build()
}

/**
 * Vectors `[batch, dimensions]` of texts, not normalized: tokens, pooling, dense layers. For graphs that go on from
 * here, such as a training step.
 */
export function embed(network: Network, model: EmbeddingModel, inputs: EncoderInputs): Value {
  if (model.kind === 'static') return encodeStatic(network, model.layout, inputs, model.mapping)
  return textVectors(network, model, inputs, encodeTokens(network, model.config, inputs, model.attention))
}

/** The part of `embed` after the token vectors `[batch*sequence, hidden]`: pooling and dense layers. */
export function textVectors(
  { g }: Pick<Network, 'g'>,
  model: Extract<EmbeddingModel, { kind: 'transformer' }>,
  inputs: EncoderInputs,
  tokens: Value,
): Value {
  const shaped = g.reshape(tokens, [inputs.batch, inputs.sequence, model.config.hiddenSize])
  let vectors = g.scope('pooling', () => pool(g, model.pooling, shaped, inputs.mask, inputs))
  for (const { module, parameters } of model.dense) {
    const { inputs: size, outputs, bias, activation } = module
    vectors = g.scope(module.path, () =>
      linear({ g, parameters }, vectors, { name: 'linear', inputs: size, outputs, bias }),
    )
    if (activation) vectors = activate(g, activation, vectors)
  }
  return vectors
}

/** Inference graph of a cross-encoder: pairs with their segments -> `score` `[batch]`, logits. */
export function buildCrossEncoderGraph(
  config: CrossEncoderConfig,
  parameters: ParameterSource,
  maxSequence?: number,
): Graph {
  const g = new GraphBuilder('cross-encoder')
  const inputs = declareInputs(g, ANY_SIZE, { typeIds: usesSegments(config), maxSequence })
  g.output(OUTPUT_NAMES.score, crossEncoderLogits({ g, parameters }, config, inputs))
  return g.build()
}

/** Whether the two texts of a pair are told apart by segment ids. */
export function usesSegments({ encoder }: CrossEncoderConfig): boolean {
  return encoder.family === 'post-norm' && encoder.typeVocabularySize > 1
}
