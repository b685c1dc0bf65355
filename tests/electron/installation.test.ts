import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { damageOf, keepCrashReportsLocal } from '../../electron/main/installation.ts'
import { HASH_LIST, makeHashList } from '../../electron/platform/hash-list.ts'
import { crashReporter } from './electron-stand-in.ts'

vi.mock('electron', () => import('./electron-stand-in.ts'))

let resources: string
beforeEach(async () => {
  resources = mkdtempSync(join(tmpdir(), 'dmr-installation-'))
  mkdirSync(join(resources, 'app.asar.unpacked'))
  for (const path of ['app.asar', 'app.asar.unpacked/kernels.node']) writeFileSync(join(resources, path), 'as packed')
  writeFileSync(join(resources, HASH_LIST), JSON.stringify(await makeHashList(resources)))
})
afterEach(() => rmSync(resources, { recursive: true, force: true }))

describe('an installation on Linux', () => {
  it('starts when it is as it was packed', async () => expect(await damageOf(resources, 'linux')).toBeUndefined())

  it.each([
    ['a changed archive', 'app.asar (changed)', () => writeFileSync(join(resources, 'app.asar'), 'AS packed')],
    ['a missing library', 'kernels.node (missing)', () => rmSync(join(resources, 'app.asar.unpacked', 'kernels.node'))],
    // OnlyLoadAppFromAsar would not load this one; nothing may lie there all the same.
    ['a foreign program', 'app/main.js (unexpected)', () => plant('app/main.js')],
    ['a list that was taken away', `${HASH_LIST} (unreadable)`, () => rmSync(join(resources, HASH_LIST))],
  ])('with %s does not, and says which file and what to do', async (_name, named, damage) => {
    damage()
    const refusal = await damageOf(resources, 'linux')
    expect(refusal).toContain(named)
    expect(refusal).toMatch(/nothing was started[^]*Install the application again[^]*untouched/)
  })

  it('names the first files only when many are gone', async () => {
    for (let index = 0; index < 9; index++) plant(`extra-${index}`)
    expect(await damageOf(resources, 'linux')).toMatch(/extra-4 \(unexpected\)\nand 4 more/)
  })
})

describe('elsewhere', () => {
  it('the system checks the signed program, and the archive against the hash inside it', async () => {
    rmSync(join(resources, HASH_LIST))
    for (const platform of ['win32', 'darwin'] as const) expect(await damageOf(resources, platform)).toBeUndefined()
  })
})

describe('crash reports', () => {
  it('are collected without an address to send them to', () => {
    keepCrashReportsLocal()
    expect(crashReporter.started).toEqual([{ uploadToServer: false }])
  })
})

function plant(path: string): void {
  mkdirSync(join(resources, path, '..'), { recursive: true })
  writeFileSync(join(resources, path), 'foreign')
}
