import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { app, BrowserWindow } from './electron-stand-in.ts'
import { forked } from './utility-process.ts'

vi.mock('electron', () => import('./electron-stand-in.ts'))

it('a start with --selftest shows no window, does not meet one that runs, and ends with what was found', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dmr-selftest-start-'))
  const report = join(folder, 'report.json')
  const asked = vi.spyOn(app, 'requestSingleInstanceLock')
  process.argv = ['electron', '.', '--selftest', '--selftest-report', report]
  // Its sources have no bundled services beside them: a fork of those ends at once, and that is the fault to be found.
  await import('../../electron/main/main.ts')
  await app.becomeReady()
  await vi.waitFor(() => expect(app.exitCode).toBe(1), { timeout: 10_000 })
  expect([BrowserWindow.all.length, forked.length, asked.mock.calls.length]).toEqual([0, 1, 0])
  expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
    ok: false,
    steps: [{ name: 'Services', ok: false }],
  })
  rmSync(folder, { recursive: true, force: true })
})
