// Stage 1 on a real trained decoder: stories260K learns to fill gaps from both sides, and looks both ways afterwards.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sharedData } from '../../../tests/shared-data.ts'
import { GraphBuilder } from '../../ml/ir/index.ts'
import { declareInputs } from '../../ml/models/encoder-inputs.ts'
import { encodeTokens } from '../../ml/models/encode-tokens.ts'
import { languageModelLogits } from '../../ml/models/decoder.ts'
import { pool } from '../../ml/nn/pooling.ts'
import { AdamW } from '../../ml/optim/index.ts'
import { openModelFolder } from '../../ml/session/model-folder.ts'
import { convertStoriesModel } from '../../ml/testing/stories-model.ts'
import { seededRandom } from '../../platform/seeded-random.ts'
import { firstStateChange } from '../self-checks/index.ts'
import { batchFeeds, tokenBatch } from './encoder-plan.ts'
import { WeightTensors } from './gradient-outputs.ts'
import { HostMemory } from './graph-memory.ts'
import { decoderOf, languageModelHead, MaskedStep } from './masked-step.ts'
import { TrainableModel } from './trainable-model.ts'
import { floats, TrainingSession } from './training-session.ts'

const source = sharedData('models/stories260K')
const [BOS, TOKENS] = [1, 64]
const [STEPS, BATCH] = [60, 16]
/** stories260K has no "_" token; id 0, its unknown token, never occurs in a story. */
const masking = { rate: 0.2, maskToken: 0, special: new Set([0, BOS]) }

it.skipIf(!source)(
  'stories260K adapts to attention both ways: masked tokens of stories it has not seen get likelier',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stories-adapt-'))
    try {
      await convertStoriesModel(source!, folder)
      const stories = await openModelFolder(folder)
      const options = { tuning: 'full', maxTokens: TOKENS, seed: 1, alsoTrains: languageModelHead(stories) } as const
      const model = await TrainableModel.open(stories, options)
      const told = await tellStories(model, 48)
      expect(new Set(told.map((story) => story.join())).size).toBe(48)
      const [unseen, seen] = [told.slice(0, 16), told.slice(16)]

      const optimizer = new AdamW(model.layout, model.parameters)
      const { gradients } = optimizer
      const step = new MaskedStep({
        memory: new HostMemory(model, gradients, 2),
        padId: 0,
        microbatchTokens: 1e6,
        masking,
      })
      const lossOfUnseen = async () => {
        const { loss } = await step.run(unseen, 7)
        gradients.fill(0)
        return loss
      }
      const before = await lossOfUnseen()
      const losses: number[] = []
      for (let number = 0; number < STEPS; number++) {
        const first = (number * BATCH) % seen.length
        losses.push((await step.run(seen.slice(first, first + BATCH), 100 + number)).loss)
        optimizer.step({ learningRate: 1e-3, maxNorm: 1 })
      }
      const after = await lossOfUnseen()
      const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
      console.log(
        `stories260K, ${STEPS} steps of stage 1: loss of unseen stories ${before.toFixed(2)} -> ${after.toFixed(2)} (chance ${Math.log(512).toFixed(2)})`,
      )
      // A trained causal decoder that suddenly sees masked tokens and both sides starts near chance and learns fast.
      expect(mean(losses.slice(-10))).toBeLessThan(0.8 * mean(losses.slice(0, 10)))
      expect(after).toBeLessThan(0.8 * before)
      const [causal, both] = [await firstStateChange(model, 'causal'), await firstStateChange(model, 'bidirectional')]
      console.log(`another last token changes the first state by ${causal} (causal mask) and ${both} (both ways)`)
      expect(causal).toBe(0)
      expect(both).toBeGreaterThan(1e-3)
      await step.release()
    } finally {
      await rm(folder, { recursive: true })
    }
  },
  60_000,
)

/** Lets the model tell stories with its causal mask: sampled at temperature 1, `TOKENS` tokens each. */
async function tellStories(model: TrainableModel, count: number): Promise<number[][]> {
  const config = decoderOf(model.definition, model.folder.path)
  const g = new GraphBuilder('next-token')
  const weights = model.weights(false)
  const inputs = declareInputs(g, { batch: 'batch', sequence: 'sequence' }, { maxSequence: TOKENS })
  const network = { g, parameters: weights.source }
  const hidden = encodeTokens(network, config, inputs, 'causal')
  const shaped = g.reshape(hidden, [inputs.batch, inputs.sequence, config.hiddenSize])
  g.output('logits', languageModelLogits(network, config, pool(g, 'lasttoken', shaped, inputs.mask, inputs)))
  const session = await TrainingSession.open(g.build(), 2)
  const tensors = new WeightTensors(model, new Float32Array(0))
  const random = seededRandom(11)
  const stories = Array.from({ length: count }, () => [BOS])
  while (stories[0]!.length < TOKENS) {
    const results = await session.run({
      ...tensors.weights(weights.inputs),
      ...batchFeeds(tokenBatch(stories, 0, 0)),
    })
    const logits = floats(results, 'logits')
    const size = config.vocabularySize
    for (const [row, story] of stories.entries())
      story.push(drawn(logits.subarray(row * size, (row + 1) * size), random()))
  }
  await session.release()
  return stories
}

/** A token by its probability. @param at uniform in [0, 1) */
function drawn(logits: Float32Array, at: number): number {
  const highest = Math.max(...logits)
  const shares = Array.from(logits, (logit) => Math.exp(logit - highest))
  let left = at * shares.reduce((sum, share) => sum + share, 0)
  return Math.max(
    0,
    shares.findIndex((share) => (left -= share) < 0),
  )
}
