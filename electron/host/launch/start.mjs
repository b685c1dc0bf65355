// `npm start`: installs what is missing, builds what changed, opens the window; without Electron the same window in a browser.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildIfChanged } from './build-if-changed.mjs'
import { ensureInstalled, root, runNode24, withNode24 } from './ensure-installed.mjs'

const DOWNLOAD_LIMIT_MS = 180_000

const { values } = parseArgs({
  options: {
    browser: { type: 'boolean', default: false },
    'no-open': { type: 'boolean', default: false },
    library: { type: 'string' },
    port: { type: 'string', default: '0' },
  },
})

ensureInstalled()
const reason = values.browser ? '' : whyNoElectron()
if (!values.browser && reason === '') {
  buildIfChanged('desktop')
  process.exitCode = runNode24([join(root, 'node_modules', 'electron', 'cli.js'), '.', ...libraryArguments()])
} else {
  if (reason)
    console.error(`The desktop window is not available here: ${reason}. Opening the workbench in the browser instead.`)
  buildIfChanged('browser')
  const open = values['no-open'] ? [] : ['--open']
  process.exitCode = runNode24([
    join(root, 'electron/host/cli/main.ts'),
    'serve',
    '--port',
    values.port,
    ...open,
    ...libraryArguments(),
  ])
}

function libraryArguments() {
  return values.library === undefined ? [] : ['--library', values.library]
}

/** @returns why Electron cannot start, or '' when it can. Tries the download of its program once. */
function whyNoElectron() {
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)
    return 'this session has no display'
  const electron = join(root, 'node_modules', 'electron')
  if (process.env.ELECTRON_OVERRIDE_DIST_PATH || existsSync(join(electron, 'path.txt'))) return ''
  console.error('Downloading Electron, once.')
  const { status } = spawnSync(process.execPath, [join(electron, 'install.js')], {
    stdio: 'ignore',
    timeout: DOWNLOAD_LIMIT_MS,
    env: withNode24(),
  })
  return status === 0 ? '' : 'Electron could not be downloaded'
}
