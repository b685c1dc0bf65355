/** Tries every way to the network after it was denied and reports the error code of each, or "open". */
import '../deny-network.ts'
import dgram from 'node:dgram'
import { lookup } from 'node:dns'
import dnsPromises from 'node:dns/promises'
import http, { request } from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import net, { connect, Socket } from 'node:net'
import tls from 'node:tls'

const port = Number(process.argv[2])
const host = '127.0.0.1'
const url = `http://${host}:${port}/`

const ways: Record<string, () => unknown> = {
  fetch: () => fetch(url),
  WebSocket: () => new WebSocket(`ws://${host}:${port}/`),
  'net.connect': () => net.connect(port, host),
  'connect, imported by name': () => connect(port, host),
  'Socket.connect': () => new Socket().connect(port, host),
  'net.createServer': () => net.createServer().listen(0),
  'tls.connect': () => tls.connect(port, host),
  'http.get': () => http.get(url),
  'http.request, imported by name': () => request(url),
  'https.get': () => https.get(`https://${host}:${port}/`),
  'http2.connect': () => http2.connect(url),
  'dgram.createSocket': () => dgram.createSocket('udp4'),
  'dns.lookup': () => lookup('localhost', () => {}),
  'dns.promises.lookup': () => dnsPromises.lookup('localhost'),
  'require("net")': () => process.getBuiltinModule('net').connect(port, host),
}

const outcome: Record<string, string> = {}
for (const [name, attempt] of Object.entries(ways)) {
  try {
    await attempt()
    outcome[name] = 'open'
  } catch (error) {
    outcome[name] = String((error as { code?: unknown }).code ?? error)
  }
}
process.send?.(outcome, () => process.disconnect())
