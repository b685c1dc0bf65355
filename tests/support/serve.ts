import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { WorkbenchContract } from '../../electron/contracts/index.ts'
import { startDmr, type Outcome } from './dmr.ts'

export type Client = ContractRouterClient<WorkbenchContract>

export interface ServeClient extends Disposable {
  readonly client: Client
  /** Settles when the connection is gone, for whatever reason. */
  readonly closed: Promise<unknown>
}

export interface ServedLibrary extends AsyncDisposable {
  readonly process: ChildProcess & { outcome: Promise<Outcome> }
  readonly url: URL
  /** Connects as the window in a browser does: a WebSocket with the cookie of the token, calls and events over it. */
  connect(): Promise<ServeClient>
  /** Asks the server to end and waits until it has. */
  stop(): Promise<Outcome>
}

/** Starts `dmr serve` on a library. @throws with what it wrote when it ends before it listens. */
export async function serveLibrary(library: string, env: NodeJS.ProcessEnv = {}): Promise<ServedLibrary> {
  const server = startDmr(['serve', '--json', '--library', library], env)
  const line = await Promise.race([
    once(server.stdout!, 'data').then(([text]) => String(text)),
    server.outcome.then(({ stderr }) => Promise.reject(new Error(`dmr serve ended: ${stderr}`))),
  ])
  const url = new URL((JSON.parse(line) as { url: string }).url)
  const stop = (): Promise<Outcome> => {
    server.kill('SIGTERM')
    return server.outcome
  }
  return {
    process: server,
    url,
    connect: () => connect(url),
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  }
}

async function connect(url: URL): Promise<ServeClient> {
  const admitted = await fetch(url, { redirect: 'manual' })
  const cookie = admitted.headers.get('set-cookie')?.split(';')[0]
  if (cookie === undefined) throw new Error(`the server gave no cookie (${admitted.status})`)
  const socket = new WebSocket(`ws://${url.host}/rpc`, { headers: { Cookie: cookie, Origin: url.origin } })
  await once(socket, 'open')
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.on('error', () => {})
  const link = new RPCLink({ websocket: socket as unknown as globalThis.WebSocket })
  return { client: createORPCClient(link), closed, [Symbol.dispose]: () => socket.terminate() }
}
