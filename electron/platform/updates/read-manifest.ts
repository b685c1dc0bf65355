import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said } from '../../contracts/wording.ts'
import { updateManifest, type UpdateManifest } from '../../contracts/updates.ts'

export const MANIFEST = 'update.json'
export const SIGNATURE = 'update.json.sig'
const MAX_MANIFEST_BYTES = 1 << 20

/**
 * [Note: signed updates]
 * An update is a folder: installers, `update.json` with their names, lengths and SHA-256, and `update.json.sig`, the Ed25519
 * signature (RFC 8032) of its bytes in base64. Whoever can write to the share can put anything there; only the holder of the
 * private key can make the application take it. The public key comes from policy or settings, never from the folder. An older
 * version is refused even when it is signed: it may have holes that were closed since.
 * @throws WorkbenchError NOT_FOUND when the folder holds no update, BAD_INPUT when key, signature or contents are wrong.
 */
export async function readManifest(folder: string, publicKey: string): Promise<UpdateManifest> {
  refuseAddress(folder)
  const key = parseKey(publicKey)
  const bytes = await readSmall(join(folder, MANIFEST))
  const signature = Buffer.from((await readSmall(join(folder, SIGNATURE))).toString('utf8').trim(), 'base64')
  // The signature is checked before anything looks at what was signed.
  if (!verify(null, bytes, key, signature))
    throw new WorkbenchError(
      'BAD_INPUT',
      said`The update in ${folder} is not signed with the key of your organisation. Nothing was taken from it. Ask whoever put it there; if they cannot tell, tell your administrator.`,
    )
  const parsed = v.safeParse(updateManifest, parseJson(bytes))
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new WorkbenchError(
    'BAD_INPUT',
    said`${join(folder, MANIFEST)} is signed but not of the expected form (${v.getDotPath(issue) ?? said`whole file`}: ${issue.message}). It may be for a newer version: install the update by hand.`,
  )
}

/** @throws WorkbenchError BAD_INPUT. */
function parseKey(publicKey: string): KeyObject {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' })
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // Told below, the same for every kind of wrong key.
  }
  throw new WorkbenchError(
    'BAD_INPUT',
    said`The key for updates is not an Ed25519 public key. Copy it again from your administrator: one line of 60 characters that starts with MCowBQYDK2VwAyEA.`,
  )
}

function refuseAddress(folder: string): void {
  if (!/^[a-z][a-z0-9+.-]+:\/\//iu.test(folder)) return
  throw new WorkbenchError(
    'BAD_INPUT',
    said`${folder} is an address. Updates come from a folder or a share that this computer has, such as /mnt/updates or \\\\server\\updates: the application itself connects to nothing.`,
  )
}

async function readSmall(path: string): Promise<Buffer> {
  try {
    if ((await stat(path)).size > MAX_MANIFEST_BYTES)
      throw new WorkbenchError('BAD_INPUT', said`${path} is too large to be what its name says.`)
    return await readFile(path)
  } catch (error) {
    if (error instanceof WorkbenchError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'it is not there' : message
    throw new WorkbenchError(
      'NOT_FOUND',
      said`${path} cannot be read: ${reason}. Check that the folder is reachable and that the update was copied there completely.`,
      { cause: error },
    )
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
