/**
 * Compiles the optional Node-API addon for this machine: `npm run build:native`. Needs a C and C++ compiler (gcc or
 * clang) on Linux or macOS, x64 or arm64; nothing is downloaded. Without it the application runs the WebAssembly kernels.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ADDON_PATH, loadKernels } from './index.ts'

const SOURCES = ['scan', 'optimizer']
const COMMON = ['-O3', '-fPIC', '-fvisibility=hidden', '-ffp-contract=off', '-fno-math-errno', '-Wall', '-Wextra']

/** One object file per source and instruction set; addon.cc chooses among them at run time. */
const INSTRUCTION_SETS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  x64: {
    avx2: ['-mavx2'],
    avx512: ['-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl', '-mavx512vnni', '-mprefer-vector-width=512'],
  },
  arm64: { neon: [] },
}

/** @returns the path of the addon. @throws Error when the platform has no kernels or the compiler fails. */
export function buildAddon(output = ADDON_PATH): string {
  const sets = INSTRUCTION_SETS[process.arch]
  if (!sets || !['linux', 'darwin'].includes(process.platform)) {
    throw new Error(
      `There is no native addon for ${process.platform} ${process.arch}; the WebAssembly kernels run there`,
    )
  }
  const { include_dir: headers } = createRequire(import.meta.url)('node-api-headers') as { include_dir: string }
  const source = (file: string) => fileURLToPath(new URL(`./src/${file}`, import.meta.url))
  const compile = (compiler: string, flags: readonly string[]) =>
    execFileSync(compiler, flags, { stdio: ['ignore', 'inherit', 'inherit'] })
  const cc = process.env['CC'] ?? 'cc'
  const cxx = process.env['CXX'] ?? 'c++'

  const directory = mkdtempSync(join(tmpdir(), 'kernels-'))
  try {
    const objects = Object.entries(sets).flatMap(([isa, flags]) =>
      SOURCES.map((name) => {
        const object = join(directory, `${name}-${isa}.o`)
        compile(cc, ['-std=c11', ...COMMON, ...flags, `-DKERNEL_ISA=${isa}`, '-c', source(`${name}.c`), '-o', object])
        return object
      }),
    )
    const built = join(directory, 'kernels.node')
    const link = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-pthread']
    compile(cxx, ['-std=c++17', ...COMMON, `-I${headers}`, source('addon.cc'), ...objects, ...link, '-o', built])
    mkdirSync(dirname(output), { recursive: true })
    // A rename, not a copy: a process that has the old addon mapped keeps the old file.
    copyFileSync(built, `${output}.new`)
    renameSync(`${output}.new`, output)
    return output
  } finally {
    rmSync(directory, { recursive: true })
  }
}

if (import.meta.main) {
  const path = buildAddon()
  console.log(`${path}: ${(await loadKernels({ only: 'addon' })).backend}`)
}
