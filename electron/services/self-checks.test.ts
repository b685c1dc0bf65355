// Self-checks as the Training view follows them: a stream from a job in a process of its own.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { SelfCheck } from '../contracts/self-checks.ts'
import { NodeLauncher } from '../platform/node-launcher.ts'
import { openWorkbench, type Workbench } from './index.ts'

let folder: string
let workbench: Workbench
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-self-check-service-'))
  workbench = openWorkbench(
    {
      kind: 'cli',
      paths: { data: folder, resources: folder },
      launcher: new NodeLauncher(),
      logger: pino({ level: 'silent' }),
      shell: {},
    },
    { libraryPath: join(folder, 'library.db'), watch: false },
  )
})
afterEach(async () => {
  await workbench.close()
  rmSync(folder, { recursive: true, force: true })
})

it('streams the whole list until every check has its answer', async () => {
  const lists: SelfCheck[][] = []
  for await (const checks of await workbench.client.selfChecks.run({})) lists.push(checks)
  expect(lists[0]!.map(({ state }) => state)).toEqual(['waiting', 'waiting', 'waiting', 'waiting'])
  expect(lists.at(-1)!.map(({ state }) => state)).toEqual(['passed', 'passed', 'passed', 'passed'])
  expect(lists.at(-1)!.every(({ detail }) => detail.length > 20)).toBe(true)
  const [job] = await workbench.client.jobs.list({})
  expect(job).toMatchObject({ kind: 'self-check', state: 'done', title: 'Check the training engine' })
}, 60_000)

it('stops the work when nobody follows it any more', async () => {
  for await (const _ of await workbench.client.selfChecks.run({})) break
  const [job] = await workbench.client.jobs.list({})
  expect(job).toMatchObject({ kind: 'self-check', state: 'cancelled' })
}, 60_000)

it('names a model that is not there', async () => {
  const ask = async () => {
    for await (const _ of await workbench.client.selfChecks.run({ model: 'gone' }));
  }
  await expect(ask()).rejects.toThrow('gone')
})
