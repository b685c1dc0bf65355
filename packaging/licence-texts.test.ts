import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { licenceText } from './licence-texts.ts'
import { productionPackages, THIS_MACHINE } from './production-packages.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const installed = productionPackages(ROOT, THIS_MACHINE).filter(({ path }) => existsSync(join(ROOT, path)))
const packageNamed = (name: string) => installed.find((entry) => entry.name === name)!

describe('the terms of what is installed', () => {
  it('are there for every package', () => {
    expect(installed.length).toBeGreaterThan(100)
    for (const entry of installed) expect(licenceText(ROOT, entry).length, entry.name).toBeGreaterThan(200)
  })

  it("are a package's own file to the letter where it has one", () => {
    const own = readFileSync(join(ROOT, 'node_modules/valibot/LICENSE.md'), 'utf8')
    expect(licenceText(ROOT, packageNamed('valibot'))).toBe(own)
  })

  it('hold those of fonts and decoders that a package brings along', () => {
    const text = licenceText(ROOT, packageNamed('pdfjs-dist'))
    for (const file of ['LICENSE', 'standard_fonts/LICENSE_LIBERATION', 'wasm/LICENSE_OPENJPEG'])
      expect(text).toContain(`--- ${file} ---`)
  })

  it('name the holder where a package carries no text, and are refused where nobody knows', () => {
    expect(licenceText(ROOT, packageNamed('onnxruntime-node'))).toMatch(
      /^MIT License\n\nCopyright \(c\) Microsoft Corporation/u,
    )
    const unknown = { path: 'node_modules/nowhere', name: 'nowhere', licence: 'MIT' }
    expect(() => licenceText(ROOT, unknown)).toThrow(/nowhere \(MIT\) carries no licence text.*licence-texts\.ts/u)
  })
})
