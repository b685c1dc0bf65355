import { createHash } from 'node:crypto'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said } from '../../contracts/wording.ts'
import type { FetchedUpdate, UpdateCheck, UpdateFile, UpdateManifest } from '../../contracts/updates.ts'
import { hashFile } from '../hash-list.ts'
import { chooseInstaller, nextStep, type Installation } from './installers.ts'
import { readManifest } from './read-manifest.ts'
import { compareVersions } from './versions.ts'

const CHUNK_BYTES = 1 << 20

export interface UpdateSource {
  readonly folder: string
  /** Ed25519 public key, DER (SPKI) in base64. */
  readonly publicKey: string
  /** Version that runs now. */
  readonly installed: string
  readonly installation: Installation
}

/** Reads what a folder offers. @throws WorkbenchError, see readManifest; BAD_INPUT also for an older version. */
export async function checkForUpdate(source: UpdateSource): Promise<UpdateCheck> {
  const { manifest, file } = await offered(source)
  const isNewer = file !== undefined
  return {
    state: isNewer ? 'available' : 'current',
    installed: source.installed,
    folder: source.folder,
    version: isNewer ? manifest.version : null,
    released: isNewer ? manifest.released : null,
    notes: isNewer ? manifest.notes : null,
    bytes: file?.bytes ?? null,
    reason: null,
  }
}

/**
 * Copies the installer for this computer to `<data>/updates/<version>` and checks the copy, not the original: what is checked is
 * what will be installed. Copies of other versions go.
 * @throws WorkbenchError, see checkForUpdate; NOT_FOUND when there is nothing newer; BAD_INPUT for an incomplete or changed file.
 */
export async function fetchUpdate(source: UpdateSource, data: string, signal?: AbortSignal): Promise<FetchedUpdate> {
  const { manifest, file } = await offered(source)
  if (!file)
    throw new WorkbenchError('NOT_FOUND', said`Version ${source.installed} is the newest that ${source.folder} offers.`)
  const updates = join(data, 'updates')
  const folder = join(updates, manifest.version)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, file.name)
  const existing = await hashFile(path).catch(() => undefined)
  if (existing?.sha256 !== file.sha256) await copyChecked(join(source.folder, file.name), path, file, signal)
  for (const name of await readdir(updates))
    if (name !== manifest.version) await rm(join(updates, name), { recursive: true, force: true })
  return { version: manifest.version, path, nextStep: nextStep(file.kind, path) }
}

/** @returns no file when the installed version is the one offered. */
async function offered(source: UpdateSource): Promise<{ manifest: UpdateManifest; file: UpdateFile | undefined }> {
  const { folder, installed, installation } = source
  const manifest = await readManifest(folder, source.publicKey)
  const difference = compareVersions(manifest.version, installed)
  if (difference === 0) return { manifest, file: undefined }
  if (difference < 0)
    throw new WorkbenchError(
      'BAD_INPUT',
      said`${folder} offers version ${manifest.version}, older than the installed ${installed}. Updates never go back: install an older version by hand, and restore the copy of the library made before the upgrade.`,
    )
  const file = chooseInstaller(manifest, installation)
  if (file) return { manifest, file }
  throw new WorkbenchError(
    'NOT_FOUND',
    said`Version ${manifest.version} in ${folder} has no installer for ${installation.platform} ${installation.arch}. Ask whoever made the update to add one.`,
  )
}

async function copyChecked(
  from: string,
  to: string,
  { name, bytes, sha256 }: UpdateFile,
  signal?: AbortSignal,
): Promise<void> {
  const part = `${to}.part`
  try {
    const copied = await copyHashing(from, part, signal)
    if (copied.bytes !== bytes)
      throw new WorkbenchError(
        'BAD_INPUT',
        said`${name} has ${copied.bytes} of ${bytes} bytes: it is probably still being copied. Wait until that is done and try again.`,
      )
    if (copied.sha256 !== sha256)
      throw new WorkbenchError(
        'BAD_INPUT',
        said`${name} is not the file that was signed: it was damaged or changed. Nothing was kept. Ask whoever put it there to copy it again.`,
      )
    await rename(part, to)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

async function copyHashing(from: string, to: string, signal?: AbortSignal): Promise<{ bytes: number; sha256: string }> {
  await using source = await open(from).catch((error: NodeJS.ErrnoException) => {
    throw new WorkbenchError(
      'NOT_FOUND',
      said`${from} cannot be read (${error.message}). Was the update copied completely?`,
    )
  })
  await using target = await open(to, 'w', 0o600)
  const hash = createHash('sha256')
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  for (let bytes = 0; ;) {
    signal?.throwIfAborted()
    const { bytesRead } = await source.read(chunk, 0, CHUNK_BYTES, bytes)
    if (bytesRead === 0) {
      await target.sync()
      return { bytes, sha256: hash.digest('hex') }
    }
    hash.update(chunk.subarray(0, bytesRead))
    await target.write(chunk, 0, bytesRead, bytes)
    bytes += bytesRead
  }
}
