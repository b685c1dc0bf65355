import { dialog, MessageChannelMain, shell, utilityProcess, type BrowserWindow, type UtilityProcess } from 'electron'
import { join } from 'node:path'
import type { FromServices, ServicesSettings, ToServices } from '../platform/desktop-messages.ts'
import type { WorkerEntry, WorkerOptions } from '../platform/worker-launcher.ts'

/** How long the services may take to finish what they are writing before they are ended. */
const SHUTDOWN_GRACE_MS = 8_000
const STDERR_TAIL_CHARS = 2_000

export interface ServicesLinkOptions {
  /** Folder of the bundles, out/main. */
  readonly bundles: string
  readonly settings: ServicesSettings
  /** The window that dialogs belong to. */
  window(): BrowserWindow | undefined
  /** The services ended by themselves; the message is for people. */
  onFailure(message: string): void
}

/** The main process's side of the services process: starts it, starts workers for it, answers its dialogs. */
export class ServicesLink {
  readonly #options: ServicesLinkOptions
  readonly #process: UtilityProcess
  readonly #workers = new Map<number, UtilityProcess>()
  readonly #documentRequests = new Map<number, (path: string | undefined) => void>()
  #nextRequest = 1
  #closing = false

  constructor(options: ServicesLinkOptions) {
    this.#options = options
    this.#process = utilityProcess.fork(
      join(options.bundles, 'services-process.js'),
      [JSON.stringify(options.settings)],
      {
        serviceName: 'DMRetriever services',
      },
    )
    this.#process.on('message', (message: FromServices) => this.#answer(message))
    this.#process.once('exit', (code) => {
      for (const worker of this.#workers.values()) worker.kill()
      if (!this.#closing) options.onFailure(`The background services ended unexpectedly (code ${code}).`)
    })
  }

  /** Gives a window its own direct channel to the services. */
  connect(window: BrowserWindow): void {
    const { port1, port2 } = new MessageChannelMain()
    this.#send({ type: 'connect' }, [port1])
    window.webContents.postMessage('workbench:port', null, [port2])
  }

  findDocument(documentId: number): Promise<string | undefined> {
    const requestId = this.#nextRequest++
    return new Promise((resolve) => {
      this.#documentRequests.set(requestId, resolve)
      this.#send({ type: 'find-document', requestId, documentId })
    })
  }

  /** Lets the services finish what they write; ends them when they take too long. */
  async close(): Promise<void> {
    if (this.#closing) return
    this.#closing = true
    await new Promise<void>((resolve) => {
      const deadline = setTimeout(() => {
        this.#process.kill()
        resolve()
      }, SHUTDOWN_GRACE_MS)
      this.#process.once('exit', () => {
        clearTimeout(deadline)
        resolve()
      })
      this.#send({ type: 'shut-down' })
    })
  }

  #send(message: ToServices, ports: Electron.MessagePortMain[] = []): void {
    this.#process.postMessage(message, ports)
  }

  #answer(message: FromServices): void {
    switch (message.type) {
      case 'ready':
        return
      case 'failed':
        this.#closing = true
        return this.#options.onFailure(message.message)
      case 'launch-worker':
        return this.#launch(message.workerId, message.entry, message.options)
      case 'kill-worker':
        this.#workers.get(message.workerId)?.kill()
        return
      case 'choose-folder':
        return void this.#chooseFolder(message.requestId)
      case 'reveal-file':
        return shell.showItemInFolder(message.path)
      case 'document-found':
        this.#documentRequests.get(message.requestId)?.(message.path)
        this.#documentRequests.delete(message.requestId)
        return
    }
  }

  #launch(workerId: number, entry: WorkerEntry, options: WorkerOptions): void {
    const worker = utilityProcess.fork(join(this.#options.bundles, 'workers', `${entry}.js`), [], {
      serviceName: options.label,
      stdio: ['ignore', 'ignore', 'pipe'],
      execArgv: options.maxHeapMiB === undefined ? [] : [`--max-old-space-size=${options.maxHeapMiB}`],
    })
    this.#workers.set(workerId, worker)
    let stderrTail = ''
    worker.stderr?.on(
      'data',
      (chunk: Buffer) => (stderrTail = (stderrTail + chunk.toString()).slice(-STDERR_TAIL_CHARS)),
    )
    const { port1, port2 } = new MessageChannelMain()
    worker.once('spawn', () => {
      worker.postMessage(null, [port1])
      this.#send({ type: 'worker-started', workerId, pid: worker.pid }, [port2])
    })
    worker.once('exit', (code) => {
      this.#workers.delete(workerId)
      this.#send({ type: 'worker-exited', workerId, exit: { code, signal: null, stderrTail } })
    })
  }

  async #chooseFolder(requestId: number): Promise<void> {
    const window = this.#options.window()
    const options: Electron.OpenDialogOptions = { properties: ['openDirectory', 'createDirectory'] }
    const { filePaths } = window ? await dialog.showOpenDialog(window, options) : await dialog.showOpenDialog(options)
    this.#send({ type: 'folder-chosen', requestId, path: filePaths[0] })
  }
}
