import { describe, expect, it } from 'vitest'
import { compileWasm, wasmCompiler } from './build-wasm.ts'
import { KERNELS_COMPILER, KERNELS_WASM } from './wasm/kernels-wasm.ts'

const compiler = wasmCompiler()
if (!compiler) console.warn('skipped: clang and wasm-ld are not installed, so the WebAssembly module is not rebuilt')
else if (compiler !== KERNELS_COMPILER)
  console.warn(`skipped: the bytes are those of ${KERNELS_COMPILER}, here is ${compiler}`)

describe('the committed WebAssembly module', () => {
  const committed = Buffer.from(KERNELS_WASM, 'base64')

  it.runIf(compiler)('has the exports of one built from the sources', async () => {
    const [built, kept] = await Promise.all([WebAssembly.compile(compileWasm()), WebAssembly.compile(committed)])
    expect(WebAssembly.Module.exports(kept)).toEqual(WebAssembly.Module.exports(built))
  })

  it.runIf(compiler === KERNELS_COMPILER)('is byte for byte what its compiler makes of the sources', () => {
    expect(compileWasm().equals(committed)).toBe(true)
  })
})
