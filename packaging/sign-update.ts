/**
 * Makes a folder of installers an update, see [Note: signed updates]:
 *   node packaging/sign-update.ts new-key KEY_FILE           writes a private key, prints the public one for policy or settings
 *   node packaging/sign-update.ts FOLDER --key KEY_FILE --notes "What is new"
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import {
  updateManifest,
  type InstallerKind,
  type UpdateFile,
  type UpdateManifest,
} from '../electron/contracts/updates.ts'
import { hashFile } from '../electron/platform/hash-list.ts'
import { MANIFEST, SIGNATURE } from '../electron/platform/updates/index.ts'

/** As electron-builder.yml and build-deb.ts name them. */
const NAME =
  /^dmretriever-workbench(?<cli>-cli)?-(?<version>\d+\.\d+\.\d+)-(?<os>linux|win|mac)-(?<arch>\w+)\.(?<ending>deb|rpm|AppImage|exe|msi|dmg)$/u
const PLATFORMS = { linux: 'linux', win: 'win32', mac: 'darwin' } as const
const ARCHITECTURES: Readonly<Record<string, UpdateFile['arch']>> = {
  x64: 'x64',
  amd64: 'x64',
  x86_64: 'x64',
  arm64: 'arm64',
  aarch64: 'arm64',
}
const KINDS: Readonly<Record<string, InstallerKind>> = {
  deb: 'deb',
  rpm: 'rpm',
  AppImage: 'appimage',
  exe: 'nsis',
  msi: 'msi',
  dmg: 'dmg',
}

/** @returns the public key as policy and settings take it. */
export function writeNewKey(path: string): string {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  // Never over a key that signed updates already.
  writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' })
  return publicText(publicKey)
}

/** Lists the installers of a folder and signs the list. @throws Error when there is none, or of several versions. */
export async function signUpdate(
  folder: string,
  keyFile: string,
  notes: string,
  released = new Date(),
): Promise<UpdateManifest> {
  const found = readdirSync(folder)
    .map((name) => NAME.exec(name))
    .filter((match) => match !== null)
  const versions = new Set(found.map(({ groups }) => groups!['version']))
  const [version] = versions
  if (versions.size !== 1)
    throw new Error(`${folder} must hold installers of one version, and holds ${[...versions].join(', ') || 'none'}.`)
  const files = await Promise.all(
    found.map(async ({ 0: name, groups }) => ({
      name,
      kind: groups!['cli'] ? 'cli-deb' : KINDS[groups!['ending']!],
      platform: PLATFORMS[groups!['os'] as keyof typeof PLATFORMS],
      arch: ARCHITECTURES[groups!['arch']!],
      ...(await hashFile(join(folder, name))),
    })),
  )
  const day = released.toISOString().slice(0, 10)
  const manifest = v.parse(updateManifest, {
    format: 1,
    product: 'dmretriever-workbench',
    version,
    released: day,
    notes,
    files,
  })
  const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)
  writeFileSync(join(folder, MANIFEST), bytes)
  writeFileSync(
    join(folder, SIGNATURE),
    `${sign(null, bytes, createPrivateKey(readFileSync(keyFile))).toString('base64')}\n`,
  )
  return manifest
}

function publicText(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'der' }).toString('base64')
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { key: { type: 'string' }, notes: { type: 'string', default: '' } },
  })
  const [first, second] = positionals
  if (first === 'new-key' && second !== undefined) process.stdout.write(`${writeNewKey(second)}\n`)
  else if (first !== undefined && values.key !== undefined) {
    const { version, files } = await signUpdate(first, values.key, values.notes)
    process.stdout.write(
      `${version}, ${files.length} installers, for ${publicText(createPublicKey(readFileSync(values.key)))}\n`,
    )
  } else {
    process.stderr.write('Usage: sign-update.ts new-key KEY_FILE | FOLDER --key KEY_FILE [--notes TEXT]\n')
    process.exitCode = 2
  }
}
