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

/**
 * How much the first token's state in the last layer changes when the last token of the text is another one: the length of the change
 * relative to that of the state. 0 under the causal mask; far from 0 where attention looks both ways.
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
  const inputs = declareInputs(g, { batch: 2, sequence: 'sequence' }, { maxSequence: definition.maxTokens })
  const states = encodeTokens({ g, parameters: weights.source }, config, inputs, attention)
  g.output('states', states)
  const session = await TrainingSession.open(g.build(), threads)
  try {
    const [text] = probeTexts(model, 1, 5)
    const other = text!.with(-1, (text!.at(-1)! + 1) % config.vocabularySize)
    const batch = tokenBatch([text!, other], 0, 0)
    const tensors = new WeightTensors(model, new Float32Array(0))
    const found = floats(await session.run({ ...tensors.weights(weights.inputs), ...batchFeeds(batch) }), 'states')
    const first = (row: number) => row * batch.sequence * config.hiddenSize
    const [a, b] = [0, 1].map((row) => found.subarray(first(row), first(row) + config.hiddenSize))
    return Math.hypot(...a!.map((value, i) => value - b![i]!)) / Math.hypot(...a!)
  } finally {
    await session.release()
  }
}
