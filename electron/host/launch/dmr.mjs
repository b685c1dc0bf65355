// `npm run --silent dmr -- <command>`: the command line from a checkout, with everything installed on first use.
import { join } from 'node:path'
import { ensureInstalled, root, runNode24 } from './ensure-installed.mjs'

ensureInstalled()
process.exitCode = runNode24([join(root, 'electron/host/cli/main.ts'), ...process.argv.slice(2)], {
  cwd: process.env.INIT_CWD ?? process.cwd(),
})
