// The page's side of a stand-in window: runs the built preload script as Electron would, and opens the port it asks for.
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import { createContext, runInContext } from 'node:vm'
import type { WorkbenchContract } from '../../electron/contracts/index.ts'
import { ipcMain, type BrowserWindow, type Frame } from './electron-stand-in.ts'
import type { MessagePortMain } from './message-ports.ts'

export interface Page {
  /** What the preload script put on `window`, by name. */
  readonly exposed: Record<string, Record<string, unknown>>
  /** What the script asked Electron's sandboxed `require` for. */
  readonly required: string[]
  /** Messages the page's own window received. */
  readonly received: { readonly data: unknown; readonly origin: string; readonly ports: readonly MessagePortMain[] }[]
}

/** Runs a preload script in a context with nothing but what a sandboxed one has. */
export function loadPage(window: BrowserWindow, preload: string, sender?: { senderFrame: Frame | null }): Page {
  const page: Page = { exposed: {}, required: [], received: [] }
  const electron = {
    contextBridge: {
      exposeInMainWorld: (name: string, api: Record<string, unknown>) => void (page.exposed[name] = api),
    },
    ipcRenderer: {
      send: (channel: string) =>
        ipcMain.emit(channel, { sender: window.webContents, senderFrame: window.webContents.mainFrame, ...sender }),
      on: (channel: string, listener: (...args: unknown[]) => void) => window.webContents.toPage.on(channel, listener),
    },
    webUtils: { getPathForFile: (file: { path?: string }) => file.path ?? '' },
  }
  runInContext(
    preload,
    createContext({
      process: { platform: process.platform },
      require: (name: string) => {
        page.required.push(name)
        if (name !== 'electron') throw new Error(`a sandboxed preload script cannot require "${name}"`)
        return electron
      },
      window: {
        location: { origin: 'app://workbench' },
        postMessage: (data: unknown, origin: string, ports: MessagePortMain[]) =>
          page.received.push({ data, origin, ports }),
      },
    }),
  )
  return page
}

export type Client = ContractRouterClient<WorkbenchContract>

/** A client over a port, as the window makes one over the port it gets. */
export function clientOver(port: MessagePortMain): Client {
  const listeners = new Map<string, (event: unknown) => void>()
  port.on('message', ({ data }: { data: unknown }) => listeners.get('message')?.({ data }))
  port.on('close', () => listeners.get('close')?.({}))
  const domPort = {
    postMessage: (data: unknown) => port.postMessage(data),
    addEventListener: (name: string, listener: (event: unknown) => void) => void listeners.set(name, listener),
  }
  const client: Client = createORPCClient(new RPCLink({ port: domPort as unknown as MessagePort }))
  port.start()
  return client
}
