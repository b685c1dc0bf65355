import { fork } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** What a worker gets when it tries each way out; runs in a process of its own, because the denial cannot be undone. */
async function attempts(port: number, flags: readonly string[]): Promise<Record<string, string>> {
  const child = fork(fileURLToPath(new URL('testing/network-attempts.ts', import.meta.url)), [String(port)], {
    execArgv: [...flags],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  return new Promise((resolve, reject) => {
    child.once('message', (outcome) => resolve(outcome as Record<string, string>))
    child.once('exit', (code) => reject(new Error(`exit code ${code}`)))
  })
}

describe('the network in a worker', () => {
  it.each([
    ['', []],
    [' under the permission model', ['--permission', '--allow-fs-read=*']],
  ])('cannot be reached in any of the ways Node offers%s', async (_, flags) => {
    let connections = 0
    const server = createServer((socket) => {
      connections++
      socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    try {
      const outcome = await attempts(port, flags)
      expect(Object.keys(outcome).length).toBeGreaterThanOrEqual(12)
      for (const [way, result] of Object.entries(outcome))
        expect(`${way}: ${result}`).toBe(`${way}: ERR_NETWORK_DENIED`)
      expect(connections).toBe(0)
    } finally {
      server.close()
    }
  })
})
