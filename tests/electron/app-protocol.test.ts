import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { answerAppRequest, parseRange } from '../../electron/main/app-protocol.ts'

vi.mock('electron', () => import('./electron-stand-in.ts'))

let folder: string
const documents = new Map<number, string>()

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-protocol-'))
  mkdirSync(join(folder, 'renderer', 'assets'), { recursive: true })
  writeFileSync(join(folder, 'renderer', 'index.html'), '<!doctype html>')
  writeFileSync(join(folder, 'renderer', 'assets', 'a.js'), 'export {}')
  writeFileSync(join(folder, 'secret.txt'), 'SECRET')
  mkdirSync(join(folder, 'renderer-backup'))
  writeFileSync(join(folder, 'renderer-backup', 'secret.txt'), 'SECRET')
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'renderer', 'link.txt'))
  writeFileSync(join(folder, 'ten.pdf'), '0123456789')
  writeFileSync(join(folder, 'empty.pdf'), '')
  documents.set(1, join(folder, 'ten.pdf')).set(2, join(folder, 'empty.pdf')).set(3, join(folder, 'gone.pdf'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ask = (url: string, init?: RequestInit): Promise<Response> =>
  answerAppRequest(new Request(url, init), {
    renderer: join(folder, 'renderer'),
    findDocument: (id) => Promise.resolve(documents.get(id)),
  })

describe('files of the window', () => {
  it('come with their type, the content policy and no sniffing', async () => {
    const answer = await ask('app://workbench/assets/a.js')
    expect(await answer.text()).toBe('export {}')
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'content-length': '9',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
    })
  })

  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/%2e%2e%2fsecret.txt',
    '/..%5csecret.txt',
    '/assets/../../secret.txt',
    '/../renderer-backup/secret.txt',
    '/link.txt',
    '/%00',
    '/%E0%A4%A',
    '/files/../../secret.txt',
    '/files/1/../../../secret.txt',
    '/assets',
    '//secret.txt',
  ])('end at the folder: %s', async (path) => {
    const answer = await ask(`app://workbench${path}`)
    expect(answer.status).toBe(404)
    expect(await answer.text()).not.toContain('SECRET')
  })

  it('end at the folder for any path at all', async () => {
    const piece = fc.constantFrom(
      '..',
      '%2e%2e',
      '.',
      'renderer',
      'renderer-backup',
      'secret.txt',
      '%2f',
      '%5c',
      '\\',
      '',
      'link.txt',
      'files',
      '%252e',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        expect(await (await ask(`app://workbench/${pieces.join('/')}`)).text()).not.toContain('SECRET')
      }),
      { numRuns: 300 },
    )
  })

  it('are refused to every other host and to every method that is not reading', async () => {
    for (const url of ['app://evil/', 'app://workbench.evil/', 'app://workbench:1/'])
      expect((await ask(url)).status).toBe(404)
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await ask('app://workbench/', { method })).status).toBe(405)
  })
})

describe('documents', () => {
  it.each([
    ['bytes=0-0', 206, '0', 'bytes 0-0/10'],
    ['bytes=3-5', 206, '345', 'bytes 3-5/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-4', 206, '6789', 'bytes 6-9/10'],
    ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=8-99', 206, '89', 'bytes 8-9/10'],
    ['bytes=10-', 416, '', 'bytes */10'],
    ['bytes=5-3', 416, '', 'bytes */10'],
    ['bytes=0-1,3-4', 200, '0123456789', null],
    ['lines=0-1', 200, '0123456789', null],
  ])('answer the range %s with %i', async (range, status, body, contentRange) => {
    const answer = await ask('app://workbench/files/1', { headers: { Range: range } })
    expect([answer.status, await answer.text(), answer.headers.get('content-range')]).toEqual([
      status,
      body,
      contentRange,
    ])
    if (status !== 416) expect(answer.headers.get('content-length')).toBe(String(body.length))
  })

  it('say their size without their bytes when only asked for that', async () => {
    const answer = await ask('app://workbench/files/1', { method: 'HEAD' })
    expect([answer.headers.get('content-length'), answer.headers.get('accept-ranges'), await answer.text()]).toEqual([
      '10',
      'bytes',
      '',
    ])
  })

  it('that are empty, gone or unknown have an answer too', async () => {
    expect(await (await ask('app://workbench/files/2')).text()).toBe('')
    expect(await (await ask('app://workbench/files/3')).text()).toMatch(/may have been moved/)
    for (const id of ['4', '-1', '1e3', '1.0', '9999999999999999999'])
      expect((await ask(`app://workbench/files/${id}`)).status).toBe(404)
  })

  it('give any range as the file itself has it', () => {
    const bytes = readFileSync(join(folder, 'ten.pdf'), 'utf8')
    fc.assert(
      fc.property(fc.nat(12), fc.nat(12), (from, to) => {
        const range = parseRange(`bytes=${from}-${to}`, bytes.length)
        if (range === 'unsatisfiable') expect(from >= bytes.length || from > to).toBe(true)
        else expect(bytes.slice(range![0], range![1] + 1)).toBe(bytes.slice(from, to + 1))
      }),
    )
  })
})
