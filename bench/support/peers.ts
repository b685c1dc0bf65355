// Other people's libraries to measure against. They are no dependencies of the project: installed when a bench asks.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/bench-peers/', import.meta.url))
const INSTALL_TIMEOUT_MS = 300_000

/**
 * Imports a package at an exact version, installed on first use into `node_modules/.cache/bench-peers` and kept there.
 * Install scripts are not run: both peers bring their binaries along.
 *
 * @returns undefined, with the reason printed, where it cannot be installed; its rows are then left out
 */
export async function importPeer<Module>(name: string, version: string): Promise<Module | undefined> {
  const folder = join(CACHE, `${name.replaceAll('/', '+')}-${version}`)
  try {
    if (!existsSync(join(folder, 'node_modules', name, 'package.json'))) install(folder, `${name}@${version}`)
    const entry = createRequire(join(folder, 'package.json')).resolve(name)
    return (await import(pathToFileURL(entry).href)) as Module
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    console.log(`left out: ${name}@${version} cannot be installed or loaded here (${reason.trim().split('\n').at(-1)})`)
    return undefined
  }
}

function install(folder: string, spec: string): void {
  console.log(`installing ${spec} to measure against, once, into ${folder}`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }))
  const [command, args] = npm()
  execFileSync(command, [...args, 'install', '--save-exact', '--ignore-scripts', '--no-audit', '--no-fund', spec], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: INSTALL_TIMEOUT_MS,
  })
}

/** npm's own program where the bench was started by `npm run`, and beside Node or on the path otherwise. */
function npm(): [command: string, args: string[]] {
  const beside = join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js')
  const script = process.env['npm_execpath'] ?? (existsSync(beside) ? beside : undefined)
  return script ? [process.execPath, [script]] : ['npm', []]
}
