import { oc } from '@orpc/contract'
import * as v from 'valibot'

/** Kinds of installers, by how each is installed. */
export const INSTALLER_KINDS = ['deb', 'cli-deb', 'rpm', 'appimage', 'nsis', 'msi', 'dmg'] as const
export type InstallerKind = (typeof INSTALLER_KINDS)[number]

const version = v.pipe(v.string(), v.regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/u, 'must be three numbers such as 1.2.0'))

const updateFile = v.object({
  /** A name in the folder of the manifest, never a path. */
  name: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/u, 'must be a plain file name')),
  kind: v.picklist(INSTALLER_KINDS),
  /** Node's names: linux, win32, darwin; x64, arm64. */
  platform: v.picklist(['linux', 'win32', 'darwin']),
  arch: v.picklist(['x64', 'arm64']),
  bytes: v.pipe(v.number(), v.integer(), v.minValue(1)),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/u, 'must be 64 hexadecimal digits')),
})
export type UpdateFile = v.InferOutput<typeof updateFile>

/** `update.json` in an update folder; `update.json.sig` beside it signs its bytes. See [Note: signed updates]. */
export const updateManifest = v.object({
  format: v.literal(1),
  product: v.literal('dmretriever-workbench'),
  version,
  released: v.pipe(v.string(), v.isoDate()),
  /** For people: what is new. */
  notes: v.pipe(v.string(), v.maxLength(20_000)),
  files: v.array(updateFile),
})
export type UpdateManifest = v.InferOutput<typeof updateManifest>

const check = v.object({
  /** off: no folder is named, or a policy forbids updates. */
  state: v.picklist(['off', 'current', 'available']),
  installed: v.string(),
  folder: v.nullable(v.string()),
  /** What the folder offers, when it is newer. */
  version: v.nullable(v.string()),
  released: v.nullable(v.string()),
  notes: v.nullable(v.string()),
  bytes: v.nullable(v.number()),
  /** Why there is nothing to look at, as a sentence for people. */
  reason: v.nullable(v.string()),
})
export type UpdateCheck = v.InferOutput<typeof check>

const fetched = v.object({
  version: v.string(),
  /** The checked copy on this computer. */
  path: v.string(),
  /** What to do with it, as a sentence for people; a command where there is one. */
  nextStep: v.string(),
})
export type FetchedUpdate = v.InferOutput<typeof fetched>

export const updatesContract = {
  /** Reads the manifest in the folder that settings or policy name. Nothing is looked at without being asked. */
  check: oc.output(check),
  /** Copies the installer for this computer and checks the copy. */
  fetch: oc.output(fetched),
}
