// What some tests drive or compare with, installed where that is possible; else those tests say why they are skipped.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Debian package -> the program that proves it is there. */
const DEBIAN = { chromium: '/usr/bin/chromium', 'poppler-utils': '/usr/bin/pdftotext', 'tesseract-ocr': '/usr/bin/tesseract' }

export function ensureTestTools() {
  const missing = Object.entries(DEBIAN).filter(([, program]) => !existsSync(program))
  if (missing.length === 0) return
  const isRootOnDebian = existsSync('/etc/debian_version') && process.getuid?.() === 0
  if (isRootOnDebian) {
    console.error(`Installing for the tests: ${missing.map(([name]) => name).join(', ')}`)
    apt('update')
    for (const [name] of missing) apt('install', '-y', '--no-install-recommends', name)
    return
  }
  if (process.env.CHROMIUM_PATH === undefined && !existsSync(DEBIAN.chromium)) {
    spawnSync(process.execPath, ['node_modules/playwright-core/cli.js', 'install', 'chromium'], { stdio: ['ignore', 2, 2] })
  }
}

function apt(...args) {
  spawnSync('apt-get', ['-q', ...args], { stdio: ['ignore', 'ignore', 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
}
