// The headless package for real: built, installed, used, upgraded, removed and purged by dpkg, in a system that is thrown away.
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDeb } from '../packaging/build-deb.ts'
import { INSIDE, ThrowAwaySystem } from './support/throw-away-system.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SYSTEM = await ThrowAwaySystem.open()
const IN_VAR = 'env DMR_DATA=/var/lib/dmr'
const NEWER = '99.0.0'

let first: string
let second: string

beforeAll(async () => {
  if (!SYSTEM) return
  if (!existsSync(join(ROOT, 'out/renderer/index.html'))) throw new Error('Build the window first: npm run build.')
  const versions = ['0.0.1', NEWER]
  ;[first, second] = (await buildDeb({ output: SYSTEM.exchange, compression: 'none', versions })) as [string, string]
}, 240_000)
afterAll(() => SYSTEM?.[Symbol.dispose]())

/** Runs a command inside that has to end with 0. @returns what it wrote. */
function succeed(command: string, user?: string): string {
  const { code, stdout, stderr } = SYSTEM!.run(command, user === undefined ? {} : { user })
  expect(code, `${command}\n${stdout}${stderr}`).toBe(0)
  return stdout
}
const install = (path: string): string => succeed(`dpkg --force-unsafe-io --install ${INSIDE}/${basename(path)}`)
const search = (): { hits: { file: string; legs: object }[] } =>
  JSON.parse(succeed(`${IN_VAR} dmr search "when does the shelter open" --json --k 3`, 'dmr')) as ReturnType<
    typeof search
  >
/** What the library holds. */
const status = (): unknown => JSON.parse(succeed(`${IN_VAR} dmr status --json`, 'dmr'))

describe.skipIf(!SYSTEM)('the headless package', { timeout: 180_000 }, () => {
  it('installs, is as it was packed and belongs to root', () => {
    install(first)
    expect(succeed('dmr --version').trim()).toBe('0.0.1')
    expect(succeed('dpkg --verify dmretriever-workbench-cli')).toBe('')
    expect(succeed('find /usr/lib/dmr /usr/bin/dmr ! -user root -o -perm /022 ! -type l')).toBe('')
    expect(succeed('stat -c "%U %a" /var/lib/dmr').trim()).toBe('dmr 700')
  })

  it('tests itself, as a user without rights, from what it brought along', () => {
    const report = JSON.parse(succeed('dmr selftest --json', 'nobody')) as { steps: { name: string; detail: string }[] }
    expect(report.steps[0]?.detail).toMatch(/all as packed$/u)
    expect(succeed('ls /usr/lib/dmr/sbom').trim().split('\n')).toEqual(['bom.cdx.json', 'bom.spdx.json'])
  })

  it('indexes and finds, by words and by meaning', () => {
    succeed(`${IN_VAR} dmr index /usr/lib/dmr/resources/sample-library/pdfs/sops --quiet`, 'dmr')
    const { hits } = search()
    expect(hits[0]?.file).toContain('shelter-opening')
    expect(hits[0]?.legs).toHaveProperty('dense')
  })

  it('brings a service that systemd accepts, and whose command serves the window', async () => {
    if (SYSTEM!.run('which systemd-analyze').code === 0)
      expect(succeed('systemd-analyze verify /usr/lib/systemd/system/dmr-serve.service 2>&1')).toBe('')
    else console.warn('skipped: no systemd-analyze here to verify the service file')
    // Off until somebody asks for it.
    expect(SYSTEM!.run('ls /etc/systemd/system/multi-user.target.wants/dmr-serve.service').code).not.toBe(0)
    const unit = succeed('cat /usr/lib/systemd/system/dmr-serve.service')
    const start = /^ExecStart=(.+)$/mu.exec(unit)![1]!
    const asService = `echo $$ > /var/lib/dmr/serve.pid; exec ${IN_VAR} ${start} --json`
    const service = SYSTEM!.start(
      `set -a; . /etc/default/dmr-serve; DMR_PORT=0; exec runuser -u dmr -- sh -c '${asService}'`,
    )
    const [line] = (await once(service.stdout!, 'data')) as [Buffer]
    const { url } = JSON.parse(line.toString()) as { url: string }
    expect((await fetch(new URL('/', url), { redirect: 'manual' })).status).toBe(401)
    const admitted = await fetch(url, { redirect: 'manual' })
    const cookie = admitted.headers.getSetCookie()[0]!.split(';')[0]!
    expect(await (await fetch(new URL('/', url), { headers: { cookie } })).text()).toContain('<title>')
    succeed('kill -TERM $(cat /var/lib/dmr/serve.pid)')
    await once(service, 'close')
  })

  it('keeps library and changed settings through an upgrade', () => {
    const before = status()
    succeed('sed -i s/8470/9999/ /etc/default/dmr-serve')
    install(second)
    expect(succeed('dmr --version').trim()).toBe(NEWER)
    expect(succeed('cat /etc/default/dmr-serve')).toContain('DMR_PORT=9999')
    expect(status()).toEqual(before)
    expect(search().hits[0]?.file).toContain('shelter-opening')
  })

  it('notices one changed byte before it serves', () => {
    succeed('echo "// changed" >> /usr/lib/dmr/electron/contracts/errors.ts')
    const { code, stderr } = SYSTEM!.run('dmr selftest --files')
    expect(code).toBe(1)
    expect(stderr).toContain('electron/contracts/errors.ts is changed')
    succeed("sed -i '$d' /usr/lib/dmr/electron/contracts/errors.ts")
    succeed('dmr selftest --files')
  })

  it('leaves libraries and settings when it is removed', () => {
    succeed('mkdir -p /etc/dmretriever-workbench && echo {} > /etc/dmretriever-workbench/policy.json')
    succeed('mkdir -p /root/.local/share && touch /root/.local/share/own-library.db')
    succeed('dpkg --remove dmretriever-workbench-cli')
    expect(SYSTEM!.run('which dmr').code).not.toBe(0)
    expect(SYSTEM!.run('ls /usr/lib/dmr').code).not.toBe(0)
    expect(succeed('ls /var/lib/dmr /etc/default/dmr-serve')).toContain('library.db')
  })

  it("takes the service's libraries when it is purged, and nothing that is not its own", () => {
    succeed('dpkg --purge dmretriever-workbench-cli')
    for (const path of ['/var/lib/dmr', '/etc/default/dmr-serve', '/usr/share/doc/dmretriever-workbench-cli'])
      expect(SYSTEM!.run(`ls -d ${path}`).code, path).not.toBe(0)
    expect(SYSTEM!.run('getent passwd dmr').code).not.toBe(0)
    succeed('ls /etc/dmretriever-workbench/policy.json /root/.local/share/own-library.db')
  })
})
