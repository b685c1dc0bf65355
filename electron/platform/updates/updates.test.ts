import { generateKeyPairSync, sign } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { signUpdate, writeNewKey } from '../../../packaging/sign-update.ts'
import { checkForUpdate, fetchUpdate, MANIFEST, SIGNATURE, type Installation, type UpdateSource } from './index.ts'
import { chooseInstaller, fittingKinds } from './installers.ts'
import { compareVersions } from './versions.ts'

const DESKTOP: Installation = { host: 'desktop', platform: 'linux', arch: 'x64', appImage: false, debian: true }
const DEB = 'dmretriever-workbench-2.0.0-linux-amd64.deb'
const INSTALLERS = [
  DEB,
  'dmretriever-workbench-2.0.0-linux-x86_64.rpm',
  'dmretriever-workbench-cli-2.0.0-linux-arm64.deb',
  'dmretriever-workbench-2.0.0-win-x64.exe',
]

let root: string
let folder: string
let data: string
let keyFile: string
let publicKey: string

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'dmr-updates-'))
  folder = join(root, 'share')
  data = join(root, 'data')
  keyFile = join(root, 'key.pem')
  mkdirSync(folder)
  for (const name of [...INSTALLERS, 'readme.txt']) writeFileSync(join(folder, name), `installer ${name}`.repeat(1_000))
  publicKey = writeNewKey(keyFile)
  await signUpdate(folder, keyFile, 'Finds more.', new Date('2026-11-20'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const source = (change: Partial<UpdateSource> = {}): UpdateSource => ({
  folder,
  publicKey,
  installed: '1.4.9',
  installation: DESKTOP,
  ...change,
})
/** Changes the manifest and signs it again, as the holder of the key would. */
function rewrite(change: (manifest: Record<string, unknown>) => void): void {
  const manifest = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as Record<string, unknown>
  change(manifest)
  const bytes = Buffer.from(JSON.stringify(manifest))
  writeFileSync(join(folder, MANIFEST), bytes)
  writeFileSync(join(folder, SIGNATURE), sign(null, bytes, readFileSync(keyFile)).toString('base64'))
}

describe('a signed update', () => {
  it('is offered with its notes and length, and fetched with what to do next', async () => {
    expect(await checkForUpdate(source())).toMatchObject({
      state: 'available',
      installed: '1.4.9',
      version: '2.0.0',
      released: '2026-11-20',
      notes: 'Finds more.',
      bytes: statSync(join(folder, DEB)).size,
    })
    const fetched = await fetchUpdate(source(), data)
    expect(fetched).toMatchObject({ version: '2.0.0', path: join(data, 'updates', '2.0.0', DEB) })
    expect(fetched.nextStep).toContain(`sudo apt install "${fetched.path}"`)
    expect(readFileSync(fetched.path).equals(readFileSync(join(folder, DEB)))).toBe(true)
  })

  it('is kept alone: copies of other versions go, a good copy is not made again', async () => {
    mkdirSync(join(data, 'updates', '1.5.0'), { recursive: true })
    const { path } = await fetchUpdate(source(), data)
    const { mtimeMs } = statSync(path)
    // The original may be gone by then.
    rmSync(join(folder, DEB))
    await fetchUpdate(source(), data)
    expect(statSync(path).mtimeMs).toBe(mtimeMs)
    expect(readdirSync(join(data, 'updates'))).toEqual(['2.0.0'])
  })

  it('of the installed version is nothing new', async () => {
    expect(await checkForUpdate(source({ installed: '2.0.0' }))).toMatchObject({ state: 'current', version: null })
    await expect(fetchUpdate(source({ installed: '2.0.0' }), data)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('what is refused, with nothing kept', () => {
  afterEach(() => {
    const updates = join(data, 'updates')
    expect(
      existsSync(updates)
        ? readdirSync(updates, { recursive: true }).filter((path) => /deb|part/u.test(String(path)))
        : [],
    ).toEqual([])
  })

  it('the signature of another key', async () => {
    const other = writeNewKey(join(root, 'other.pem'))
    await expect(checkForUpdate(source({ publicKey: other }))).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('not signed with the key of your organisation'),
    })
    await signUpdate(folder, join(root, 'other.pem'), 'From elsewhere')
    await expect(fetchUpdate(source(), data)).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })

  it('a manifest changed by one character, and a signature cut short or empty', async () => {
    const text = readFileSync(join(folder, MANIFEST), 'utf8')
    writeFileSync(join(folder, MANIFEST), text.replace('2.0.0', '2.0.1'))
    await expect(checkForUpdate(source())).rejects.toThrow('not signed')
    writeFileSync(join(folder, MANIFEST), text)
    for (const length of [10, 0]) {
      truncateSync(join(folder, SIGNATURE), length)
      await expect(checkForUpdate(source())).rejects.toThrow('not signed')
    }
  })

  it('a file with another hash, though signed list and length fit', async () => {
    const bytes = readFileSync(join(folder, DEB))
    bytes[100]! ^= 1
    writeFileSync(join(folder, DEB), bytes)
    await expect(fetchUpdate(source(), data)).rejects.toThrow(/not the file that was signed/u)
  })

  it('a file that is still being copied, or longer than it was', async () => {
    truncateSync(join(folder, DEB), 5_000)
    await expect(fetchUpdate(source(), data)).rejects.toThrow(
      /has 5000 of \d+ bytes: it is probably still being copied/u,
    )
    appendFileSync(join(folder, DEB), 'x'.repeat(100_000))
    await expect(fetchUpdate(source(), data)).rejects.toMatchObject({ code: 'BAD_INPUT' })
    rmSync(join(folder, DEB))
    await expect(fetchUpdate(source(), data)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('an older version, signed or not', async () => {
    await expect(checkForUpdate(source({ installed: '2.0.1' }))).rejects.toThrow(
      /offers version 2\.0\.0, older than the installed 2\.0\.1/u,
    )
    await expect(fetchUpdate(source({ installed: '10.0.0' }), data)).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })

  it.each([
    ['a path that leaves the folder', '../../etc/cron.d/x'],
    ['an absolute path', '/etc/passwd'],
    ['a hidden file', '.profile'],
  ])('%s as the name of a file', async (_what, name) => {
    rewrite((manifest) => ((manifest['files'] as { name: string }[])[0]!.name = name))
    await expect(fetchUpdate(source(), data)).rejects.toThrow(/plain file name/u)
  })

  it.each([
    ['another product', (manifest: Record<string, unknown>) => (manifest['product'] = 'other')],
    ['a later form', (manifest: Record<string, unknown>) => (manifest['format'] = 2)],
    ['a version that is none', (manifest: Record<string, unknown>) => (manifest['version'] = 'newest')],
  ])('a signed list of %s', async (_what, change) => {
    rewrite(change)
    await expect(checkForUpdate(source())).rejects.toThrow(/signed but not of the expected form/u)
  })

  it('a key that is none, or of another kind', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1_024 })
      .publicKey.export({ type: 'spki', format: 'der' })
      .toString('base64')
    for (const publicKey of ['', 'MCowBQ', rsa])
      await expect(checkForUpdate(source({ publicKey }))).rejects.toThrow(/not an Ed25519 public key/u)
  })

  it('an address, an empty folder and a folder that is not there', async () => {
    await expect(checkForUpdate(source({ folder: 'https://updates.example.org' }))).rejects.toThrow(
      /connects to nothing/u,
    )
    await expect(checkForUpdate(source({ folder: join(root, 'nowhere') }))).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('a copy that was stopped', async () => {
    await expect(fetchUpdate(source(), data, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('the installer for a computer', () => {
  it.each([
    [DESKTOP, ['deb', 'appimage']],
    [{ ...DESKTOP, debian: false }, ['rpm', 'appimage']],
    [{ ...DESKTOP, appImage: true }, ['appimage']],
    [{ ...DESKTOP, host: 'cli' as const }, ['cli-deb']],
    [{ ...DESKTOP, platform: 'win32' as const }, ['nsis', 'msi']],
    [{ ...DESKTOP, platform: 'darwin' as const }, ['dmg']],
    [{ ...DESKTOP, platform: 'freebsd' as const }, []],
  ])('is of the kind it was installed from: %j', (installation, kinds) =>
    expect(fittingKinds(installation)).toEqual(kinds),
  )

  it('is for its processor, or there is none', async () => {
    const manifest = await signUpdate(folder, keyFile, '')
    expect(chooseInstaller(manifest, { ...DESKTOP, host: 'web', arch: 'arm64' })?.name).toBe(INSTALLERS[2])
    expect(chooseInstaller(manifest, { ...DESKTOP, arch: 'arm64' })).toBeUndefined()
    await expect(checkForUpdate(source({ installation: { ...DESKTOP, arch: 'arm64' } }))).rejects.toThrow(
      /no installer for linux arm64/u,
    )
  })
})

describe('signing', () => {
  it('takes installers of one version only, and overwrites no key', async () => {
    writeFileSync(join(folder, DEB.replace('2.0.0', '2.1.0')), 'newer')
    await expect(signUpdate(folder, keyFile, '')).rejects.toThrow(/one version, and holds 2\.\d\.0, 2\.\d\.0/u)
    expect(() => writeNewKey(keyFile)).toThrow(/EEXIST/u)
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
  })
})

describe('versions', () => {
  it('are compared by number, not by letter', () => {
    expect(compareVersions('10.0.0', '9.9.9')).toBeGreaterThan(0)
    expect(compareVersions('1.2.3', '1.2.3-beta')).toBe(0)
    expect(compareVersions('1.2.3', '1.10.0')).toBeLessThan(0)
  })
})
