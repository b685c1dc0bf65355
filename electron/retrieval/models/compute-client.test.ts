import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WorkbenchError } from '../../contracts/errors.ts'
import { Encoder } from '../../ml/session/index.ts'
import { maxDifference, modelFixture } from '../../ml/testing/model-fixtures.ts'
import { NodeLauncher } from '../../platform/node-launcher.ts'
import { ComputeClient } from './compute-client.ts'
import type { ModelSpec } from './protocol.ts'

const bert: ModelSpec = {
  path: modelFixture('bert'),
  kind: 'embedding',
  device: 'cpu',
  precision: 'fp32',
  threads: 1,
}
const texts = Array.from({ length: 1_100 }, (_, i) => `shelter ${i} opens when the river passes stage ${i % 7}`)

let client: ComputeClient
const open = (idleMs = 60_000) =>
  new ComputeClient({ launcher: new NodeLauncher(), logger: pino({ level: 'silent' }), label: 'dmr test', idleMs })
beforeEach(() => (client = open()))
afterEach(() => client.close())

async function untilRunning(): Promise<number> {
  while (client.pid === undefined) await sleep(1)
  return client.pid
}

describe('a compute process', () => {
  it('encodes as the encoder in this process does, with progress', async () => {
    const progress: number[] = []
    const onProgress = (done: number, total: number): void => void (total === 1_100 && progress.push(done))
    const { vectors, dimensions } = await client.encode(bert, texts, { kind: 'passage', onProgress })
    await using encoder = await Encoder.open(bert.path, { device: 'cpu', threads: 1 })
    expect(dimensions).toBe(32)
    expect(maxDifference(vectors, await encoder.encode(texts, { kind: 'passage' }))).toBeLessThan(1e-5)
    expect(progress.at(-1)).toBe(1_100)
    expect(progress).toEqual([...progress].sort((a, b) => a - b))
  })

  it('that is killed is replaced, and its work done again', async () => {
    const expected = await client.encode(bert, texts, { kind: 'passage' })
    const first = client.pid!
    const { promise: working, resolve } = Promise.withResolvers<void>()
    const again = client.encode(bert, texts, { kind: 'passage', onProgress: () => resolve() })
    await working
    process.kill(first, 'SIGKILL')
    expect((await again).vectors).toEqual(expected.vectors)
    expect(client.pid).not.toBe(first)
  })

  it('that dies twice over one task fails that task by name, and goes on with the next', async () => {
    const doomed = client.bench(bert).catch((error: unknown) => error)
    const next = client.encode(bert, texts.slice(0, 3), { kind: 'passage' })
    const first = await untilRunning()
    process.kill(first, 'SIGKILL')
    while (client.pid === undefined || client.pid === first) await sleep(1)
    process.kill(client.pid, 'SIGKILL')
    expect(await doomed).toMatchObject({ code: 'NOT_AVAILABLE', message: expect.stringMatching(/SIGKILL.*bench/) })
    expect((await next).vectors).toHaveLength(3 * 32)
  })

  it('stops between batches when cancelled and takes the next task', async () => {
    const controller = new AbortController()
    const many = Array.from({ length: 40 }, () => texts).flat()
    const onProgress = (): void => controller.abort(new WorkbenchError('CANCELLED', 'enough'))
    const stopped = client.encode(bert, many, { kind: 'passage', signal: controller.signal, onProgress })
    await expect(stopped).rejects.toThrow('enough')
    const pid = client.pid
    const { info } = await client.open(bert)
    expect(info.dimensions).toBe(32)
    expect(client.pid).toBe(pid)
  })

  it('ends when idle and starts again when needed', async () => {
    client = open(20)
    await client.runtime()
    expect(client.pid).toBeDefined()
    while (client.pid !== undefined) await sleep(5)
    expect((await client.runtime()).devices).toContain('cpu')
  })

  it('scores pairs with a cross-encoder and refuses to encode with it', async () => {
    const reranker: ModelSpec = { ...bert, path: modelFixture('cross-encoder-bert'), kind: 'cross-encoder' }
    const scores = await client.score(reranker, [
      ['flood', 'move to higher ground'],
      ['flood', 'fire'],
    ])
    expect(scores).toHaveLength(2)
    await expect(client.encode({ ...reranker, kind: 'embedding' }, ['x'], { kind: 'query' })).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(/cross-encoder/),
    })
  })

  it('names what is missing in a folder that is no model', async () => {
    const broken = client.open({ ...bert, path: '/nowhere/at/all' })
    await expect(broken).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(/\/nowhere\/at\/all: no such folder/),
    })
  })

  it('leaves nothing running when it is closed', async () => {
    const pending = client.encode(bert, texts, { kind: 'passage' }).catch((error: unknown) => error)
    const pid = await untilRunning()
    client.close()
    expect(await pending).toMatchObject({ code: 'CANCELLED' })
    const gone = async () => {
      for (;;) {
        try {
          process.kill(pid, 0)
        } catch {
          return true
        }
        await sleep(5)
      }
    }
    expect(await gone()).toBe(true)
  })
})
