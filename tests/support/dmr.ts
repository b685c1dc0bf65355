import { spawn, type ChildProcess } from 'node:child_process'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CLI = fileURLToPath(new URL('../../electron/host/cli/main.ts', import.meta.url))

/** Models and settings of the tests, apart from the person's own. */
const DATA = join(tmpdir(), `dmr-test-data-${process.pid}`)
process.once('exit', () => rmSync(DATA, { recursive: true, force: true }))

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Standard output as JSON; undefined when it is not one JSON value. */
  readonly json: unknown
}

/** Starts `dmr` as a process of its own, as a person would. */
export function startDmr(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ChildProcess & { outcome: Promise<Outcome> } {
  const child = spawn(process.execPath, [CLI, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DMR_DATA: DATA, ...env },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const outcome = new Promise<Outcome>((resolve) =>
    child.once('close', (code) => resolve({ code, stdout, stderr, json: parse(stdout) })),
  )
  return Object.assign(child, { outcome })
}

/** Runs `dmr` to its end. */
export function dmr(...args: string[]): Promise<Outcome> {
  return startDmr(args).outcome
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
