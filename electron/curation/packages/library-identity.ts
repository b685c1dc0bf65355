import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, sign, verify } from 'node:crypto'
import * as v from 'valibot'
import type { SettingRepository } from '../../storage/index.ts'

const SETTING = 'library.identity'
const stored = v.object({ id: v.string(), publicKey: v.string(), privateKey: v.string() })

/** A seal: the hash of what it closes, signed (Ed25519) by the library that closed it. */
export interface Seal {
  readonly sha256: string
  readonly publicKey: string
  readonly signature: string
}

/**
 * Who a library is to other libraries: an id and a pair of keys, made when they are first needed. A copy of the library file
 * is the same library. The signature shows that a package is one's own and as it was; it does not say who may judge.
 */
export class LibraryIdentity {
  readonly id: string
  readonly publicKey: string
  readonly #privateKey: string

  private constructor({ id, publicKey, privateKey }: v.InferOutput<typeof stored>) {
    this.id = id
    this.publicKey = publicKey
    this.#privateKey = privateKey
  }

  static of(settings: SettingRepository): LibraryIdentity {
    const known = v.safeParse(stored, settings.get(SETTING))
    if (known.success) return new LibraryIdentity(known.output)
    const keys = generateKeyPairSync('ed25519')
    const identity = {
      id: randomUUID(),
      publicKey: keys.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
      privateKey: keys.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
    }
    settings.set(SETTING, identity)
    return new LibraryIdentity(identity)
  }

  seal(sha256: string): Seal {
    const key = createPrivateKey({ key: Buffer.from(this.#privateKey, 'base64'), type: 'pkcs8', format: 'der' })
    return { sha256, publicKey: this.publicKey, signature: sign(null, Buffer.from(sha256), key).toString('base64') }
  }

  /** Whether this very library made the seal. */
  isOwn(seal: Seal): boolean {
    return seal.publicKey === this.publicKey && sealHolds(seal)
  }
}

/** Whether the signature fits hash and key. */
export function sealHolds({ sha256, publicKey, signature }: Seal): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), type: 'spki', format: 'der' })
    return verify(null, Buffer.from(sha256), key, Buffer.from(signature, 'base64'))
  } catch {
    // No key at all: somebody wrote something else in its place.
    return false
  }
}
