import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkHashList, HASH_LIST, hashFile, hasHashList, makeHashList } from './hash-list.ts'

let folder: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-hashes-'))
  mkdirSync(join(folder, 'resources', 'models'), { recursive: true })
  writeFileSync(join(folder, 'app.asar'), Buffer.alloc(3 << 20, 7))
  writeFileSync(join(folder, 'resources', 'models', 'weights'), 'weights')
  writeFileSync(join(folder, 'resources', 'empty'), '')
  writeFileSync(join(folder, HASH_LIST), JSON.stringify(await makeHashList(folder)))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the list of an installation', () => {
  it('holds for what it was made of, with files longer than one read and empty ones', async () => {
    expect(hasHashList(folder)).toBe(true)
    expect(await checkHashList(folder)).toEqual({ files: 3, bytes: (3 << 20) + 7, faults: [] })
  })

  it('has the hashes that other programs compute', async () => {
    writeFileSync(join(folder, 'abc'), 'abc')
    // FIPS 180-4, example B.1.
    const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    expect(await hashFile(join(folder, 'abc'))).toEqual({ bytes: 3, sha256 })
  })

  it('finds one changed byte, also where the length stays', async () => {
    const bytes = Buffer.alloc(3 << 20, 7)
    bytes[2 << 20] = 8
    writeFileSync(join(folder, 'app.asar'), bytes)
    expect((await checkHashList(folder)).faults).toEqual([{ path: 'app.asar', fault: 'changed' }])
  })

  it('finds what is missing, what was added to and what was put beside it', async () => {
    rmSync(join(folder, 'app.asar'))
    appendFileSync(join(folder, 'resources', 'empty'), 'x')
    writeFileSync(join(folder, 'resources', 'models', 'library.so'), 'foreign')
    expect((await checkHashList(folder)).faults).toEqual([
      { path: 'app.asar', fault: 'missing' },
      { path: 'resources/empty', fault: 'changed' },
      { path: 'resources/models/library.so', fault: 'unexpected' },
    ])
  })

  it('lets a file that signing changes differ, but not be missing', async () => {
    const list = await makeHashList(folder, (path) => !path.endsWith('weights'))
    writeFileSync(join(folder, HASH_LIST), JSON.stringify(list))
    writeFileSync(join(folder, 'resources', 'models', 'weights'), 'signed weights')
    expect((await checkHashList(folder)).faults).toEqual([])
    rmSync(join(folder, 'resources', 'models', 'weights'))
    expect((await checkHashList(folder)).faults).toEqual([{ path: 'resources/models/weights', fault: 'missing' }])
  })

  it('takes no notice of the profile that a .deb brings, at its one place', async () => {
    writeFileSync(join(folder, 'apparmor-profile'), 'profile')
    expect((await checkHashList(folder)).faults).toEqual([])
    writeFileSync(join(folder, 'resources', 'apparmor-profile'), 'profile')
    expect((await checkHashList(folder)).faults).toEqual([{ path: 'resources/apparmor-profile', fault: 'unexpected' }])
  })

  it('is itself a fault when it is missing, cut short or of another form', async () => {
    for (const text of [undefined, '{"format":1,"files":{"a"', '{"format":2,"files":{}}', '[]']) {
      if (text === undefined) rmSync(join(folder, HASH_LIST))
      else writeFileSync(join(folder, HASH_LIST), text)
      expect((await checkHashList(folder)).faults, text).toEqual([{ path: HASH_LIST, fault: 'unreadable' }])
    }
  })
})
