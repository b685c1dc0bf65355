import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './build-shell.ts'

/** Path of Electron's own program, or undefined with a printed reason. Never downloads it: `npm start` does. */
export function electronProgram(): string | undefined {
  const folder = join(ROOT, 'node_modules', 'electron')
  const name = existsSync(join(folder, 'path.txt')) ? readFileSync(join(folder, 'path.txt'), 'utf8').trim() : 'electron'
  const program = join(process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist'), name)
  const reason = !existsSync(program)
    ? 'the Electron program is not on this machine; "npm start" downloads it, or set ELECTRON_OVERRIDE_DIST_PATH'
    : process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']
      ? 'this session has no display; run the tests under xvfb-run'
      : undefined
  if (reason === undefined) return program
  console.warn(`skipped: ${reason}`)
  return undefined
}
