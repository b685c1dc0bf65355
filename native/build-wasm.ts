/**
 * Compiles the kernels to WebAssembly and writes them as a TypeScript module, so that bundlers, Node and Electron all
 * find them without looking for a file. For maintainers, after a change in src/: `node native/build-wasm.ts`.
 * Needs clang and wasm-ld, 14 or later (Debian: `apt install clang lld`).
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const sources = ['scan.c', 'optimizer.c'].map((file) => fileURLToPath(new URL(`./src/${file}`, import.meta.url)))
const output = fileURLToPath(new URL('./wasm/kernels-wasm.ts', import.meta.url))

const FLAGS = [
  '--target=wasm32',
  '-O3',
  '-msimd128',
  '-mbulk-memory',
  '-nostdlib',
  '-ffreestanding',
  '-ffp-contract=off',
  '-fno-math-errno',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Wl,--no-entry',
  '-Wl,--import-memory',
  '-Wl,--export=__heap_base',
  '-Wl,--strip-all',
  '-Wl,--stack-first',
  '-Wl,-z,stack-size=4096',
]

/** @returns the compiler's version line, or undefined where clang or wasm-ld is missing. */
export function wasmCompiler(): string | undefined {
  try {
    execFileSync('wasm-ld', ['--version'], { stdio: 'ignore' })
    return execFileSync('clang', ['--version'], { encoding: 'utf8' }).split('\n')[0]
  } catch {
    return undefined
  }
}

/** @returns the bytes of the module. @throws Error with the compiler's output when it fails. */
export function compileWasm(): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'kernels-'))
  try {
    const file = join(directory, 'kernels.wasm')
    execFileSync('clang', [...FLAGS, ...sources, '-o', file], { stdio: ['ignore', 'inherit', 'inherit'] })
    return readFileSync(file)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

if (import.meta.main) {
  const compiler = wasmCompiler()
  if (!compiler) throw new Error('clang and wasm-ld are needed to build the WebAssembly kernels')
  const bytes = compileWasm()
  const lines = bytes.toString('base64').match(/.{1,116}/g) ?? []
  writeFileSync(
    output,
    `// Made by build-wasm.ts from src/: ${bytes.length} bytes. Do not edit.\n` +
      `export const KERNELS_COMPILER = '${compiler}'\n\n` +
      `// prettier-ignore\nexport const KERNELS_WASM =\n${lines.map((line) => `  '${line}'`).join(' +\n')}\n`,
  )
  console.log(`${output}: ${bytes.length} bytes`)
}
