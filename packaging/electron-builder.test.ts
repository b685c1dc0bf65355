// electron-builder.yml for every system, also those whose installers only their own system can make.
import { Ajv } from 'ajv'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keepSizeBudget, SIZE_BUDGET } from './size-budget.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const builder = createRequire(createRequire(import.meta.url).resolve('electron-builder/package.json'))
const schema = JSON.parse(
  readFileSync(join(dirname(builder.resolve('app-builder-lib/package.json')), 'scheme.json'), 'utf8'),
) as object

interface Configuration {
  readonly [key: string]: unknown
  readonly win: { target: { target: string }[] }
  readonly mac: { target: { target: string }[] }
  readonly linux: { target: { target: string }[] }
  readonly files: string[]
  readonly electronFuses: Record<string, boolean>
}
const configuration = parse(readFileSync(join(ROOT, 'electron-builder.yml'), 'utf8')) as Configuration

describe("electron-builder's configuration", () => {
  const validate = new Ajv({ strict: false, allErrors: true, logger: false }).compile(schema)

  it("holds to the builder's own schema, which would notice a misspelt name in any section", () => {
    expect(validate(configuration), JSON.stringify(validate.errors)).toBe(true)
    for (const section of ['nsis', 'msi', 'mac', 'deb', 'linux', 'win'])
      expect(
        validate({ ...configuration, [section]: { ...(configuration[section] as object), misspelt: true } }),
        section,
      ).toBe(false)
    expect(validate({ ...configuration, electronFuse: {} })).toBe(false)
  })

  it('makes every kind of installer that was promised', () => {
    const kinds = (['win', 'mac', 'linux'] as const).flatMap((system) =>
      configuration[system].target.map(({ target }) => target),
    )
    expect(kinds).toEqual(['nsis', 'msi', 'dmg', 'deb', 'rpm', 'AppImage'])
  })

  it('installs per machine and per user, asks nothing when silent, and leaves data alone when it goes', () => {
    expect(configuration['nsis']).toMatchObject({
      oneClick: false,
      perMachine: false,
      allowElevation: true,
      deleteAppDataOnUninstall: false,
    })
    expect(configuration['msi']).toMatchObject({ perMachine: true, runAfterFinish: false })
    // Another code would install the next version beside this one.
    expect(configuration['msi']).toMatchObject({ upgradeCode: '7B0C7D2E-5E0B-4B57-9A3E-2F4F0B6E9C11' })
  })

  it('builds nothing from source and asks no server: neither for updates nor to publish', () => {
    expect(configuration).toMatchObject({ npmRebuild: false, buildDependenciesFromSource: false, publish: null })
  })

  it('sets the fuses that keep the program from being made to run other code', () => {
    const { electronFuses } = configuration
    expect(
      Object.entries(electronFuses)
        .filter(([, on]) => on)
        .map(([name]) => name),
    ).toEqual([...['enableCookieEncryption', 'enableEmbeddedAsarIntegrityValidation', 'onlyLoadAppFromAsar']])
  })
})

describe('the size of a package', () => {
  let resources: string
  beforeEach(() => {
    resources = mkdtempSync(join(tmpdir(), 'dmr-size-'))
    mkdirSync(join(resources, 'app.asar.unpacked', 'inner'), { recursive: true })
    writeFileSync(join(resources, 'app.asar'), '')
  })
  afterEach(() => rmSync(resources, { recursive: true, force: true }))

  it.each(Object.keys(SIZE_BUDGET))('is limited on %s, part by part', (platform) => {
    expect(() => keepSizeBudget(resources, platform)).not.toThrow()
    const most = SIZE_BUDGET[platform]!.archive * 2 ** 20
    writeFileSync(join(resources, 'app.asar'), Buffer.alloc(most + 2 ** 20))
    expect(() => keepSizeBudget(resources, platform)).toThrow(/archive part .* has 41\.0 MiB, allowed are 40/u)
  })

  it('has a limit for every system that an installer is made for', () => {
    expect(() => keepSizeBudget(resources, 'freebsd')).toThrow(/no sizes for freebsd/u)
  })
})
