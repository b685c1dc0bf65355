import { expect, it } from 'vitest'
import { modelFixture } from '../testing/model-fixtures.ts'
import { benchmarkModel } from './benchmark.ts'
import { installedDevices } from './ort-session.ts'

it('measures every installed device and int8, or says why not', async () => {
  const results = await benchmarkModel(modelFixture('bert'), { threads: 1, seconds: 0.05 })
  expect(results.map(({ device, precision }) => `${device} ${precision}`)).toEqual([
    ...installedDevices().map((device) => `${device} fp32`),
    'cpu int8',
  ])
  for (const result of results) {
    if (result.reason === undefined) expect(result.tokensPerSecond).toBeGreaterThan(0)
    else expect(result.tokensPerSecond).toBeUndefined()
  }
  expect(results.find((result) => result.device === 'cpu')!.tokensPerSecond).toBeGreaterThan(0)
  expect(results.at(-1)!.cosine).toBeGreaterThan(0.99)
})
