// Everything in the application that could report to somebody by itself, and what keeps it from doing so.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { keepCrashReportsLocal } from '../../electron/main/installation.ts'
import { hardenApplication } from '../../electron/main/security.ts'
import { productionPackages, THIS_MACHINE } from '../../packaging/production-packages.ts'
import { ROOT } from './build-shell.ts'
import { app, crashReporter } from './electron-stand-in.ts'

vi.mock('electron', () => import('./electron-stand-in.ts'))

/** Files that processes start from and that may come to load the model runtime; their workers inherit the environment. */
const ENTRIES = ['electron/main/main.ts', 'electron/host/desktop/services-process.ts', 'electron/host/cli/main.ts']
/** Names under which clients of the known services for errors, usage and performance are published. */
const REPORTERS =
  /sentry|bugsnag|rollbar|raygun|posthog|segment|mixpanel|amplitude|heap-?analytics|google-analytics|firebase|applicationinsights|opentelemetry|datadog|dd-trace|newrelic|appcenter|countly|matomo|plausible|telemetry|analytics/u

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

describe('nothing reports by itself', () => {
  it('Electron: crash reports have no address to go to, from the first line of the main process on', () => {
    keepCrashReportsLocal()
    expect(crashReporter.started).toContainEqual({ uploadToServer: false })
    for (const options of crashReporter.started) expect(options).not.toHaveProperty('submitURL')
    const main = textOf('electron/main/main.ts')
    expect(main.indexOf('keepCrashReportsLocal()')).toBeGreaterThan(0)
    expect(main.indexOf('keepCrashReportsLocal()')).toBeLessThan(main.indexOf('whenReady'))
  })

  it('Chromium: its own services resolve no name, so that field trials and dictionaries come from nowhere', () => {
    hardenApplication()
    expect(app.switches.get('host-resolver-rules')).toBe('MAP * ~NOTFOUND')
    expect(app.switches.has('disable-background-networking')).toBe(true)
  })

  it.each(ENTRIES)('ONNX Runtime: %s turns its events off before it loads anything', (entry) => {
    const [first] = textOf(entry).matchAll(/^import .*$/gmu)
    expect(first?.[0]).toMatch(/^import '(?:\.\.\/)+platform\/no-telemetry\.ts'$/u)
  })

  it('ONNX Runtime: the switches are those that its native code reads', () => {
    const names = [...textOf('electron/platform/no-telemetry.ts').matchAll(/^process\.env\['(\w+)'\] = '1'$/gmu)]
    const [library] = globSync('node_modules/onnxruntime-node/bin/**/libonnxruntime.so*', { cwd: ROOT })
    if (library === undefined) return console.warn('skipped: no Linux build of ONNX Runtime to look into')
    const native = readFileSync(join(ROOT, library))
    expect(names.some(([, name]) => native.includes(name!))).toBe(true)
  })

  it('no package that is shipped is a client of a service that collects reports', () => {
    const names = productionPackages(ROOT, THIS_MACHINE).map(({ name }) => name)
    expect(names.length).toBeGreaterThan(50)
    expect(names.filter((name) => REPORTERS.test(name))).toEqual([])
    expect('@sentry/node').toMatch(REPORTERS)
  })
})
