import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Encoder } from '../../ml/session/index.ts'
import { modelFixture } from '../../ml/testing/model-fixtures.ts'
import { checkEncoder } from './self-check.ts'

async function warningsOf(path: string): Promise<readonly string[]> {
  await using encoder = await Encoder.open(path, { device: 'cpu', threads: 1 })
  return await checkEncoder(encoder)
}

it('says that a model without prompts gets queries as typed, and nothing of one that has them', async () => {
  expect(await warningsOf(modelFixture('bert'))).toEqual([
    expect.stringMatching(/^No query wording is known.*config_sentence_transformers\.json/),
  ])
  expect(await warningsOf(modelFixture('xlm-roberta'))).toEqual([])
})

it('says that the mean is taken where a folder does not name its pooling', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'self-check-'))
  try {
    await cp(modelFixture('xlm-roberta'), folder, { recursive: true })
    await rm(join(folder, 'modules.json'), { force: true })
    await rm(join(folder, '1_Pooling'), { recursive: true, force: true })
    expect(await warningsOf(folder)).toEqual([expect.stringMatching(/pooled; their mean is taken/)])
  } finally {
    await rm(folder, { recursive: true })
  }
})
