import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ServicesLink, type ServicesFailure } from '../../electron/main/services-link.ts'
import { app, BrowserWindow, dialog, Notification, shell } from './electron-stand-in.ts'
import { forked, type UtilityProcess } from './utility-process.ts'

vi.mock('electron', () => import('./electron-stand-in.ts'))

interface Opened {
  readonly link: ServicesLink
  readonly process: UtilityProcess
  readonly failures: ServicesFailure[]
  /** What the services told about what they received; see processes/scripted. */
  readonly echoed: Record<string, unknown>[]
}

/** Links to a program of tests/electron/processes. */
function open(program: string, settings: object = {}, window?: BrowserWindow): Opened {
  const failures: ServicesFailure[] = []
  const link = new ServicesLink({
    bundles: fileURLToPath(new URL(`./processes/${program}`, import.meta.url)),
    settings: settings as never,
    shutdownGraceMs: 300,
    window: () => window as never,
    onFailure: (failure) => failures.push(failure),
  })
  const process = forked.at(-1)!
  const echoed: Record<string, unknown>[] = []
  process.on('message', (message: { type: string; data: Record<string, unknown> }) => {
    if (message.type === 'echo') echoed.push(message.data)
  })
  return { link, process, failures, echoed }
}

afterEach(() => {
  for (const { pid } of forked.splice(0)) if (pid !== undefined) process.kill(pid, 'SIGKILL')
})

const soon = { timeout: 8_000, interval: 20 }

describe('services that go wrong', () => {
  it('are ended when they do not end by themselves, at last by the kill that cannot be ignored', async () => {
    const { link, process, failures } = open('stubborn')
    await new Promise((resolve) => process.once('message', resolve))
    const start = Date.now()
    await link.close()
    expect(Date.now() - start).toBeLessThan(1_500)
    await vi.waitFor(() => expect(process.pid).toBeUndefined(), soon)
    expect(failures).toEqual([])
  })

  it('that crash are reported with what they last wrote, and may be started again', async () => {
    const { failures } = open('scripted', { crash: 'no memory left' })
    await vi.waitFor(() => expect(failures).toHaveLength(1), soon)
    expect(failures[0]).toMatchObject({
      message: expect.stringMatching(/ended unexpectedly \(code 1\)[^]*no memory left/),
      mayTryAgain: true,
    })
  })

  it('that cannot open the library say why, and are not started again', async () => {
    const { failures, process } = open('failing')
    await vi.waitFor(() => expect(failures).toEqual([{ message: 'The library is damaged.', mayTryAgain: false }]), soon)
    await vi.waitFor(() => expect(process.pid).toBeUndefined(), soon)
    expect(failures).toHaveLength(1)
  })

  it('that are not there at all are reported too', async () => {
    const { failures } = open('nowhere')
    await vi.waitFor(() => expect(failures[0]?.message).toMatch(/ended unexpectedly/), soon)
  })

  it('leave no request for a document open', async () => {
    const { link, process } = open('scripted')
    await new Promise((resolve) => process.once('spawn', resolve))
    const asked = link.findDocument(7)
    process.kill()
    expect(await asked).toBeUndefined()
    expect(await link.findDocument(7)).toBeUndefined()
  })
})

describe('workers', () => {
  const launch = (workerId: number, entry: string) => ({
    type: 'launch-worker',
    workerId,
    entry,
    options: { label: 'reads PDFs', maxHeapMiB: 64 },
  })

  it('talk to the services through a port of their own, with their process id known', async () => {
    const { echoed } = open('scripted', { send: [launch(1, 'extract')] })
    await vi.waitFor(() => expect(echoed).toContain('hello'), soon)
    expect(echoed[0]).toEqual({ type: 'worker-started', workerId: 1, pid: expect.any(Number) })
    expect(forked[1]!.options).toMatchObject({
      execArgv: ['--max-old-space-size=64'],
      env: { DMR_WORKER_LABEL: 'reads PDFs' },
    })
  })

  it('that do not even start are reported as ended', async () => {
    const { echoed } = open('scripted', { send: [launch(1, 'missing')] })
    await vi.waitFor(
      () => expect(echoed).toContainEqual(expect.objectContaining({ type: 'worker-exited', workerId: 1 })),
      soon,
    )
  })

  it('that hang are killed although they ignore being told', async () => {
    const { echoed } = open('scripted', { send: [launch(1, 'compute'), { type: 'kill-worker', workerId: 1 }] })
    await vi.waitFor(
      () => expect(echoed).toContainEqual(expect.objectContaining({ type: 'worker-exited', workerId: 1 })),
      soon,
    )
    expect(forked[1]!.pid).toBeUndefined()
  })

  it('end with the services', async () => {
    const { process, echoed } = open('scripted', { send: [launch(1, 'compute')] })
    await vi.waitFor(() => expect(echoed).not.toHaveLength(0), soon)
    process.kill()
    await vi.waitFor(() => expect(forked.every(({ pid }) => pid === undefined)).toBe(true), soon)
  })
})

describe('what the services ask of the desktop', () => {
  it('is done: a folder dialog, also one that fails, and a file shown', async () => {
    dialog.folder = '/plans'
    const refusing = vi.spyOn(dialog, 'showOpenDialog')
    const { echoed } = open('scripted', {
      send: [
        { type: 'choose-folder', requestId: 5 },
        { type: 'reveal-file', path: '/plans/a.pdf' },
      ],
    })
    await vi.waitFor(() => expect(echoed).toContainEqual({ type: 'folder-chosen', requestId: 5, path: '/plans' }), soon)
    expect(shell.revealed).toEqual(['/plans/a.pdf'])
    refusing.mockRejectedValueOnce(new Error('no display'))
    const second = open('scripted', { send: [{ type: 'choose-folder', requestId: 6 }] })
    await vi.waitFor(
      () => expect(second.echoed).toContainEqual({ type: 'folder-chosen', requestId: 6, path: undefined }),
      soon,
    )
  })

  it('is told to a person who looks elsewhere, who comes back by a click', async () => {
    const message = { type: 'notify', title: 'County blend', body: 'Training is done.' }
    const looking = new BrowserWindow({})
    looking.focus()
    const { echoed } = open('scripted', { send: [message, { type: 'choose-folder', requestId: 1 }] }, looking)
    await vi.waitFor(() => expect(echoed).not.toHaveLength(0), soon)
    expect(Notification.shown).toEqual([])
    open('scripted', { send: [message] })
    await vi.waitFor(() => expect(Notification.shown).toHaveLength(1), soon)
    expect(Notification.shown[0]!.options).toMatchObject({ title: 'County blend', body: 'Training is done.' })
    const activated = new Promise((resolve) => app.once('activate', resolve))
    Notification.shown[0]!.emit('click')
    await activated
  })
})
