import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { signUpdate, writeNewKey } from '../../packaging/sign-update.ts'
import { startDmr, type Outcome } from '../../tests/support/dmr.ts'
import type { Policy } from '../contracts/policy.ts'
import { createNodePlatform } from '../host/node-platform.ts'
import { openWorkbench, type Workbench } from './index.ts'

const ARCH = process.arch === 'arm64' ? 'arm64' : 'amd64'
const ON_LINUX = process.platform === 'linux'
if (!ON_LINUX) console.warn('skipped: the update in this test is a Debian package')

let folder: string
let share: string
let updateKey: string
let workbench: Workbench | undefined

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-update-service-'))
  share = join(folder, 'share')
  mkdirSync(share)
  writeFileSync(join(share, `dmretriever-workbench-cli-99.0.0-linux-${ARCH}.deb`), 'a newer one')
  updateKey = writeNewKey(join(folder, 'key.pem'))
  await signUpdate(share, join(folder, 'key.pem'), 'Finds more.')
})
afterEach(async () => {
  await workbench?.close()
  workbench = undefined
  rmSync(folder, { recursive: true, force: true })
})

function open(values: Policy = {}): Workbench['client'] {
  const platform = createNodePlatform('web', 'silent')
  workbench = openWorkbench(
    {
      ...platform,
      paths: { ...platform.paths, data: join(folder, 'data') },
      policy: { values, origin: 'policy.json' },
    },
    { libraryPath: join(folder, 'library.db'), watch: false },
  )
  return workbench.client
}
const dmr = (...args: string[]): Promise<Outcome> =>
  startDmr([...args, '--json'], { DMR_DATA: join(folder, 'data') }).outcome

describe.skipIf(!ON_LINUX)('updates', () => {
  it('are off until a folder and a key are set', async () => {
    const client = open()
    expect(await client.updates.check()).toMatchObject({ state: 'off', reason: expect.stringContaining('No folder') })
    await client.system.updateSettings({ updateFolder: share })
    expect(await client.updates.check()).toMatchObject({ state: 'off', reason: expect.stringContaining('need a key') })
    await expect(client.updates.fetch()).rejects.toMatchObject({ code: 'NOT_AVAILABLE' })
    await client.system.updateSettings({ updateKey })
    expect(await client.updates.check()).toMatchObject({ state: 'available', version: '99.0.0', notes: 'Finds more.' })
    const { path } = await client.updates.fetch()
    expect(existsSync(path)).toBe(true)
  })

  it('come from where the policy says, which a person cannot change', async () => {
    const client = open({ updateFolder: share, updateKey })
    expect(await client.updates.check()).toMatchObject({ state: 'available', folder: share })
    expect((await client.system.settings()).managed).toEqual(expect.arrayContaining(['updateFolder', 'updateKey']))
    await expect(client.system.updateSettings({ updateFolder: '/elsewhere' })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    })
  })

  it('are not looked for where the policy turns them off, whatever is set', async () => {
    const client = open({ updatesOff: true })
    await client.system.updateSettings({ updateFolder: share, updateKey })
    expect(await client.updates.check()).toMatchObject({
      state: 'off',
      reason: expect.stringContaining('organisation'),
    })
    await expect(client.updates.fetch()).rejects.toMatchObject({ code: 'NOT_AVAILABLE' })
  })
})

describe.skipIf(!ON_LINUX)('dmr update', { timeout: 30_000 }, () => {
  it('checks and fetches without making a library', async () => {
    const from = ['--from', share, '--key', updateKey]
    expect((await dmr('update', '--check', ...from)).json).toMatchObject({ state: 'available', version: '99.0.0' })
    const { code, json } = await dmr('update', ...from)
    expect(code).toBe(0)
    const { path, nextStep } = json as { path: string; nextStep: string }
    expect(nextStep).toBe(`Run: sudo apt install "${path}"`)
    expect(existsSync(path)).toBe(true)
    expect(existsSync(join(folder, 'data', 'library.db'))).toBe(false)
  })

  it('ends with 2 for a foreign signature and 1 without a folder, and says what to do', async () => {
    const other = writeNewKey(join(folder, 'other.pem'))
    const foreign = await dmr('update', '--from', share, '--key', other)
    expect([foreign.code, foreign.stderr]).toEqual([2, expect.stringContaining('not signed with the key')])
    const off = await dmr('update')
    expect([off.code, off.stderr]).toEqual([1, expect.stringContaining('No folder of updates is named')])
  })
})
