import dgram from 'node:dgram'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import type { Policy } from '../../contracts/policy.ts'

interface Target {
  readonly host: string
  readonly port: number
}

/** Raised where a policy forbids a connection. */
export class NetworkForbiddenError extends Error {
  override readonly name = 'NetworkForbiddenError'
  readonly code = 'ERR_NETWORK_FORBIDDEN'

  constructor(target: string) {
    super(`No connection to ${target}: your organisation allows none. Ask your administrator.`)
  }
}

/**
 * Holds this process to the policy: with `networkOff`, or an endpoint set, every other outgoing connection fails before a
 * name is looked up. Local pipes and connections from others (`dmr serve`) go on. Changes nothing without a policy.
 */
export function restrictNetwork({ networkOff, generatorEndpoint }: Policy): void {
  const allowed = generatorEndpoint === undefined ? undefined : targetOf(new URL(generatorEndpoint))
  if (networkOff !== true && allowed === undefined) return
  const { connect } = net.Socket.prototype as { connect(this: net.Socket, ...args: unknown[]): net.Socket }
  const restricted = function (this: net.Socket, ...args: unknown[]): net.Socket {
    const target = targetOfCall(args)
    if (target && (target.host !== allowed?.host || target.port !== allowed.port)) {
      // As a failed connection fails: callers handle that already.
      const error = new NetworkForbiddenError(`${target.host}:${target.port}`)
      process.nextTick(() => this.destroy(error))
      return this
    }
    return connect.apply(this, args)
  }
  Object.defineProperty(net.Socket.prototype, 'connect', { value: restricted, writable: false, configurable: false })
  const refuse = (): never => {
    throw new NetworkForbiddenError('a UDP address')
  }
  Object.defineProperty(dgram, 'createSocket', { value: refuse, writable: false, configurable: false })
  syncBuiltinESMExports()
}

function targetOf(url: URL): Target {
  return { host: url.hostname, port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)) }
}

/** The forms of net.Socket.connect: (options), (path), (port, host), and all of them as one array. @returns undefined for a pipe. */
function targetOfCall(args: unknown[]): Target | undefined {
  const [first, second] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args
  if (typeof first === 'object' && first !== null) {
    const { path, host, port } = first as { path?: string; host?: string; port?: number | string }
    return path ? undefined : { host: host ?? 'localhost', port: Number(port) }
  }
  if (typeof first === 'string' && Number.isNaN(Number(first))) return undefined
  return { host: typeof second === 'string' ? second : 'localhost', port: Number(first) }
}
