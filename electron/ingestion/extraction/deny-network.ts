/**
 * [Note: no network in workers]
 * A worker reads files of unknown origin. pdf.js neither opens connections nor runs code from a file, but the promise
 * "your documents never leave this machine" must not rest on that: this module, imported first, makes every way to the
 * network that Node offers throw. Under plain Node the launcher adds `--permission` (no file writing, no child processes);
 * Electron's utility processes have no such switch, so this part works without it.
 */
import dgram from 'node:dgram'
import dns from 'node:dns'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import tls from 'node:tls'

/** Raised by every network call in a worker. */
export class NetworkDeniedError extends Error {
  override readonly name = 'NetworkDeniedError'
  readonly code = 'ERR_NETWORK_DENIED'

  constructor(call: string) {
    super(`${call} was called in a worker process; workers have no network access`)
  }
}

type Functions = Record<string, unknown>

function deny(module: object, name: string, calls: readonly string[]): void {
  for (const call of calls) {
    if (!(call in module)) continue
    const denied = function (): never {
      throw new NetworkDeniedError(`${name}.${call}`)
    }
    Object.defineProperty(module as Functions, call, { value: denied, writable: false, configurable: false })
  }
}

deny(net, 'net', ['connect', 'createConnection', 'createServer'])
// The channel to the owner is a pipe inside Node that uses neither of these.
deny(net.Socket.prototype, 'net.Socket', ['connect'])
deny(net.Server.prototype, 'net.Server', ['listen'])
deny(tls, 'tls', ['connect', 'createServer'])
deny(http, 'http', ['request', 'get', 'createServer'])
deny(https, 'https', ['request', 'get', 'createServer'])
deny(http2, 'http2', ['connect', 'createServer', 'createSecureServer'])
deny(dgram, 'dgram', ['createSocket'])
deny(dgram.Socket.prototype, 'dgram.Socket', ['bind', 'connect', 'send'])
deny(dns, 'dns', ['lookup', 'resolve', 'resolve4', 'resolve6', 'resolveAny', 'reverse'])
deny(dns.promises, 'dns.promises', ['lookup', 'resolve', 'resolve4', 'resolve6', 'resolveAny', 'reverse'])
deny(globalThis, 'globalThis', ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'])
// `process.binding` reaches the same sockets below these modules.
deny(process, 'process', ['binding'])
// Modules that import the functions by name see the denial too.
syncBuiltinESMExports()
