// Which npm packages an installation holds, by package-lock.json, and which of their files electron-builder.yml leaves out.
import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import picomatch from 'picomatch'
import { parse } from 'yaml'

/** The system a package is made for, in Node's words. */
export interface Target {
  readonly platform: NodeJS.Platform
  readonly arch: string
}

export const THIS_MACHINE: Target = { platform: process.platform, arch: process.arch }

export interface LockedPackage {
  /** Folder below the project, such as `node_modules/a/node_modules/b`. */
  readonly path: string
  readonly name: string
  readonly version: string
  /** As the package writes it, mostly an SPDX expression. */
  readonly licence: string | undefined
  /** Subresource integrity of the archive, `sha512-...` in base64. */
  readonly integrity: string | undefined
  /** Folders of the packages it needs, below the project. */
  readonly dependencies: readonly string[]
}

interface LockEntry {
  readonly version: string
  readonly license?: string
  readonly integrity?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly optional?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/**
 * The packages that run in an installation for `target`, ordered by path: production dependencies and theirs, without those for
 * other systems and those that are left out. Linux packages are made for glibc.
 */
export function productionPackages(root: string, target: Target): LockedPackage[] {
  const entries = readLock(root)
  const isLeftOut = leftOutOf(root, target)
  const isShipped = (path: string): boolean => {
    const entry = entries[path]
    return entry !== undefined && path !== '' && isFor(entry, target) && !isLeftOut(`${path}/package.json`)
  }
  return Object.keys(entries)
    .filter((path) => !entries[path]!.dev && !entries[path]!.devOptional && isShipped(path))
    .sort()
    .map((path) => {
      const entry = entries[path]!
      const needed = Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
      return {
        ...lockedPackage(path, entry),
        dependencies: needed.flatMap((name) => resolve(entries, path, name) ?? []).filter(isShipped),
      }
    })
}

/** Packages by folder, whatever they are for: for those that are bundled into the window. */
export function lockedPackages(root: string, paths: readonly string[]): LockedPackage[] {
  const entries = readLock(root)
  return paths.flatMap((path) => (entries[path] ? [{ ...lockedPackage(path, entries[path]), dependencies: [] }] : []))
}

/** The project's own direct production dependencies, as folders. */
export function directDependencies(root: string): string[] {
  return Object.keys(readLock(root)['']?.dependencies ?? {}).map((name) => `node_modules/${name}`)
}

/** True for paths below the project that no package holds: the negative patterns of electron-builder.yml. */
export function leftOutOf(root: string, { platform, arch }: Target): (path: string) => boolean {
  const { files } = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8')) as { files: string[] }
  const patterns = files
    .filter((pattern) => pattern.startsWith('!'))
    .map((pattern) => pattern.slice(1).replaceAll('${platform}', platform).replaceAll('${arch}', arch))
  return picomatch(patterns, { dot: true })
}

function readLock(root: string): Record<string, LockEntry> {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockEntry>
  }
  return lock.packages
}

function lockedPackage(path: string, entry: LockEntry): Omit<LockedPackage, 'dependencies'> {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
  return { path, name, version: entry.version, licence: entry.license, integrity: entry.integrity }
}

function isFor({ os, cpu, libc }: LockEntry, { platform, arch }: Target): boolean {
  const fits = (wanted: readonly string[] | undefined, value: string): boolean =>
    wanted === undefined ||
    (wanted.some((entry) => entry.startsWith('!')) ? !wanted.includes(`!${value}`) : wanted.includes(value))
  return fits(os, platform) && fits(cpu, arch) && (platform !== 'linux' || fits(libc, 'glibc'))
}

/** Node's own search: from the package's folder upwards. */
function resolve(entries: Record<string, LockEntry>, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = posix.dirname(folder)) {
    const candidate = folder === '.' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    if (entries[candidate]) return candidate
    if (folder === '.') return undefined
  }
}

/** @throws Error naming a package that must be there and is not. */
export function requireInstalled(root: string, packages: readonly LockedPackage[]): void {
  const missing = packages.find(({ path }) => !existsSync(join(root, path)))
  if (missing)
    throw new Error(
      `${missing.name} ${missing.version} is not installed. Run "npm ci" on a machine of the target system.`,
    )
}
