import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { damageOf, keepCrashReportsLocal } from '../../electron/main/installation.ts'
import { HASH_LIST, makeHashList } from '../../electron/platform/hash-list.ts'
import { app, BrowserWindow, crashReporter, dialog } from './electron-stand-in.ts'
import { forked } from './utility-process.ts'

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

  it.skipIf(process.platform !== 'linux')(
    'that is changed shows why instead of a window, and starts nothing',
    async () => {
      writeFileSync(join(resources, 'app.asar'), 'AS packed')
      Object.assign(process, { resourcesPath: resources })
      app.isPackaged = true
      await import('../../electron/main/main.ts')
      await app.becomeReady()
      await vi.waitFor(() => expect(app.exitCode).toBe(1))
      expect(dialog.errors).toEqual([expect.stringContaining('app.asar (changed)')])
      expect([BrowserWindow.all.length, forked.length]).toEqual([0, 0])
    },
  )

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
    expect(crashReporter.started.length).toBeGreaterThan(0)
    for (const options of crashReporter.started) expect(options).toEqual({ uploadToServer: false })
  })
})

function plant(path: string): void {
  mkdirSync(join(resources, path, '..'), { recursive: true })
  writeFileSync(join(resources, path), 'foreign')
}
