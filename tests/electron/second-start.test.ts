import { expect, it, vi } from 'vitest'
import { app, BrowserWindow, protocol } from './electron-stand-in.ts'
import { forked } from './utility-process.ts'

vi.mock('electron', () => import('./electron-stand-in.ts'))

it('a second start leaves at once, without a window and without services', async () => {
  app.hasLock = false
  await import('../../electron/main/main.ts')
  expect(app.exited).toBe(true)
  await app.becomeReady()
  expect([BrowserWindow.all.length, forked.length, protocol.handlers.size]).toEqual([0, 0, 0])
})
