// Does a token see those after it? Asked by changing the last one.
import { GraphBuilder } from '../../ml/ir/index.ts'
import type { Attention } from '../../ml/models/config.ts'
import { declareInputs } from '../../ml/models/encoder-inputs.ts'
import { encodeTokens } from '../../ml/models/encode-tokens.ts'
import { batchFeeds, tokenBatch } from '../engine/encoder-plan.ts'
import { WeightTensors } from '../engine/gradient-outputs.ts'
import type { TrainableModel } from '../engine/trainable-model.ts'
import { floats, TrainingSession } from '../engine/training-session.ts'
import { probeTexts } from './probe-model.ts'

/** A trained decoder may look almost only at the first token from there (an attention sink), so one text does not say enough. */
const TEXTS = 8

/**
 * How much the first token's state in the last layer changes when the last token of the text is another one: the length of the change
 * relative to that of the state, the largest of some texts. Exactly 0 under the causal mask; far from 0 where attention looks both ways.
 *
 * @param attention the mask to try; encoders have only one and ignore it
 * @throws Error for static models, which have no states
 */
export async function firstStateChange(model: TrainableModel, attention: Attention, threads?: number): Promise<number> {
  const { definition, folder } = model
  if (definition.model.kind === 'static') throw new Error(`${folder.path}: a static model has no attention`)
  const { config } = definition.model
  const g = new GraphBuilder('first-state')
  const weights = model.weights(false)
  const inputs = declareInputs(g, { batch: 'batch', sequence: 'sequence' }, { maxSequence: definition.maxTokens })
  const states = encodeTokens({ g, parameters: weights.source }, config, inputs, attention)
  g.output('states', states)
  const session = await TrainingSession.open(g.build(), threads)
  try {
    const texts = probeTexts(model, TEXTS, 5)
    const others = texts.map((text) => text.with(-1, (text.at(-1)! + 1) % config.vocabularySize))
    const batch = tokenBatch([...texts, ...others], 0, 0)
    const tensors = new WeightTensors(model, new Float32Array(0))
    const found = floats(await session.run({ ...tensors.weights(weights.inputs), ...batchFeeds(batch) }), 'states')
    const first = (row: number) => {
      const start = row * batch.sequence * config.hiddenSize
      return found.subarray(start, start + config.hiddenSize)
    }
    return Math.max(...texts.map((_, row) => relativeChange(first(row), first(TEXTS + row))))
  } finally {
    await session.release()
  }
}

function relativeChange(from: Float32Array, to: Float32Array): number {
  return Math.hypot(...from.map((value, i) => value - to[i]!)) / Math.hypot(...from)
}
