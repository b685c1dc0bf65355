/**
 * `node packaging/build-deb.ts [--output dist] [--compression xz]`: the command `dmr` and its service as a Debian package for this
 * machine's processor. Needs dpkg-deb and the built window (npm run build), no network and no root. Sources run as they are on
 * the Node.js that the package brings.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { HASH_LIST, makeHashList } from '../electron/platform/hash-list.ts'
import { leftOutOf, productionPackages, requireInstalled, THIS_MACHINE } from './production-packages.ts'
import { nodePlatform, writeSboms } from './sbom.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const NAME = 'dmretriever-workbench-cli'
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

/** What of the checkout runs, and what of it does not. */
const SOURCES = ['electron/**/*.ts', 'native/{*,wasm/*}.ts', 'native/build/*.node', 'out/renderer/**', 'resources/**']
const NOT_SOURCES = [
  '**/*.{test,d}.ts',
  '**/testing/**',
  'electron/{main,preload,host/desktop}/**',
  'native/build-*.ts',
  // As in electron-builder.yml: programs that make what is in resources, and what they make it from.
  'resources/**/*.ts',
  'resources/sample-library/{source,generator}/**',
]

/** Scripts of the package and files it installs, from packaging/deb. */
const PLACED: Readonly<Record<string, string>> = {
  'usr/bin/dmr': 'dmr',
  'usr/lib/systemd/system/dmr-serve.service': 'dmr-serve.service',
  'etc/default/dmr-serve': 'dmr-serve.default',
  [`usr/share/doc/${NAME}/README`]: 'README',
  'DEBIAN/postinst': 'postinst',
  'DEBIAN/prerm': 'prerm',
  'DEBIAN/postrm': 'postrm',
}
const CONFIGURATION = ['/etc/default/dmr-serve']

export interface DebOptions {
  /** Folder for the package. */
  readonly output: string
  /** Default: that of package.json. With several, one package each, all of the same files. */
  readonly versions?: readonly string[]
  /** As dpkg-deb knows them: `xz` is smallest, `none` quickest. */
  readonly compression: string
}

/** @returns the paths of the packages. @throws Error naming what is missing on this machine. */
export async function buildDeb({ output, compression, versions }: DebOptions): Promise<string[]> {
  const architecture = ARCHITECTURES[process.arch]
  if (process.platform !== 'linux' || architecture === undefined)
    throw new Error(
      `A Debian package for ${process.platform} ${process.arch} cannot be made here. Use Linux on x64 or arm64.`,
    )
  const tree = mkdtempSync(join(tmpdir(), 'dmr-deb-'))
  try {
    copyProgram(join(tree, 'usr/lib/dmr'))
    for (const [target, source] of Object.entries(PLACED)) copy(join(ROOT, 'packaging/deb', source), join(tree, target))
    copy(join(ROOT, 'LICENSE'), join(tree, 'usr/share/doc', NAME, 'copyright'))
    writeFileSync(join(tree, 'usr/share/doc', NAME, 'NODE-LICENSE'), nodeLicence())
    mkdirSync(output, { recursive: true })
    const paths: string[] = []
    for (const version of versions ?? [ownPackage()['version']!]) {
      await stamp(tree, version, architecture)
      const path = join(output, `${NAME}-${version}-linux-${architecture}.deb`)
      const options = ['--root-owner-group', `-Z${compression}`, '--build', tree, path]
      execFileSync('dpkg-deb', options, { stdio: ['ignore', 'ignore', 'inherit'] })
      paths.push(path)
    }
    return paths
  } finally {
    rmSync(tree, { recursive: true, force: true })
  }
}

/** Writes what depends on the version: package.json, the list of files, the package's own data. */
async function stamp(tree: string, version: string, architecture: string): Promise<void> {
  const program = join(tree, 'usr/lib/dmr')
  const { name, productName, license, type } = ownPackage()
  const packageJson = { name, productName, version, license, type, private: true }
  writeFileSync(join(program, 'package.json'), JSON.stringify(packageJson))
  writeSboms(join(program, 'sbom'), { target: THIS_MACHINE, platform: nodePlatform() })
  writeFileSync(join(program, HASH_LIST), JSON.stringify(await makeHashList(program)))
  setModes(tree)
  writeControl(tree, version, architecture)
}

/** Node's releases have their terms beside the program; its npm package, which runs the scripts here, leaves them out. */
function nodeLicence(): string {
  const beside = join(dirname(dirname(process.execPath)), 'LICENSE')
  if (existsSync(beside)) return readFileSync(beside, 'utf8')
  const parts = Object.entries(process.versions).map(([name, version]) => `  ${name} ${version}`)
  return [
    `Node.js ${process.version} is under the MIT License. The terms of its parts were not beside the program that this package`,
    `was made with; they are at https://github.com/nodejs/node/blob/${process.version}/LICENSE. The parts:`,
    ...parts,
    '',
  ].join('\n')
}

function ownPackage(): Record<string, string> {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, string>
}

function copyProgram(program: string): void {
  for (const path of globSync(SOURCES, { cwd: ROOT, exclude: NOT_SOURCES }))
    if (statSync(join(ROOT, path)).isFile()) copy(join(ROOT, path), join(program, path))
  copy(process.execPath, join(program, 'node'))
  const packages = productionPackages(ROOT, THIS_MACHINE)
  requireInstalled(ROOT, packages)
  const isLeftOut = leftOutOf(ROOT, THIS_MACHINE)
  for (const { path } of packages)
    cpSync(join(ROOT, path), join(program, path), {
      recursive: true,
      // What lies in a package's own node_modules is an entry of its own.
      filter: (source) => {
        const inside = source.slice(ROOT.length)
        return !inside.slice(path.length).startsWith('/node_modules') && !isLeftOut(inside)
      },
    })
}

function writeControl(tree: string, version: string, architecture: string): void {
  const files = globSync('{usr,etc}/**', { cwd: tree })
    .filter((path) => statSync(join(tree, path)).isFile())
    .sort()
  const bytes = files.reduce((sum, path) => sum + statSync(join(tree, path)).size, 0)
  const control = [
    `Package: ${NAME}`,
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    'Maintainer: DMRetriever Workbench maintainers <maintainers@dmretriever.invalid>',
    `Installed-Size: ${Math.ceil(bytes / 1024)}`,
    'Depends: libc6 (>= 2.28), libstdc++6, passwd',
    'Recommends: tesseract-ocr',
    'Section: science',
    'Priority: optional',
    "Description: search one's own emergency-management documents, offline",
    ' Reads PDFs into a library and finds the page that answers a question, by words',
    ' and by meaning; trains and measures retrieval models. This package holds the',
    ' command dmr and a service that shows the workbench in a browser.',
  ]
  writeFileSync(join(tree, 'DEBIAN/control'), `${control.join('\n')}\n`)
  writeFileSync(join(tree, 'DEBIAN/conffiles'), CONFIGURATION.map((path) => `${path}\n`).join(''))
  // For "dpkg --verify".
  const sums = files
    .filter((path) => !CONFIGURATION.includes(`/${path}`))
    .map(
      (path) =>
        `${createHash('md5')
          .update(readFileSync(join(tree, path)))
          .digest('hex')}  ${path}\n`,
    )
  writeFileSync(join(tree, 'DEBIAN/md5sums'), sums.join(''))
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to)
}

/** The checkout's own modes depend on the umask of whoever made it. */
function setModes(tree: string): void {
  chmodSync(tree, 0o755)
  const programs = /^(DEBIAN\/|usr\/bin\/|usr\/lib\/dmr\/node$)/u
  for (const path of globSync('**', { cwd: tree })) {
    const isFolder = statSync(join(tree, path)).isDirectory()
    chmodSync(join(tree, path), isFolder || programs.test(path) ? 0o755 : 0o644)
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { output: { type: 'string', default: 'dist' }, compression: { type: 'string', default: 'xz' } },
  })
  process.stdout.write(`${(await buildDeb(values)).join('\n')}\n`)
}
