// Everything an installation consists of: the one source of both bills of materials and of the licences page.
import Database from 'better-sqlite3'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import spdxParse from 'spdx-expression-parse'
import { NATIVE_PARTS } from './native-parts.ts'
import {
  directDependencies,
  leftOutOf,
  lockedPackages,
  productionPackages,
  type LockedPackage,
  type Target,
} from './production-packages.ts'

export interface Part {
  /** Unique in the inventory; letters, digits, `.` and `-`. */
  readonly id: string
  readonly kind: 'application' | 'package' | 'native' | 'model' | 'data' | 'platform'
  readonly name: string
  readonly version?: string | undefined
  /** A valid SPDX expression; absent where what was declared is none. */
  readonly licence?: string | undefined
  readonly purl?: string
  readonly sha512?: string
  readonly sha256?: string
  readonly note?: string
  /** Ids of the parts it needs. */
  readonly needs: readonly string[]
}

export interface Inventory {
  readonly application: Part
  readonly parts: readonly Part[]
}

export interface InventoryOptions {
  readonly root: string
  readonly target: Target
  /** Folders of npm packages whose code was bundled into the window (out/renderer/licences.json). */
  readonly bundled: readonly string[]
  /** What the application runs on: Electron or Node, which the packages of npm do not name. */
  readonly platform: { readonly name: string; readonly version: string; readonly licence: string }
}

/** @throws Error when a package that must be installed is not. */
export function takeInventory({ root, target, bundled, platform }: InventoryOptions): Inventory {
  const packages = productionPackages(root, target).filter(({ path }) => existsSync(join(root, path)))
  const known = new Set(packages.map(({ path }) => path))
  const windowOnly = lockedPackages(
    root,
    bundled.filter((path) => !known.has(path)),
  )
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    'name' | 'version' | 'license',
    string
  >
  const runtime: Part = { id: idOf('platform', platform.name), kind: 'platform', needs: [], ...platform }
  const parts = [
    runtime,
    ...packages.map((entry) => packagePart(entry, known)),
    ...windowOnly.map((entry) => packagePart(entry, known, 'Bundled into the window.')),
    ...nativeParts(root, target, packages),
    ...ownAddon(root, target),
    ...modelParts(root),
    sampleLibrary(root),
  ]
  const direct = [...directDependencies(root).filter((path) => known.has(path)), ...windowOnly.map(({ path }) => path)]
  const application: Part = {
    id: 'application',
    kind: 'application',
    name: own.name,
    version: own.version,
    licence: own.license,
    needs: [
      runtime.id,
      ...direct.map((path) => idOf('package', path)),
      ...parts.filter(({ kind }) => kind === 'model' || kind === 'data').map(({ id }) => id),
    ],
  }
  return { application, parts }
}

/** What packages declare, as a valid SPDX expression. @returns undefined where it cannot be one. */
export function spdxExpression(declared: string | undefined): string | undefined {
  const expression = declared?.replace(/\bApache\b(?!-)/u, 'Apache-2.0')
  return expression !== undefined && isExpression(expression) ? expression : undefined
}

/** The parser is the reference of the SPDX project's own JavaScript. */
export function isExpression(text: string): boolean {
  try {
    spdxParse(text)
    return true
  } catch {
    return false
  }
}

function packagePart(entry: LockedPackage, known: ReadonlySet<string>, note?: string): Part {
  const { path, name, version, licence, integrity, dependencies } = entry
  const [algorithm, base64] = integrity?.split('-') ?? []
  return {
    id: idOf('package', path),
    kind: 'package',
    name,
    version,
    licence: spdxExpression(licence),
    // purl-spec: the @ of a scope is percent-encoded.
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    ...(algorithm === 'sha512' && base64 ? { sha512: Buffer.from(base64, 'base64').toString('hex') } : {}),
    ...(note === undefined ? {} : { note }),
    needs: dependencies.filter((path) => known.has(path)).map((path) => idOf('package', path)),
  }
}

/** Every library file that is shipped, with the parts compiled into it. */
function nativeParts(root: string, target: Target, packages: readonly LockedPackage[]): Part[] {
  const isLeftOut = leftOutOf(root, target)
  return packages.flatMap(({ path, name }): Part[] => {
    const files = globSync('**/*.{node,so,so.*,dll,dylib,wasm}', {
      cwd: join(root, path),
      exclude: ['node_modules/**'],
    })
      .map((file) => `${path}/${file}`)
      .filter((file) => !isLeftOut(file))
      .sort()
    if (files.length === 0) return []
    // A platform's package holds the files; the table names the package that chooses among them.
    const key = Object.keys(NATIVE_PARTS).find((known) => name === known || name.startsWith(`${known}-`))
    const compiledIn = (key === undefined ? [] : NATIVE_PARTS[key]!).map((part): Part => {
      const version = part.version ?? (part.name === 'SQLite' ? sqliteVersion() : undefined)
      return {
        id: idOf('native', `${name}-${part.name}`),
        kind: 'native',
        note: `Compiled into ${name}.`,
        needs: [],
        ...part,
        version,
      }
    })
    const libraries = files.map((file): Part => ({
      id: idOf('native', file),
      kind: 'native',
      name: basename(file),
      note: `A file of ${name}: ${file}`,
      sha256: sha256Of(join(root, file)),
      needs: compiledIn.map(({ id }) => id),
    }))
    return [...libraries, ...compiledIn]
  })
}

function ownAddon(root: string, { platform, arch }: Target): Part[] {
  const file = `native/build/kernels-${platform}-${arch}.node`
  if (!existsSync(join(root, file))) return []
  const note = 'Compiled from native/src.'
  return [
    {
      id: 'native-kernels',
      kind: 'native',
      name: basename(file),
      licence: 'Apache-2.0',
      sha256: sha256Of(join(root, file)),
      note,
      needs: [],
    },
  ]
}

function modelParts(root: string): Part[] {
  return globSync('resources/models/*/model.safetensors', { cwd: root }).map((file): Part => {
    const folder = dirname(file)
    const licence = /^license: (.+)$/mu.exec(readFileSync(join(root, folder, 'README.md'), 'utf8'))?.[1]
    return {
      id: idOf('model', basename(folder)),
      kind: 'model',
      name: basename(folder),
      licence: spdxExpression(licence === 'cc-by-sa-4.0' ? 'CC-BY-SA-4.0' : licence),
      sha256: sha256Of(join(root, file)),
      note: 'Weights of the search model; how it was made and from what is in README.md and training.json beside them.',
      needs: [],
    }
  })
}

function sampleLibrary(root: string): Part {
  const hash = createHash('sha256')
  for (const file of globSync('resources/sample-library/pdfs/**/*.pdf', { cwd: root }).sort())
    hash.update(readFileSync(join(root, file)))
  const note = 'Invented documents to try the application on; the hash is over the files in the order of their paths.'
  return {
    id: 'data-sample-library',
    kind: 'data',
    name: 'sample-library',
    licence: 'Apache-2.0',
    sha256: hash.digest('hex'),
    note,
    needs: [],
  }
}

function sqliteVersion(): string {
  const db = new Database(':memory:')
  try {
    return db.prepare<[], string>('SELECT sqlite_version()').pluck().get()!
  } finally {
    db.close()
  }
}

function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

function idOf(kind: Part['kind'], name: string): string {
  return `${kind}-${name
    .replace(/^node_modules\//u, '')
    .replace(/[^A-Za-z0-9.-]+/gu, '-')
    .replace(/^-/u, '')}`
}
