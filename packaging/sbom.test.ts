import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation'
import { Version } from '@cyclonedx/cyclonedx-library/Spec'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { toCycloneDx } from './cyclonedx.ts'
import { isExpression, spdxExpression, takeInventory } from './inventory.ts'
import { leftOutOf, productionPackages, THIS_MACHINE, type Target } from './production-packages.ts'
import { toSpdx } from './spdx.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const CREATED = new Date('2026-11-20T12:00:00.123Z')

const inventory = takeInventory({
  root: ROOT,
  target: THIS_MACHINE,
  bundled: ['node_modules/svelte', 'node_modules/pdfjs-dist'],
  platform: { name: 'electron', version: '45.4.1', licence: 'MIT' },
})

const spdxId = v.pipe(v.string(), v.regex(/^SPDXRef-[a-zA-Z0-9.-]+$/u))
const licence = v.pipe(
  v.string(),
  v.check((text) => text === 'NOASSERTION' || isExpression(text)),
)
/** What SPDX 2.3 asks of a document of this kind (clauses 6, 7 and 11 of the specification), and nothing more is allowed. */
const spdxDocument = v.strictObject({
  spdxVersion: v.literal('SPDX-2.3'),
  dataLicense: v.literal('CC0-1.0'),
  SPDXID: v.literal('SPDXRef-DOCUMENT'),
  name: v.string(),
  documentNamespace: v.pipe(v.string(), v.url(), v.excludes('#')),
  creationInfo: v.strictObject({
    created: v.pipe(v.string(), v.regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/u)),
    creators: v.array(v.pipe(v.string(), v.regex(/^(Tool|Organization|Person): \S/u))),
  }),
  packages: v.array(
    v.strictObject({
      SPDXID: spdxId,
      name: v.pipe(v.string(), v.nonEmpty()),
      versionInfo: v.optional(v.string()),
      downloadLocation: v.literal('NOASSERTION'),
      filesAnalyzed: v.literal(false),
      licenseConcluded: licence,
      licenseDeclared: licence,
      copyrightText: v.literal('NOASSERTION'),
      primaryPackagePurpose: v.picklist(['APPLICATION', 'LIBRARY', 'FRAMEWORK', 'OTHER']),
      checksums: v.optional(
        v.array(
          v.strictObject({
            algorithm: v.picklist(['SHA256', 'SHA512']),
            checksumValue: v.pipe(v.string(), v.regex(/^[0-9a-f]{64,128}$/u)),
          }),
        ),
      ),
      comment: v.optional(v.string()),
      externalRefs: v.optional(
        v.array(
          v.strictObject({
            referenceCategory: v.literal('PACKAGE-MANAGER'),
            referenceType: v.literal('purl'),
            referenceLocator: v.pipe(v.string(), v.regex(/^pkg:npm\/(%40[^/@]+\/)?[^/@]+@[^@]+$/u)),
          }),
        ),
      ),
    }),
  ),
  relationships: v.array(
    v.strictObject({
      spdxElementId: spdxId,
      relationshipType: v.picklist(['DESCRIBES', 'CONTAINS', 'DEPENDS_ON']),
      relatedSpdxElement: spdxId,
    }),
  ),
})

describe('the inventory', () => {
  it('has the packages that npm itself counts as production, and leaves out those of other systems', () => {
    // Not "npm sbom --omit=dev": it drops what a development dependency needs as well.
    const listed = execFileSync('npm', ['ls', '--package-lock-only', '--omit=dev', '--all', '--parseable', '--long'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const theirs = new Set(listed.split('\n').flatMap((line) => /:((?:@[^:@]+\/)?[^:@]+@[^:]+)/u.exec(line)?.[1] ?? []))
    expect(theirs.size).toBeGreaterThan(100)
    const ours = new Set(productionPackages(ROOT, THIS_MACHINE).map(({ name, version }) => `${name}@${version}`))
    expect([...ours].filter((entry) => !theirs.has(entry))).toEqual([])
    const others = [...theirs].filter((entry) => !ours.has(entry) && !entry.startsWith('dmretriever-workbench@'))
    for (const entry of others)
      expect(entry).toMatch(
        /darwin|win32|windows|android|freebsd|musl|arm|riscv|x64|^(adm-zip|global-agent|typescript)@/u,
      )
  })

  it('differs by system: each gets its own libraries', () => {
    const names = (target: Target): string[] => productionPackages(ROOT, target).map(({ name }) => name)
    expect(names({ platform: 'win32', arch: 'x64' })).toContain('sqlite-vec-windows-x64')
    expect(names({ platform: 'darwin', arch: 'arm64' })).toContain('@parcel/watcher-darwin-arm64')
    const linux = names({ platform: 'linux', arch: 'arm64' })
    expect(linux).toContain('@napi-rs/canvas-linux-arm64-gnu')
    expect(linux.filter((name) => /musl|darwin|win32|x64/u.test(name))).toEqual([])
    const isLeftOut = leftOutOf(ROOT, { platform: 'linux', arch: 'arm64' })
    expect(isLeftOut('node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1')).toBe(true)
    expect(isLeftOut('node_modules/onnxruntime-node/bin/napi-v6/linux/arm64/libonnxruntime.so.1')).toBe(false)
  })

  it('names every part once, and needs nothing that is not in it', () => {
    const ids = [inventory.application, ...inventory.parts].map(({ id }) => id)
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([])
    for (const { id, needs } of [inventory.application, ...inventory.parts])
      for (const need of needs) expect(ids, `${id} needs ${need}`).toContain(need)
  })

  it('has model, sample library, runtime and what is compiled into native files', () => {
    const named = (kind: string): string[] =>
      inventory.parts.filter((part) => part.kind === kind).map(({ name }) => name)
    expect(named('model')).toEqual(['dmr-static-en'])
    expect(named('data')).toEqual(['sample-library'])
    expect(named('platform')).toEqual(['electron'])
    expect(named('native')).toEqual(expect.arrayContaining(['SQLite', 'Skia', 'ONNX Runtime', 'Tesseract', 'vec0.so']))
    const weights = readFileSync(join(ROOT, 'resources/models/dmr-static-en/model.safetensors'))
    const model = inventory.parts.find(({ kind }) => kind === 'model')
    expect(model).toMatchObject({ licence: 'CC-BY-SA-4.0', sha256: createHash('sha256').update(weights).digest('hex') })
    expect(inventory.parts.find(({ name }) => name === 'SQLite')?.version).toMatch(/^3\.\d+\.\d+$/u)
  })

  it('takes only valid licence expressions, and mends the one known slip', () => {
    expect(spdxExpression('MIT OR Apache')).toBe('MIT OR Apache-2.0')
    expect(spdxExpression('(MIT AND Zlib)')).toBe('(MIT AND Zlib)')
    expect(spdxExpression('SEE LICENSE IN LICENSE')).toBeUndefined()
    expect(spdxExpression(undefined)).toBeUndefined()
  })
})

describe('the CycloneDX bill', () => {
  it('holds to the published schema of 1.6, and its validator would notice', async () => {
    const bill = toCycloneDx(inventory, CREATED)
    const validator = new JsonStrictValidator(Version.v1dot6)
    expect(await validator.validate(bill)).toBeNull()
    expect(await validator.validate(bill.replace('"machine-learning-model"', '"model"'))).not.toBeNull()
  })

  it('is the same for the same parts, lists all of them, and says what needs what', () => {
    const bill = toCycloneDx(inventory, CREATED)
    expect(toCycloneDx(inventory, CREATED)).toBe(bill)
    const { components, dependencies, metadata } = JSON.parse(bill) as {
      components: { 'bom-ref': string }[]
      dependencies: { ref: string; dependsOn?: string[] }[]
      metadata: { component: { name: string } }
    }
    expect(components.map((component) => component['bom-ref']).sort()).toEqual(
      inventory.parts.map(({ id }) => id).sort(),
    )
    expect(metadata.component.name).toBe('dmretriever-workbench')
    expect(dependencies.find(({ ref }) => ref === 'package-send')?.dependsOn).toContain('package-mime-types')
  })
})

describe('the SPDX bill', () => {
  const document = JSON.parse(toSpdx(inventory, CREATED)) as v.InferOutput<typeof spdxDocument>

  it('has what SPDX 2.3 asks for, in its form', () => {
    expect(
      v.safeParse(spdxDocument, document).issues?.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`),
    ).toBeUndefined()
    expect(document.creationInfo.created).toBe('2026-11-20T12:00:00Z')
  })

  it('lists every part once, each contained in the application it describes', () => {
    const ids = document.packages.map(({ SPDXID }) => SPDXID)
    expect(new Set(ids).size).toBe(inventory.parts.length + 1)
    const known = new Set([...ids, 'SPDXRef-DOCUMENT'])
    for (const { spdxElementId, relatedSpdxElement } of document.relationships)
      expect([spdxElementId, relatedSpdxElement].filter((id) => !known.has(id))).toEqual([])
    const contained = document.relationships.filter(({ relationshipType }) => relationshipType === 'CONTAINS')
    expect(contained).toHaveLength(inventory.parts.length)
  })
})
