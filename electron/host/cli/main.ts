import { enableCompileCache } from 'node:module'

// Compiled sources are kept between runs: a command starts in half the time.
enableCompileCache()
const { run } = await import('./program.ts')
process.exitCode = await run(process.argv.slice(2))
