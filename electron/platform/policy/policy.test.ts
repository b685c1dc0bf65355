import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonFile, readPolicy, sourceOf } from './read-policy.ts'
import { parseRegistry } from './windows-registry.ts'

let folder: string
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'dmr-policy-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function policyOf(text: string) {
  const path = join(folder, 'policy.json')
  writeFileSync(path, text)
  return readPolicy(jsonFile(path))
}

describe('a policy', () => {
  it('is read with where it came from; without one nothing is decided', () => {
    expect(policyOf('{"networkOff": true, "cpuSharePercent": 50}')).toEqual({
      values: { networkOff: true, cpuSharePercent: 50 },
      origin: join(folder, 'policy.json'),
    })
    expect(readPolicy(jsonFile(join(folder, 'none.json')))).toEqual({ values: {}, origin: undefined })
  })

  it.each([
    ['{"networkOff": "yes"}', /"networkOff"/],
    ['{"netwrokOff": true}', /"netwrokOff"/],
    ['{"cpuSharePercent": 5}', /"cpuSharePercent"/],
    ['{"allowedModels": ["abc"]}', /"allowedModels\.0".*64 hexadecimal/],
    ['{"generatorEndpoint": "ftp://x/"}', /"generatorEndpoint".*http/],
    ['[]', /not valid/],
    ['{"networkOff": tru', /cannot be read/],
  ])('that is wrong stops the start and names the entry: %s', (text, message) => {
    expect(() => policyOf(text)).toThrow(message)
    expect(() => policyOf(text)).toThrow(/policy\.json.*administrator/)
  })

  it('lies where only administrators write, on every system', () => {
    expect((['linux', 'win32', 'darwin'] as const).map((platform) => sourceOf(platform).origin)).toEqual([
      '/etc/dmretriever-workbench/policy.json',
      'HKLM\\SOFTWARE\\Policies\\DMRetriever\\Workbench',
      '/Library/Managed Preferences/org.dmretriever.workbench.plist',
    ])
  })

  it('is the same from the registry', () => {
    const output = [
      '',
      'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\DMRetriever\\Workbench',
      '    networkOff    REG_DWORD    0x1',
      '    cpuSharePercent    REG_DWORD    0x32',
      '    dataDirectory    REG_SZ    D:\\Shared data\\Work  bench',
      '',
      'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\DMRetriever\\Workbench\\watchedRoots',
      '    1    REG_SZ    \\\\server\\plans',
      '    2    REG_SZ    C:\\Plans',
      '',
    ].join('\r\n')
    expect(readPolicy({ origin: 'registry', read: () => parseRegistry(output) }).values).toEqual({
      networkOff: true,
      cpuSharePercent: 50,
      dataDirectory: 'D:\\Shared data\\Work  bench',
      watchedRoots: ['\\\\server\\plans', 'C:\\Plans'],
    })
  })
})

describe('the network under a policy', () => {
  const script = (policy: object) => `
    import net from 'node:net'
    import http from 'node:http'
    const server = http.createServer((_, response) => response.end('x')).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address()
    const { restrictNetwork } = await import(${JSON.stringify(new URL('./restrict-network.ts', import.meta.url).href)})
    const policy = JSON.parse(${JSON.stringify(JSON.stringify(policy))}.replace('PORT', port))
    restrictNetwork(policy)
    const attempt = (work) => work().then(() => 'open', (error) => (error.cause ?? error).code ?? error.name)
    const outcome = {
      http: await attempt(() => fetch('http://127.0.0.1:' + port)),
      tls: await attempt(() => fetch('https://127.0.0.1:' + port)),
      name: await attempt(() => fetch('http://nowhere.invalid/')),
      socket: await attempt(() => new Promise((resolve, reject) => net.connect(port, '127.0.0.1', resolve).on('error', reject))),
      udp: await attempt(async () => (await import('node:dgram')).createSocket('udp4').close()),
      pipe: await attempt(async () => {
        const path = ${JSON.stringify(join(tmpdir(), 'dmr-policy-pipe-'))} + process.pid
        const local = net.createServer().listen(path)
        await new Promise((resolve, reject) => net.connect(path, resolve).on('error', reject))
        local.close()
      }),
    }
    console.log(JSON.stringify(outcome))
    process.exit()
  `
  const outcomeUnder = (policy: object): unknown => {
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script(policy)], {
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    return JSON.parse(stdout)
  }
  const forbidden = 'ERR_NETWORK_FORBIDDEN'

  it.skipIf(process.platform === 'win32')('is closed with networkOff, but for pipes', () => {
    expect(outcomeUnder({ networkOff: true })).toEqual({
      http: forbidden,
      tls: forbidden,
      name: forbidden,
      socket: forbidden,
      udp: forbidden,
      pipe: 'open',
    })
  })

  it.skipIf(process.platform === 'win32')('has the one way out that an endpoint names', () => {
    const outcome = outcomeUnder({ networkOff: true, generatorEndpoint: 'http://127.0.0.1:PORT/v1' })
    expect(outcome).toMatchObject({ http: 'open', socket: 'open', name: forbidden, udp: forbidden })
  })

  it.skipIf(process.platform === 'win32')('is as it was without a policy', () => {
    expect(outcomeUnder({})).toMatchObject({ http: 'open', socket: 'open', udp: 'open', name: 'ENOTFOUND' })
  })
})
