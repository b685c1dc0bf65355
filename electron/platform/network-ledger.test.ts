import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import { get } from 'node:https'
import { connect, Socket, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countConnections, openConnections } from './network-ledger.ts'

let server: Server
let port: number
let folder: string

beforeAll(async () => {
  countConnections()
  countConnections()
  server = createServer((_request, response) => response.end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  folder = mkdtempSync(join(tmpdir(), 'dmr-ledger-'))
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

/** @returns how many connections doing this counted. */
async function counted(action: () => unknown): Promise<number> {
  const before = openConnections()
  await Promise.resolve(action()).catch(() => {})
  return openConnections() - before
}

describe('the count of outgoing connections', () => {
  it.each<[string, () => unknown]>([
    ['fetch', () => fetch(`http://127.0.0.1:${port}/`)],
    ['fetch over TLS, refused', () => fetch(`https://127.0.0.1:${port}/`)],
    ['http', () => once(request({ port, host: '127.0.0.1', agent: false }).end(), 'response')],
    ['https, refused', () => once(get({ port, host: '127.0.0.1', agent: false }), 'close')],
    ['a bare socket', () => once(new Socket().connect(port, '127.0.0.1').end(), 'connect')],
    ['an address where nobody listens', () => once(connect(1, '127.0.0.1'), 'connect')],
    ['a name that does not exist', () => once(connect(1, 'nowhere.invalid'), 'connect')],
    ['a UDP socket', () => createSocket('udp4').close()],
  ])('has %s once', async (_name, action) => expect(await counted(action)).toBe(1))

  it.skipIf(process.platform === 'win32')('has no local pipe', async () => {
    const path = join(folder, 'pipe')
    const local = createServer().listen(path)
    await once(local, 'listening')
    expect(await counted(() => once(connect(path).end(), 'connect'))).toBe(0)
    local.close()
  })

  it('has nobody who calls here', async () => {
    const call = () => once(request({ port, host: '127.0.0.1', agent: false }).end(), 'response')
    const served = once(server, 'connection')
    expect(await counted(call)).toBe(1)
    await served
  })
})
