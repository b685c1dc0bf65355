import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createNodePlatform } from '../host/node-platform.ts'
import type { HostPlatform } from '../platform/host-platform.ts'
import { HASH_LIST, makeHashList } from '../platform/hash-list.ts'
import { runSelfTest } from './self-test.ts'

const RESOURCES = fileURLToPath(new URL('../../resources', import.meta.url))

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'dmr-selftest-test-'))))
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

/** An installation like a packaged one: resources beside a list of files. */
async function install(): Promise<HostPlatform> {
  const resources = join(folder, 'installed', 'resources')
  mkdirSync(join(resources, 'sample-library'), { recursive: true })
  cpSync(join(RESOURCES, 'models'), join(resources, 'models'), { recursive: true })
  cpSync(join(RESOURCES, 'sample-library', 'pdfs'), join(resources, 'sample-library', 'pdfs'), { recursive: true })
  const list = await makeHashList(join(folder, 'installed'))
  writeFileSync(join(folder, 'installed', HASH_LIST), JSON.stringify(list))
  const platform = createNodePlatform('cli', 'silent')
  return { ...platform, paths: { data: join(folder, 'data'), resources } }
}

const faults = ({ steps }: Awaited<ReturnType<typeof runSelfTest>>): string[] =>
  steps.filter((step) => !step.ok).map((step) => step.name)

describe('the self-test', () => {
  it('passes for a whole installation under a policy, opens nothing of the person and leaves nothing behind', async () => {
    const platform = await install()
    const temporary = join(folder, 'temporary')
    mkdirSync(temporary)
    vi.stubEnv('TMPDIR', temporary)
    const report = await runSelfTest({
      ...platform,
      policy: { values: { watchedRoots: ['/nowhere'], allowedModels: [] }, origin: 'policy.json' },
    })
    expect(report.steps.filter((step) => !step.ok)).toEqual([])
    expect(report).toMatchObject({ ok: true, steps: { length: 7 } })
    expect(report.steps.at(-1)?.detail).toBe('Found page 1 by keywords and by meaning')
    expect(readdirSync(temporary)).toEqual([])
    expect(readdirSync(folder).sort()).toEqual(['installed', 'temporary'])
  })

  it('goes on after a fault and names each with what to do', async () => {
    const platform = await install()
    const model = join(platform.paths.resources, 'models', 'dmr-static-en', 'model.safetensors')
    truncateSync(model, 1_000_000)
    rmSync(join(platform.paths.resources, 'sample-library', 'pdfs', 'plans'), { recursive: true })
    const report = await runSelfTest(platform)
    expect(report.ok).toBe(false)
    expect(faults(report)).toEqual(['Installed files', 'Search model'])
    for (const step of report.steps.filter(({ ok }) => !ok))
      expect(step.remedy).toMatch(/Install the application again/)
    expect(report.steps[0]!.detail).toMatch(/6 of \d+ files differ: .*model\.safetensors is changed/)
  })

  it('fails where the bundled document is gone, without taking the rest down', async () => {
    const platform = await install()
    rmSync(join(platform.paths.resources, 'sample-library'), { recursive: true })
    expect(faults(await runSelfTest(platform))).toEqual(['Installed files', 'Reading', 'Search model', 'Search'])
  })
})
