// A real (if tiny) trained decoder: causal attention, grouped heads, rotary positions and the tied head all have to be
// right for 200 greedy tokens to come out as documented.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sharedData } from '../../../tests/shared-data.ts'
import { GraphBuilder, model, writeModel } from '../ir/index.ts'
import { declareInputs } from '../models/encoder-inputs.ts'
import { languageModelLogits } from '../models/decoder.ts'
import { encodeTokens } from '../models/encode-tokens.ts'
import type { Attention } from '../models/config.ts'
import { parameterNames } from '../models/parameter-names.ts'
import { pool } from '../nn/pooling.ts'
import { convertStoriesModel } from '../testing/stories-model.ts'
import { padBatch } from './batches.ts'
import { FileParameters } from './file-parameters.ts'
import { openModelFolder } from './model-folder.ts'
import { createSession, float32Output, int64Tensor } from './ort-session.ts'

const source = sharedData('models/stories260K')
const BOS = 1

it.skipIf(!source)(
  'stories260K writes the documented story at temperature 0, and another one without its causal mask',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stories-'))
    try {
      const pieces = await convertStoriesModel(source!, folder)
      const documentation = await readFile(join(source!, 'stories260K.md'), 'utf8')
      const story = /-t 0\.0\n([\s\S]*?)\n```/.exec(documentation)![1]!
      expect(story.length).toBeGreaterThan(500)
      expect(await generate(folder, pieces, 'causal', 256)).toBe(story)
      expect(await generate(folder, pieces, 'bidirectional', 40)).not.toBe(story.slice(0, 40))
    } finally {
      await rm(folder, { recursive: true })
    }
  },
)

async function generate(path: string, pieces: readonly string[], attention: Attention, steps: number): Promise<string> {
  const { source } = await openModelFolder(path)
  if (source.kind !== 'transformer' || source.config.family !== 'decoder') throw new Error('not a decoder')
  const { config, weights } = source
  const nameOf = parameterNames(config, weights.tensors.keys())
  const g = new GraphBuilder('next-token')
  const network = { g, parameters: new FileParameters({ weights, nameOf, root: path, narrowTables: false }) }
  const inputs = declareInputs(g, { batch: 'batch', sequence: 'sequence' })
  const hidden = encodeTokens(network, config, inputs, attention)
  const shaped = g.reshape(hidden, [inputs.batch, inputs.sequence, config.hiddenSize])
  g.output('logits', languageModelLogits(network, config, pool(g, 'lasttoken', shaped, inputs.mask, inputs)))
  const session = await createSession(writeModel(model(g.build())), { device: 'cpu', threads: 1, externalFolder: path })

  const tokens = [BOS]
  for (let step = 0; step < steps; step++) {
    const { ids, mask } = padBatch([tokens], tokens.length, 0)
    const dims = [1, tokens.length]
    const results = await session.run({ input_ids: int64Tensor(ids, dims), attention_mask: int64Tensor(mask, dims) })
    const logits = float32Output(results, 'logits').data
    const next = logits.indexOf(Math.max(...logits))
    if (next === BOS) break
    tokens.push(next)
  }
  await session.release()
  return tokens
    .slice(1)
    .map((id) => pieces[id])
    .join('')
    .trimStart()
}
