// `npm test`: everything, on a machine that has nothing but Node >= 20 and npm. The last line counts what ran.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, root, runNode24 } from '../electron/host/launch/ensure-installed.mjs'
import { buildIfChanged } from '../electron/host/launch/build-if-changed.mjs'
import { ensureTestTools } from './ensure-test-tools.mjs'

const BIN = 'node_modules'
/** Checks that are not tests, but count as one each. */
const CHECKS = {
  'types: pure code': [`${BIN}/typescript/bin/tsc`, '-p', 'electron/tsconfig.pure.json'],
  'types: Node': [`${BIN}/typescript/bin/tsc`, '-p', 'electron/tsconfig.node.json'],
  'types: Electron shell': [`${BIN}/typescript/bin/tsc`, '-p', 'electron/tsconfig.shell.json'],
  'types: browser tests': [`${BIN}/typescript/bin/tsc`, '-p', 'tests/tsconfig.json'],
  'types: window': [`${BIN}/svelte-check/bin/svelte-check`, '--tsconfig', 'renderer/tsconfig.json', '--fail-on-warnings', '--output', 'human'],
  lint: [`${BIN}/eslint/bin/eslint.js`, '.', '--max-warnings', '0'],
  'import rules': [`${BIN}/dependency-cruiser/bin/dependency-cruise.mjs`, '--config', 'tests/lint/import-rules.cjs', 'electron', 'renderer/src', 'native'],
}

ensureInstalled()
ensureTestTools()
const counts = { passed: 0, failed: 0, skipped: 0 }
for (const [name, args] of Object.entries(CHECKS)) {
  const ok = runNode24(args, { stdio: ['ignore', 2, 2] }) === 0
  counts[ok ? 'passed' : 'failed'] += 1
  console.log(`${ok ? 'passed' : 'FAILED'}  ${name}`)
}
buildIfChanged('browser')
const report = join(root, BIN, '.cache', 'test-report.json')
mkdirSync(join(root, BIN, '.cache'), { recursive: true })
rmSync(report, { force: true })
const filters = process.argv.slice(2)
runNode24([`${BIN}/vitest/vitest.mjs`, 'run', '--config', 'tests/vitest.config.ts', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...filters])
if (existsSync(report)) {
  const result = JSON.parse(readFileSync(report, 'utf8'))
  counts.passed += result.numPassedTests
  counts.failed += Math.max(result.numFailedTests, result.success ? 0 : 1)
  counts.skipped += result.numPendingTests + (result.numTodoTests ?? 0)
} else {
  console.log('FAILED  the test runner ended without a report')
  counts.failed += 1
}
process.exitCode = counts.failed > 0 ? 1 : 0
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
