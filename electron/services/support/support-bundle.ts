import { strToU8, zipSync } from 'fflate'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { arch, availableParallelism, cpus, homedir, hostname, release, totalmem, userInfo } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { POLICY_KEYS, type PolicyName } from '../../contracts/policy.ts'
import type { SupportPreview } from '../../contracts/support.ts'
import type { HostPlatform } from '../../platform/host-platform.ts'
import { privateTexts, SCHEMA_VERSION, schemaVersion } from '../../storage/index.ts'
import { runDoctor } from '../doctor.ts'
import type { Library } from '../library.ts'
import { APP_VERSION } from '../version.ts'
import { readableLog } from './readable-log.ts'
import { Redactor } from './redactor.ts'

const JOBS = 50
const LOG_LINES = 300

const README = `Support bundle of DMRetriever Workbench

Collected on this computer because somebody asked for it; nothing was sent. Names of people, folders, files, documents and
questions, paths, addresses, keys and hashes are replaced by placeholders such as <file 2>; the same number is the same thing
within this bundle. It holds no text of any document. Every file is plain text: read them before you hand them on.
`

/**
 * What helps to find a fault, with everything private replaced: counts and states by construction, free text (messages, log)
 * through a Redactor that knows the library's names. See [Note: redaction].
 * @param library undefined when it cannot be opened, with the reason in `problem`
 */
export async function collectSupport(
  platform: HostPlatform,
  library: Library | undefined,
  problem?: string,
): Promise<SupportPreview> {
  const redactor = redactorFor(platform, library)
  const json = (value: unknown): string => `${JSON.stringify(redactStrings(value, redactor), null, 2)}\n`
  const files = [
    { name: 'README.txt', text: README },
    { name: 'application.json', text: json(describeApplication(platform, library, problem)) },
    ...(library
      ? [
          { name: 'self-check.json', text: json(await runDoctor(library)) },
          { name: 'library.json', text: json(describeLibrary(library)) },
          { name: 'jobs.json', text: json(describeJobs(library)) },
        ]
      : []),
    { name: 'log.txt', text: readableLog(join(platform.paths.data, 'workbench.log'), LOG_LINES, redactor) },
    { name: 'crash-reports.json', text: json(crashReports(platform.paths.crashReports)) },
  ]
  const id = createHash('sha256').update(JSON.stringify(files)).digest('hex')
  return { id, files, redacted: redactor.counts }
}

/** One zip file of exactly these texts. */
export function zipSupport({ files }: Pick<SupportPreview, 'files'>): Uint8Array {
  return zipSync(Object.fromEntries(files.map(({ name, text }) => [name, strToU8(text)])), { level: 9 })
}

/** The time (UTC) is in the name, for the person who keeps several. */
export function supportFileName(now = new Date()): string {
  return `dmr-support-${now.toISOString().slice(0, 16).replace(/[:T]/gu, '-')}.zip`
}

/**
 * [Note: redaction]
 * Nothing goes into a bundle because it is probably harmless: the structured parts pick counts, states and numbers field by
 * field, and every string that comes from somewhere else passes the Redactor, the ones of this file included.
 */
function redactorFor({ paths, policy }: HostPlatform, library: Library | undefined): Redactor {
  const redactor = new Redactor()
  for (const [kind, text] of [
    ['data folder', paths.data],
    ['home', homedir()],
    ['user', userName()],
    ['computer', hostname()],
    ['library', library?.path ?? ''],
    ['library', library?.name ?? ''],
  ] as const)
    redactor.add(kind, text)
  for (const value of Object.values(policy?.values ?? {}))
    for (const text of [value].flat()) if (typeof text === 'string') redactor.add('policy value', text)
  if (!library) return redactor
  for (const { id, origin } of library.models.registry.list()) if (origin !== 'built-in') redactor.add('model', id)
  for (const { kind, text } of privateTexts(library.db)) {
    redactor.add(kind, text)
    // Messages name a file by its last part, a person by either of two.
    if (kind === 'file' || kind === 'folder') redactor.add(kind, basename(text.replaceAll('\\', '/')))
    if (kind === 'person') for (const part of text.split(/[\s,;]+/u)) redactor.add(kind, part)
  }
  return redactor
}

/** @returns '' for an account without a name, as containers have them. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return ''
  }
}

function describeApplication(
  { kind, paths, policy }: HostPlatform,
  library: Library | undefined,
  problem?: string,
): object {
  const { electron } = process.versions
  return {
    version: APP_VERSION,
    host: kind,
    runtime: electron === undefined ? `Node ${process.versions.node}` : `Electron ${electron}`,
    system: `${process.platform} ${release()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    threads: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    packaged: existsSync(join(dirname(paths.resources), 'integrity.json')),
    libraryFormat: library ? `${schemaVersion(library.db)} of ${SCHEMA_VERSION}` : `? of ${SCHEMA_VERSION}`,
    ...(problem === undefined ? {} : { libraryProblem: problem }),
    policy: policyShape(policy?.values ?? {}),
    ...(library ? { settings: settingsShape(library) } : {}),
  }
}

/** Switches and numbers as they are, of everything else only that it is set. */
function policyShape(values: Partial<Record<PolicyName, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const { kind } = POLICY_KEYS[name as PolicyName]
      return [name, kind === 'switch' || kind === 'percent' ? value : 'set']
    }),
  )
}

function settingsShape({ settings }: Library): object {
  const { theme, cpuShare, ocrAutomatically, excludeGlobs, updateFolder, updateKey } = settings.get()
  return {
    ...{ theme, cpuShare, ocrAutomatically },
    excludeGlobs: excludeGlobs.length,
    updates: updateFolder === '' ? 'off' : updateKey === '' ? 'without a key' : 'set',
  }
}

function describeLibrary({ repositories, models, readOnly }: Library): object {
  const { files, documents, passages, bytes, pages, byState, nearCopies } = repositories.facts.overview()
  return {
    ...{ files, documents, passages, bytes, pages, byState, nearCopies, readOnly },
    folders: repositories.sources.all().map(({ watched, include, exclude, isSample }) => ({
      ...{ watched, isSample },
      include: include.length,
      exclude: exclude.length,
    })),
    models: models.registry.list().map(({ id, kind, origin, device, precision, problem }) => ({
      ...{ id, kind, origin, device, precision, active: models.active?.modelId === id },
      ...(problem === undefined ? {} : { problem }),
    })),
  }
}

function describeJobs({ repositories }: Library): object[] {
  return repositories.jobs.recent(JOBS).map((job) => ({
    ...{ id: job.id, kind: job.kind, state: job.state, message: job.message, itemsFailed: job.itemsFailed },
    started: job.startedAt === null ? null : new Date(job.startedAt).toISOString(),
    seconds: job.startedAt === null || job.endedAt === null ? null : (job.endedAt - job.startedAt) / 1_000,
    stages: job.stages.map(({ name, unit, done, total }) => ({ name, unit, done, total })),
    events: repositories.jobs.events(job.id).map(({ level, text }) => `${level}: ${text}`),
  }))
}

/** That there are any, when and how large: their contents are memory of the application and stay where they are. */
function crashReports(folder: string | undefined): object[] {
  if (folder === undefined || !existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.dmp'))
    .map((name) => statSync(join(folder, name)))
    .map(({ size, mtime }) => ({ bytes: size, at: mtime.toISOString() }))
}

function redactStrings(value: unknown, redactor: Redactor): unknown {
  if (typeof value === 'string') return redactor.redact(value)
  if (Array.isArray(value)) return value.map((item) => redactStrings(item, redactor))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactStrings(inner, redactor)]))
}
