import {
  dialog,
  MessageChannelMain,
  nativeTheme,
  shell,
  utilityProcess,
  type BrowserWindow,
  type UtilityProcess,
} from 'electron'
import { join } from 'node:path'
import type { FromServices, SelfTestOutcome, ServicesSettings, ToServices } from '../platform/desktop-messages.ts'
import { notify } from './notifications.ts'
import { collectTail, end, UtilityWorkers } from './utility-workers.ts'

/** How long the services may take to finish what they are writing before they are ended. */
const SHUTDOWN_GRACE_MS = 8_000

export interface ServicesLinkOptions {
  /** Folder of the bundles, out/main. */
  readonly bundles: string
  readonly settings: ServicesSettings
  readonly shutdownGraceMs?: number
  /** The window that dialogs belong to. */
  window(): BrowserWindow | undefined
  /** The services cannot start, or ended by themselves. */
  onFailure(failure: ServicesFailure): void
  /** Comes once, where the settings ask for the self-test. */
  onSelfTest?(report: SelfTestOutcome): void
}

export interface ServicesFailure {
  /** For people: what happened. */
  readonly message: string
  /** False: starting again meets the same obstacle, such as a damaged library. */
  readonly mayTryAgain: boolean
}

/** The main process's side of the services process: starts it, starts workers for it, answers its dialogs. */
export class ServicesLink {
  readonly #options: ServicesLinkOptions
  readonly #process: UtilityProcess
  readonly #workers: UtilityWorkers
  readonly #documentRequests = new Map<number, (path: string | undefined) => void>()
  #nextRequest = 1
  #state: 'running' | 'closing' | 'ended' = 'running'

  constructor(options: ServicesLinkOptions) {
    this.#options = options
    this.#workers = new UtilityWorkers(options.bundles, {
      started: (workerId, pid, port) => this.#send({ type: 'worker-started', workerId, pid }, [port]),
      exited: (workerId, exit) => this.#send({ type: 'worker-exited', workerId, exit }),
    })
    const script = join(options.bundles, 'services-process.js')
    this.#process = utilityProcess.fork(script, [JSON.stringify(options.settings)], {
      serviceName: 'DMRetriever services',
      stdio: ['ignore', 'inherit', 'pipe'],
    })
    const stderrTail = collectTail(this.#process)
    this.#process.on('message', (message: FromServices) => this.#answer(message))
    this.#process.once('exit', (code) => this.#ended(code, stderrTail()))
  }

  /** Gives a window its own direct channel to the services. */
  connect(window: BrowserWindow): void {
    const { port1, port2 } = new MessageChannelMain()
    this.#send({ type: 'connect' }, [port1])
    window.webContents.postMessage('workbench:port', null, [port2])
  }

  /** @returns undefined also when the services end before they answer. */
  findDocument(documentId: number): Promise<string | undefined> {
    if (this.#state !== 'running') return Promise.resolve(undefined)
    const requestId = this.#nextRequest++
    return new Promise((resolve) => {
      this.#documentRequests.set(requestId, resolve)
      this.#send({ type: 'find-document', requestId, documentId })
    })
  }

  /** Lets the services finish what they write; ends them when they take too long. */
  async close(): Promise<void> {
    if (this.#state !== 'running') return
    this.#state = 'closing'
    await new Promise<void>((resolve) => {
      const deadline = setTimeout(() => {
        end(this.#process)
        resolve()
      }, this.#options.shutdownGraceMs ?? SHUTDOWN_GRACE_MS)
      this.#process.once('exit', () => {
        clearTimeout(deadline)
        resolve()
      })
      this.#send({ type: 'shut-down' })
    })
  }

  #send(message: ToServices, ports: Electron.MessagePortMain[] = []): void {
    if (this.#state !== 'ended') this.#process.postMessage(message, ports)
  }

  #ended(code: number, stderrTail: string): void {
    const unexpected = this.#state === 'running'
    this.#state = 'ended'
    this.#workers.killAll()
    for (const resolve of this.#documentRequests.values()) resolve(undefined)
    this.#documentRequests.clear()
    const detail = stderrTail.trim() === '' ? '' : `\n\n${stderrTail.trim()}`
    if (unexpected)
      this.#options.onFailure({
        message: `The background services ended unexpectedly (code ${code}).${detail}`,
        mayTryAgain: true,
      })
  }

  #answer(message: FromServices): void {
    switch (message.type) {
      case 'ready':
        return
      case 'self-tested':
        return this.#options.onSelfTest?.(message.report)
      case 'failed':
        this.#state = 'closing'
        end(this.#process)
        return this.#options.onFailure({ message: message.message, mayTryAgain: false })
      case 'launch-worker':
        return this.#workers.launch(message.workerId, message.entry, message.options)
      case 'kill-worker':
        return this.#workers.kill(message.workerId)
      case 'choose-folder':
        return void this.#chooseFolder(message.requestId)
      case 'reveal-file':
        return shell.showItemInFolder(message.path)
      case 'notify':
        return notify(message, this.#options.window)
      case 'show-theme':
        nativeTheme.themeSource = message.theme
        return
      case 'document-found':
        this.#documentRequests.get(message.requestId)?.(message.path)
        this.#documentRequests.delete(message.requestId)
        return
    }
  }

  async #chooseFolder(requestId: number): Promise<void> {
    const window = this.#options.window()
    const options: Electron.OpenDialogOptions = { properties: ['openDirectory', 'createDirectory'] }
    const answer = window ? dialog.showOpenDialog(window, options) : dialog.showOpenDialog(options)
    // A dialog that cannot be shown is one that nothing was chosen in; the view offers a text field as well.
    const { filePaths } = await answer.catch(() => ({ filePaths: [] as string[] }))
    this.#send({ type: 'folder-chosen', requestId, path: filePaths[0] })
  }
}
