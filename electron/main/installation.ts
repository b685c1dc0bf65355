// Before anything of ours is started: is the installation what was packed, and can it do its work?
import { crashReporter } from 'electron'
import { writeFileSync } from 'node:fs'
import type { SelfTestOutcome, ServicesSettings } from '../platform/desktop-messages.ts'
import { checkHashList } from '../platform/hash-list.ts'
import { ServicesLink } from './services-link.ts'

const SHOWN_FAULTS = 5

/** Crash reports are written beside the application's own data and sent nowhere (electronjs.org/docs/latest/api/crash-reporter). */
export function keepCrashReportsLocal(): void {
  crashReporter.start({ uploadToServer: false })
}

/**
 * Compares the installed files with the list made when they were packed, on Linux; see [Note: start-up integrity].
 * @param resources Electron's resources folder, where the archive and the list lie
 * @returns why the application must not start, for people; undefined when all is as packed
 */
export async function damageOf(resources: string, platform = process.platform): Promise<string | undefined> {
  if (platform !== 'linux') return undefined
  const { faults } = await checkHashList(resources)
  if (faults.length === 0) return undefined
  const shown = faults.slice(0, SHOWN_FAULTS).map(({ path, fault }) => `${path} (${fault})`)
  const more = faults.length > SHOWN_FAULTS ? [`and ${faults.length - SHOWN_FAULTS} more`] : []
  return [
    `The files in ${resources} are not as they were packed, so nothing was started:`,
    [...shown, ...more].join('\n'),
    'Install the application again. If this comes back, tell your administrator: somebody may have changed the program. Your documents and the library are untouched.',
  ].join('\n\n')
}

export interface SelfTestOptions {
  /** Folder of the bundles, out/main. */
  readonly bundles: string
  readonly settings: ServicesSettings
  /** File for the report, where standard output shows nowhere (Windows). */
  readonly reportFile?: string | undefined
}

/** `--selftest`: tries the installation without a window. Prints one JSON value. @returns the exit code. */
export async function runSelfTest({ bundles, settings, reportFile }: SelfTestOptions): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<SelfTestOutcome>()
  const link = new ServicesLink({
    bundles,
    settings: { ...settings, selfTest: true },
    window: () => undefined,
    onFailure: ({ message }) =>
      resolve({ ok: false, steps: [{ name: 'Services', ok: false, detail: message, remedy: 'Install it again.' }] }),
    onSelfTest: resolve,
  })
  const report = await promise
  await link.close()
  const text = `${JSON.stringify(report, null, 2)}\n`
  if (reportFile === undefined) process.stdout.write(text)
  else writeFileSync(reportFile, text)
  return report.ok ? 0 : 1
}
