import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const CLI = fileURLToPath(new URL('../electron/host/cli/main.ts', import.meta.url))

it.each(['stdout', 'stderr'] as const)('dmr ends quietly when nobody reads its %s', async (closed) => {
  const args = closed === 'stdout' ? ['help'] : ['no-such-command']
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  child[closed].destroy()
  const other = closed === 'stdout' ? child.stderr : child.stdout
  let printed = ''
  other.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const ended = await new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  )
  expect(printed).toBe('')
  expect(ended.signal).toBeNull()
  // A usage error stays one, whoever reads it.
  expect([0, 2]).toContain(ended.code)
})
