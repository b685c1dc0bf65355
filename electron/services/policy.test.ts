import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Policy } from '../contracts/policy.ts'
import { createNodePlatform } from '../host/node-platform.ts'
import { nodeHostPaths } from '../host/paths.ts'
import { openWorkbench, type Workbench } from './index.ts'

let folder: string
let workbench: Workbench

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-managed-'))
  for (const name of ['allowed', 'allowed/plans', 'allowed-not', 'elsewhere']) mkdirSync(join(folder, name))
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'allowed', 'link'))
  const values: Policy = { cpuSharePercent: 30, watchedRoots: [join(folder, 'allowed'), join(folder, 'missing')] }
  workbench = openWorkbench(
    { ...createNodePlatform('web', 'silent'), policy: { values, origin: 'policy.json' } },
    { libraryPath: join(folder, 'library.db'), watch: false },
  )
})
afterAll(async () => {
  await workbench.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('a managed workbench', () => {
  it('puts the policy before the setting before the default, and says which settings are managed', async () => {
    await workbench.client.system.updateSettings({ theme: 'dark' })
    expect(await workbench.client.system.settings()).toMatchObject({
      cpuShare: 0.3,
      theme: 'dark',
      ocrAutomatically: false,
      managed: ['cpuShare'],
    })
  })

  it('refuses to change what is managed, and changes nothing else with it', async () => {
    await expect(workbench.client.system.updateSettings({ theme: 'light', cpuShare: 1 })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('managed by your organisation'),
    })
    expect(await workbench.client.system.settings()).toMatchObject({ cpuShare: 0.3, theme: 'dark' })
    await workbench.client.system.updateSettings({ cpuShare: 0.3 })
  })

  it('indexes folders inside the allowed ones only, links followed', async () => {
    const add = (name: string) => workbench.library.addSource(join(folder, name), { watched: false })
    for (const name of ['elsewhere', 'allowed-not', 'allowed/link'])
      await expect(add(name)).rejects.toMatchObject({
        code: 'BAD_INPUT',
        message: expect.stringContaining(join(folder, 'allowed')),
      })
    expect(await add('allowed/plans')).toMatchObject({ name: 'plans' })
  })

  it('keeps its data where the policy says, before any setting of the person', () => {
    expect(nodeHostPaths({ dataDirectory: '/srv/data' }).data).toBe('/srv/data')
    expect(nodeHostPaths({ dataDirectory: '~/here' }).data).toMatch(/^(?!~).*here$/)
    expect(nodeHostPaths({ dataDirectory: '/srv/~old' }).data).toBe('/srv/~old')
  })
})
