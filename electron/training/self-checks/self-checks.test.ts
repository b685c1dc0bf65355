// Self-checks pass for models that are right, and fail for those that are not.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TypescriptKernels } from '../../../native/typescript-kernels.ts'
import type { SelfCheck } from '../../contracts/self-checks.ts'
import { openModelFolder } from '../../ml/session/model-folder.ts'
import { modelFixture } from '../../ml/testing/model-fixtures.ts'
import { MonolithicPlan } from '../engine/monolithic-plan.ts'
import {
  compareGradients,
  compareMerge,
  compareResumed,
  firstStateChange,
  openProbe,
  probeLora,
  runSelfChecks,
} from './index.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dmr-self-checks-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const kernels = new TypescriptKernels()

async function check(
  model: string | undefined,
): Promise<{ final: readonly SelfCheck[]; seen: (readonly SelfCheck[])[] }> {
  const seen: (readonly SelfCheck[])[] = []
  const folder = join(root, 'scratch')
  const final = await runSelfChecks({ model, folder }, kernels, (all) => seen.push(all))
  expect(existsSync(folder)).toBe(false)
  return { final, seen }
}

describe('runSelfChecks', () => {
  it.each(['bert', 'mpnet', 'modernbert', 'qwen3-bidirectional', 'llama'])('passes for %s', async (name) => {
    const { final } = await check(modelFixture(name))
    expect(final.map(({ check: made, state }) => [made, state])).toEqual([
      ['gradients', 'passed'],
      ['bidirectionality', 'passed'],
      ['lora-merge', 'passed'],
      ['checkpoint', 'passed'],
    ])
  })

  it('makes a model where none is given, and tells every change', async () => {
    const { final, seen } = await check(undefined)
    expect(final.every(({ state }) => state === 'passed')).toBe(true)
    expect(seen.map((all) => all.map(({ state }) => state[0]).join(''))).toEqual([
      'rwww',
      'pwww',
      'prww',
      'ppww',
      'pprw',
      'pppw',
      'pppr',
      'pppp',
    ])
    expect(final[1]!.detail).toMatch(
      /changes the state of the first by [\d.]+ %; with attention to the left only, by nothing/u,
    )
  })

  it('skips what a static model does not have, and says why', async () => {
    const { final } = await check(modelFixture('static'))
    expect(final.map(({ state }) => state)).toEqual(['passed', 'skipped', 'skipped', 'passed'])
    expect(final[1]!.detail).toContain('no attention')
  })
})

describe('compareGradients', () => {
  it('finds a gradient that is not the slope', async () => {
    const model = await openProbe(await openModelFolder(modelFixture('bert')), 'full')
    const before = model.parameters.slice()
    const right = await compareGradients(model)
    expect(right.length).toBeGreaterThan(6)
    expect(Math.max(...right.map(({ error }) => error))).toBeLessThan(0.02)
    expect(model.parameters).toEqual(before)

    const backward = MonolithicPlan.prototype.embed
    try {
      // A forward pass that is not the one differentiated: vectors of other texts.
      MonolithicPlan.prototype.embed = async function (batch, training) {
        const vectors = await backward.call(this, batch, training)
        return vectors.map((value, i) => value * (1 + 0.2 * Math.sin(i)))
      }
      const wrong = await compareGradients(model)
      expect(Math.max(...wrong.map(({ error }) => error))).toBeGreaterThan(0.02)
    } finally {
      MonolithicPlan.prototype.embed = backward
    }
  })
})

it('firstStateChange is zero under the causal mask and far from it under the other', async () => {
  const model = await openProbe(await openModelFolder(modelFixture('qwen3')), 'full')
  expect(await firstStateChange(model, 'causal')).toBe(0)
  expect(await firstStateChange(model, 'bidirectional')).toBeGreaterThan(0.01)
})

it('compareMerge sees adapters and finds them merged', async () => {
  const folder = await openModelFolder(modelFixture('distilbert'))
  const lora = probeLora(folder)
  expect(lora.targets).toEqual(['q_lin', 'k_lin', 'v_lin', 'out_lin', 'lin1', 'lin2'])
  const { adapters, difference, effect } = await compareMerge(await openProbe(folder, lora))
  expect(adapters).toBe(12)
  expect(difference).toBeLessThan(1e-5)
  expect(effect).toBeGreaterThan(1e-3)
})

it('compareResumed tells a checkpoint that lost something', async () => {
  const model = await openProbe(await openModelFolder(modelFixture('bert')), 'full')
  expect(await compareResumed(model, join(root, 'whole'), kernels)).toMatchObject({ isExact: true })
  let calls = 0
  const forgetful = {
    // The second trainer starts with moments that are not those of the checkpoint.
    adamw: (buffers: Parameters<typeof kernels.adamw>[0], step: Parameters<typeof kernels.adamw>[1]) => {
      if (++calls === 3) buffers.m.fill(0)
      kernels.adamw(buffers, step)
    },
    sumOfSquares: (values: Float32Array) => kernels.sumOfSquares(values),
  }
  expect(await compareResumed(model, join(root, 'part'), forgetful)).toMatchObject({ isExact: false })
})
