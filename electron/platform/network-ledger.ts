import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/**
 * [Note: who can reach the network]
 * Workers cannot: the first line of each takes every way out from it (ingestion/extraction/deny-network.ts). The window
 * cannot: Chromium resolves no name and its session cancels every foreign request (main/security.ts). So what the process of
 * the services opens is what the whole application opens, and this count is complete.
 */
let opened = 0
let isCounting = false

/** Starts counting outgoing connections of this process, also those that fail. Calling it again changes nothing. */
export function countConnections(): void {
  if (isCounting) return
  isCounting = true
  subscribe('net.client.socket', (message) => countOnce((message as { socket: Socket }).socket))
  subscribe('udp.socket', () => (opened += 1))
}

/** Outgoing connections since `countConnections` was called. */
export function openConnections(): number {
  return opened
}

/** The channel announces local pipes as well; only what looks a name up or tries an address leaves the machine. */
function countOnce(socket: Socket): void {
  let isCounted = false
  const count = (): void => {
    if (!isCounted) opened += 1
    isCounted = true
  }
  socket.once('lookup', count)
  socket.once('connectionAttempt', (_address, _port, family) => {
    if (family === 4 || family === 6) count()
  })
}
