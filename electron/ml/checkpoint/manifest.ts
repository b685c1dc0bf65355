// A checkpoint is a folder whose manifest names its files with their hashes. Writing the manifest is what makes it count.
import { createHash } from 'node:crypto'
import { open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

export interface ManifestFile {
  readonly name: string
  readonly bytes: number
  readonly sha256: string
}

export interface CheckpointManifest<State> {
  readonly format: 1
  /** What the checkpoint belongs to (model, recipe, data); compared on resume. */
  readonly belongsTo: Readonly<Record<string, string>>
  readonly state: State
  readonly files: readonly ManifestFile[]
}

const MANIFEST = 'manifest.json'
const HASHED_AT_ONCE = 1 << 20

/** A checkpoint that cannot be used, and why. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError'
}

/**
 * Makes the files of a folder the checkpoint, and removes the files of the one before.
 *
 * [Note: checkpoint order] New files get new names and are on the disk before the manifest is; the manifest is replaced by a rename. A
 * kill at any moment leaves the old manifest with its old files, or the new one with its new files.
 */
export async function commitCheckpoint<State>(
  folder: string,
  names: readonly string[],
  belongsTo: Readonly<Record<string, string>>,
  state: State,
): Promise<void> {
  const files = await Promise.all(names.map((name) => describeFile(folder, name)))
  const manifest: CheckpointManifest<State> = { format: 1, belongsTo, state, files }
  const temporary = join(folder, `${MANIFEST}.part`)
  {
    await using handle = await open(temporary, 'w')
    await handle.writeFile(`${JSON.stringify(manifest, null, 1)}\n`)
    await handle.sync()
  }
  await rename(temporary, join(folder, MANIFEST))
  if (process.platform !== 'win32') {
    await using handle = await open(folder, 'r')
    await handle.sync()
  }
  const kept = new Set([...names, MANIFEST])
  for (const name of await readdir(folder)) if (!kept.has(name)) await rm(join(folder, name), { force: true })
}

/**
 * Reads and verifies the checkpoint of a folder.
 *
 * @returns undefined when there is none
 * @throws CheckpointError naming the damaged file, or what differs from `belongsTo`
 */
export async function readCheckpoint<State>(
  folder: string,
  belongsTo: Readonly<Record<string, string>>,
): Promise<CheckpointManifest<State> | undefined> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const manifest = parseManifest<State>(folder, text)
  for (const [what, value] of Object.entries(belongsTo)) {
    if (manifest.belongsTo[what] === value) continue
    throw new CheckpointError(
      `${folder}: this checkpoint belongs to another ${what} (${manifest.belongsTo[what] ?? 'none'}, not ${value}). Resume with the ${what} it was made with, or start a new run.`,
    )
  }
  for (const { name, bytes, sha256 } of manifest.files) {
    const found = await describeFile(folder, name).catch(() => undefined)
    if (found?.bytes === bytes && found.sha256 === sha256) continue
    throw new CheckpointError(
      `${join(folder, name)}: ${found ? 'its content is not what was written' : 'missing'}. Start the run again.`,
    )
  }
  return manifest
}

function parseManifest<State>(folder: string, text: string): CheckpointManifest<State> {
  try {
    const json = JSON.parse(text) as Partial<CheckpointManifest<State>>
    if (json.format === 1 && Array.isArray(json.files) && json.belongsTo && json.state !== undefined)
      return json as CheckpointManifest<State>
  } catch {
    // Falls through: whatever is wrong with it, the remedy is the same.
  }
  throw new CheckpointError(`${join(folder, MANIFEST)}: not a checkpoint of this program. Start the run again.`)
}

/** Size and SHA-256 of a file. Through one buffer: a stream's chunks wait for the garbage collector, some 100 MB of them. */
export async function describeFile(folder: string, name: string): Promise<ManifestFile> {
  const hash = createHash('sha256')
  const buffer = new Uint8Array(HASHED_AT_ONCE)
  await using handle = await open(join(folder, name), 'r')
  for (let bytes = 0; ;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, bytes)
    if (bytesRead === 0) return { name, bytes, sha256: hash.digest('hex') }
    hash.update(buffer.subarray(0, bytesRead))
    bytes += bytesRead
  }
}
