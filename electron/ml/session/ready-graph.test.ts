// Graphs that other people exported: their inputs are probed, their tokens pooled outside the graph.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sharedData } from '../../../tests/shared-data.ts'
import { GraphBuilder, model, writeModel } from '../ir/index.ts'
import { declareInputs } from '../models/encoder-inputs.ts'
import { encodeTokens } from '../models/encode-tokens.ts'
import { parameterNames } from '../models/parameter-names.ts'
import { POOLINGS } from '../nn/pooling.ts'
import { expectedVectors, maxDifference, modelFixture } from '../testing/model-fixtures.ts'
import { buildEmbeddingModel } from './build-model.ts'
import { openBuiltModel, openReadyGraph } from './embedding-runner.ts'
import { Encoder } from './encoder.ts'
import { FileParameters } from './file-parameters.ts'
import { openModelFolder } from './model-folder.ts'

const CPU = { device: 'cpu', threads: 1 } as const
let folder: string

/** A folder like those on the hub: model.onnx with token outputs and a segment input. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ready-graph-'))
  const { source } = await openModelFolder(modelFixture('bert'))
  if (source.kind !== 'transformer') throw new Error('fixture is no transformer')
  const { config, weights } = source
  const root = modelFixture('bert')
  const nameOf = parameterNames(config, weights.tensors.keys())
  const g = new GraphBuilder('exported')
  const inputs = declareInputs(g, { batch: 'batch', sequence: 'sequence' }, { typeIds: true })
  const tokens = encodeTokens(
    { g, parameters: new FileParameters({ weights, nameOf, root, narrowTables: false }) },
    config,
    inputs,
  )
  g.output('last_hidden_state', g.reshape(tokens, [inputs.batch, inputs.sequence, config.hiddenSize]))
  await writeFile(join(folder, 'model.onnx'), writeModel(model(g.build())))
  for (const file of ['tokenizer.json', 'config.json']) await cp(join(root, file), join(folder, file))
  await cp(join(root, 'model.safetensors'), join(folder, 'weights.bin'))
})
afterAll(() => rm(folder, { recursive: true }))

it.each(POOLINGS)('pools tokens by %s as the built graph does', async (pooling) => {
  await cp(join(folder, 'weights.bin'), join(folder, 'model.safetensors'))
  const { ids } = expectedVectors('bert')
  const fixture = await openModelFolder(modelFixture('bert'))
  if (fixture.source.kind === 'onnx') throw new Error('fixture has no weights')
  const model = buildEmbeddingModel(fixture, fixture.source, { precision: 'fp32', narrowTables: true, pooling })
  const built = await openBuiltModel(model, CPU, 0)
  const ready = await openReadyGraph(join(folder, 'model.onnx'), CPU, 0, pooling)
  const [a, b] = [await built.run(ids, 13), await ready.run(ids, 13)]
  expect(b.width).toBe(a.width)
  expect(maxDifference(a.vectors, b.vectors)).toBeLessThan(1e-5)
  await Promise.all([built.release(), ready.release()])
})

const strangers = sharedData('models/not-an-embedder')
it.skipIf(!strangers).each([
  ['magika', 'model.onnx'],
  ['tiny-random-gpt2-fp32', 'past.onnx'],
])('refuses %s, which is no text embedder, and names what it found', async (name, file) => {
  const opening = openReadyGraph(join(strangers!, name, file), CPU, 0, 'mean')
  await expect(opening).rejects.toThrow(/not a text embedding model \(inputs .*outputs .*It needs input_ids/)
})

it.skipIf(!strangers)('refuses those folders as models, too', async () => {
  for (const name of ['magika', 'tiny-random-gpt2-fp32']) {
    await expect(Encoder.open(join(strangers!, name), CPU)).rejects.toMatchObject({ name: 'ModelError' })
  }
})
