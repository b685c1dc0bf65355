import { createHash } from 'node:crypto'
import type { Inventory, Part } from './inventory.ts'

const PURPOSES = {
  application: 'APPLICATION',
  package: 'LIBRARY',
  native: 'LIBRARY',
  model: 'OTHER',
  data: 'OTHER',
  platform: 'FRAMEWORK',
} as const satisfies Record<Part['kind'], string>

/** SPDX 2.3 as JSON (spdx.github.io/spdx-spec/v2.3): what is in it, what needs what, what each declares as its licence. */
export function toSpdx({ application, parts }: Inventory, created: Date): string {
  const all = [application, ...parts]
  const known = new Set(all.map(({ id }) => id))
  const relationships = [
    relationship('SPDXRef-DOCUMENT', 'DESCRIBES', refOf(application.id)),
    ...parts.map(({ id }) => relationship(refOf(application.id), 'CONTAINS', refOf(id))),
    ...all.flatMap(({ id, needs }) =>
      needs.filter((need) => known.has(need)).map((need) => relationship(refOf(id), 'DEPENDS_ON', refOf(need))),
    ),
  ]
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${application.name}-${application.version}`,
    // Clause 6.5: unique to this document; an address that need not lead anywhere.
    documentNamespace: `https://dmretriever.invalid/spdx/${application.name}-${application.version}-${digest(all)}`,
    creationInfo: {
      // Clause 6.9: seconds, in UTC.
      created: created.toISOString().replace(/\.\d+Z$/u, 'Z'),
      creators: ['Tool: packaging/sbom.ts', 'Organization: DMRetriever Workbench maintainers'],
    },
    packages: all.map(toPackage),
    relationships,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function toPackage({ id, kind, name, version, licence, purl, sha256, sha512, note }: Part): object {
  const checksums = [
    ...(sha256 === undefined ? [] : [{ algorithm: 'SHA256', checksumValue: sha256 }]),
    ...(sha512 === undefined ? [] : [{ algorithm: 'SHA512', checksumValue: sha512 }]),
  ]
  return {
    SPDXID: refOf(id),
    name,
    ...(version === undefined ? {} : { versionInfo: version }),
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: licence ?? 'NOASSERTION',
    copyrightText: 'NOASSERTION',
    primaryPackagePurpose: PURPOSES[kind],
    ...(checksums.length === 0 ? {} : { checksums }),
    ...(note === undefined ? {} : { comment: note }),
    ...(purl === undefined
      ? {}
      : { externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }] }),
  }
}

function relationship(spdxElementId: string, relationshipType: string, relatedSpdxElement: string): object {
  return { spdxElementId, relationshipType, relatedSpdxElement }
}

function refOf(id: string): string {
  return `SPDXRef-${id}`
}

function digest(parts: readonly Part[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}
