import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Marks the fuse wire in Electron's program, and the version of its layout (the README of @electron/fuses). */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
const WIRE_VERSION = 1
/** As Electron ships them: run-as-node, NODE_OPTIONS, inspect and file privileges on; the rest off. */
const SHIPPED = '10110001'

/** Writes a folder laid out like an unpacked Electron for Linux, whose program is nothing but a fuse wire. */
export function writeStandInDist(folder: string, version: string): void {
  for (const part of ['resources', 'locales']) mkdirSync(join(folder, part), { recursive: true })
  for (const locale of ['en-US', 'es', 'fr']) writeFileSync(join(folder, 'locales', `${locale}.pak`), '')
  for (const name of ['LICENSE', 'LICENSES.chromium.html']) writeFileSync(join(folder, name), '')
  writeFileSync(join(folder, 'version'), version)
  const wire = Buffer.concat([Buffer.from(SENTINEL), Buffer.from([WIRE_VERSION, SHIPPED.length]), Buffer.from(SHIPPED)])
  writeFileSync(join(folder, 'electron'), Buffer.concat([Buffer.alloc(4_096), wire, Buffer.alloc(4_096)]))
  chmodSync(join(folder, 'electron'), 0o755)
}
