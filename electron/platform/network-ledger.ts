import { subscribe } from 'node:diagnostics_channel'

let opened = 0

/** Starts counting outgoing connections of this process (node:diagnostics_channel, `net.client.socket`). Local pipes do not count. */
export function countConnections(): void {
  subscribe('net.client.socket', () => {
    opened += 1
  })
}

/** Outgoing connections since `countConnections` was called. */
export function openConnections(): number {
  return opened
}
