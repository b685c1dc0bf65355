import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, runNode24 } from './ensure-installed.mjs'

const BUILDS = {
  browser: {
    sources: ['renderer', 'electron/contracts'],
    args: ['node_modules/vite/bin/vite.js', 'build', 'renderer', '--logLevel', 'warn'],
  },
  desktop: {
    sources: ['renderer', 'electron'],
    args: ['node_modules/electron-vite/bin/electron-vite.js', 'build', '--logLevel', 'warn'],
  },
}

/** Builds the window (`browser`) or the whole desktop application when a source changed since the last build. */
export function buildIfChanged(kind) {
  const { sources, args } = BUILDS[kind]
  const stamp = join(root, 'out', `.built-${kind}`)
  const state = fingerprint(
    [...sources, 'package-lock.json', 'electron.vite.config.ts'].map((source) => join(root, source)),
  )
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return
  console.error('Building the window.')
  const status = runNode24(args, { stdio: ['ignore', 2, 2] })
  if (status !== 0) process.exit(status)
  mkdirSync(join(root, 'out'), { recursive: true })
  writeFileSync(stamp, state)
}

/** Names, sizes and times of all files below some paths. */
function fingerprint(paths) {
  const hash = createHash('sha256')
  const visit = (path) => {
    const stats = statSync(path)
    if (stats.isDirectory()) for (const name of readdirSync(path).sort()) visit(join(path, name))
    else hash.update(`${path} ${stats.size} ${stats.mtimeMs}\n`)
  }
  for (const path of paths) if (existsSync(path)) visit(path)
  return hash.digest('hex')
}
