// Runs on any Node >= 20, before anything is installed: plain JavaScript without dependencies.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../..', import.meta.url))

const stamp = join(root, 'node_modules', '.cache', 'installed-lock')
const exe = process.platform === 'win32' ? '.exe' : ''

/** The Node 24 that the dev dependency `node` brings. */
export const node24 = join(root, 'node_modules', 'node', 'bin', `node${exe}`)

/** Installs the dependencies when they are missing or the lock file changed since. Ends the process with the reason when that fails. */
export function ensureInstalled() {
  const [major] = process.versions.node.split('.').map(Number)
  if ((major ?? 0) < 20)
    fail(`Node ${process.versions.node} is too old. Install Node 20 or newer from nodejs.org and start again.`)
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock && existsSync(node24)) return
  console.error('Installing what the workbench needs. This happens once and takes about a minute.')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const { status } = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
    // The CUDA libraries of ONNX Runtime are opt-in; its own download would fail offline.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  })
  if (status !== 0)
    fail('The dependencies could not be installed. Check the network or the npm registry setting, then start again.')
  if (!existsSync(node24))
    fail('Node 24 was not installed with the dependencies. Run "npm rebuild node" and start again.')
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, lock)
}

/** Runs one of the project's own programs on Node 24. @returns its exit code. */
export function runNode24(args, options = {}) {
  const { status, signal } = spawnSync(node24, args, {
    cwd: root,
    stdio: 'inherit',
    ...options,
    env: withNode24(options.env),
  })
  return signal ? 130 : (status ?? 1)
}

/** Node 24 and the project's tools come first in PATH. */
export function withNode24(env = process.env) {
  const separator = process.platform === 'win32' ? ';' : ':'
  return { ...env, PATH: [dirname(node24), join(root, 'node_modules', '.bin'), env.PATH].join(separator) }
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
