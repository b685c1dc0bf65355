import { ComponentType, HashAlgorithm } from '@cyclonedx/cyclonedx-library/Enums'
import { Bom, Component, LicenseExpression, Property, SpdxLicense } from '@cyclonedx/cyclonedx-library/Models'
import { JSON as Json, JsonSerializer } from '@cyclonedx/cyclonedx-library/Serialize'
import { isSupportedSpdxId } from '@cyclonedx/cyclonedx-library/SPDX'
import { Spec1dot6 } from '@cyclonedx/cyclonedx-library/Spec'
import { createHash } from 'node:crypto'
import type { Inventory, Part } from './inventory.ts'

const TYPES = {
  application: ComponentType.Application,
  package: ComponentType.Library,
  native: ComponentType.Library,
  model: ComponentType.MachineLearningModel,
  data: ComponentType.Data,
  platform: ComponentType.Platform,
} as const satisfies Record<Part['kind'], ComponentType>

/** CycloneDX 1.6 as JSON. The same inventory and time give the same bytes. */
export function toCycloneDx({ application, parts }: Inventory, created: Date): string {
  const components = new Map([application, ...parts].map((part) => [part.id, toComponent(part)]))
  for (const part of [application, ...parts])
    for (const id of part.needs) {
      const needed = components.get(id)
      if (needed) components.get(part.id)!.dependencies.add(needed.bomRef)
    }
  const bom = new Bom({ version: 1, serialNumber: serialNumber(parts) })
  bom.metadata.timestamp = created
  bom.metadata.component = components.get(application.id)!
  for (const part of parts) bom.components.add(components.get(part.id)!)
  const serializer = new JsonSerializer(new Json.Normalize.Factory(Spec1dot6))
  return serializer.serialize(bom, { sortLists: true, space: 2 })
}

function toComponent({ id, kind, name, version, licence, purl, sha256, sha512, note }: Part): Component {
  const component = new Component(TYPES[kind], name, {
    bomRef: id,
    ...(version === undefined ? {} : { version }),
    ...(purl === undefined ? {} : { purl }),
    ...(note === undefined ? {} : { description: note }),
  })
  if (sha256 !== undefined) component.hashes.set(HashAlgorithm['SHA-256'], sha256)
  if (sha512 !== undefined) component.hashes.set(HashAlgorithm['SHA-512'], sha512)
  if (licence !== undefined)
    component.licenses.add(isSupportedSpdxId(licence) ? new SpdxLicense(licence) : new LicenseExpression(licence))
  component.properties.add(new Property('dmr:kind', kind))
  return component
}

/** A UUID (version 8, RFC 9562) from the contents, so that the same contents have the same number. */
function serialNumber(parts: readonly Part[]): string {
  const digits = createHash('sha256').update(JSON.stringify(parts)).digest('hex')
  const uuid = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `a${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ]
  return `urn:uuid:${uuid.join('-')}`
}
