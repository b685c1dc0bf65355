// The installed layout, built by electron-builder from its real configuration around a stand-in for Electron's own files,
// and then run: services and workers from nothing but what was packaged, far from the checkout's node_modules.
import { extractAll, listPackage } from '@electron/asar'
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ADDON_PATH } from '../../native/index.ts'
import { ServicesLink, type ServicesFailure } from '../../electron/main/services-link.ts'
import { damageOf, runSelfTest } from '../../electron/main/installation.ts'
import { keepSizeBudget } from '../../packaging/size-budget.ts'
import { pageOfText, writePdf } from '../support/pdf.ts'
import { buildShell, ROOT } from './build-shell.ts'
import { BrowserWindow } from './electron-stand-in.ts'
import type { MessagePortMain } from './message-ports.ts'
import { writeStandInDist } from './stand-in-dist.ts'
import { clientOver } from './window-page.ts'

vi.mock('electron', () => import('./electron-stand-in.ts'))

const isLinux = process.platform === 'linux'
if (!isLinux) console.warn('skipped: the stand-in for an unpacked Electron is laid out as on Linux')

let folder: string
let installed: string
let archive: string
let packed: string[]

beforeAll(async () => {
  if (!isLinux) return
  folder = mkdtempSync(join(tmpdir(), 'dmr-packaging-'))
  const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules/electron/package.json'), 'utf8')) as {
    version: string
  }
  writeStandInDist(join(folder, 'electron'), version)
  await buildShell(join(ROOT, 'out'))
  const options = [`-c.electronDist=${join(folder, 'electron')}`, `-c.directories.output=${join(folder, 'dist')}`]
  const builder = join(ROOT, 'node_modules/electron-builder/cli.js')
  // The air-gapped path: where that can be done, without any network at all.
  const alone = process.getuid?.() === 0 && spawnSync('unshare', ['--net', 'true']).status === 0
  const command = [process.execPath, builder, '--linux', 'deb', 'rpm', ...options]
  const [program = '', ...args] = alone ? ['unshare', '--net', ...command] : command
  const env = { ...process.env, CUSTOM_FPM_PATH: writeFpmStandIn() }
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8', env })
  if (status !== 0) throw new Error(`electron-builder ended with code ${status}:\n${stdout}${stderr}`)
  installed = join(
    folder,
    'dist',
    readdirSync(join(folder, 'dist')).find((name) => name.endsWith('unpacked'))!,
  )
  archive = join(installed, 'resources', 'app.asar')
  packed = listPackage(archive, { isPack: false })
}, 240_000)
afterAll(() => {
  if (isLinux) rmSync(folder, { recursive: true, force: true })
})

/** fpm makes .deb and .rpm out of the layout; in its place stands what keeps its arguments and the scripts it is given. */
function writeFpmStandIn(): string {
  const path = join(folder, 'fpm')
  const script = `#!/bin/sh
printf '%s\\n' "$@" >> '${folder}/fpm.arguments'
while [ $# -gt 0 ]; do
  case "$1" in
    --package) echo package > "$2" ;;
    --after-install | --after-remove) cp "$2" "${folder}/fpm$1" ;;
  esac
  shift
done
`
  writeFileSync(path, script, { mode: 0o755 })
  return path
}

describe.skipIf(!isLinux)('the installed layout', () => {
  it('has every fuse set', async () => {
    const wire = await getCurrentFuseWire(join(installed, 'dmretriever-workbench'))
    const states = {
      [FuseV1Options.RunAsNode]: FuseState.DISABLE,
      [FuseV1Options.EnableCookieEncryption]: FuseState.ENABLE,
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: FuseState.DISABLE,
      [FuseV1Options.EnableNodeCliInspectArguments]: FuseState.DISABLE,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: FuseState.ENABLE,
      [FuseV1Options.OnlyLoadAppFromAsar]: FuseState.ENABLE,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: FuseState.DISABLE,
      [FuseV1Options.GrantFileProtocolExtraPrivileges]: FuseState.DISABLE,
    }
    expect(wire).toMatchObject(states)
    // A fuse that a later Electron brings has to be decided on; this one only makes WebAssembly slower when it is off.
    const decided = [...Object.keys(states).map(Number), FuseV1Options.WasmTrapHandlers]
    const known = Object.values(FuseV1Options).filter((fuse) => typeof fuse === 'number')
    expect(known.toSorted((a, b) => a - b)).toEqual(decided.toSorted((a, b) => a - b))
  })

  it('keeps every library that the system loads beside the archive, for this platform only', () => {
    const unpacked = `${archive}.unpacked`
    const libraries = globSync('**/*.{node,so,so.*,dll,dylib}', { cwd: unpacked })
    for (const part of [
      'better-sqlite3/prebuilds',
      'sqlite-vec',
      'onnxruntime-node/bin',
      '@parcel/watcher',
      '@napi-rs/canvas',
    ])
      expect(libraries, part).toContainEqual(expect.stringContaining(part))
    expect(libraries.filter((path) => /win32|darwin|\.dll$|\.dylib$/u.test(path))).toEqual([])
    const inside = packed.filter((path) => /\.(node|so|dll|dylib)$/u.test(path) && !existsSync(join(unpacked, path)))
    expect(inside).toEqual([])
  })

  it('has bundles, window, licences and sample library, and no source, test or map', () => {
    for (const path of [
      '/out/main/main.js',
      '/out/main/workers/extract.js',
      '/out/preload/preload.cjs',
      '/out/renderer/index.html',
      '/package.json',
    ])
      expect(packed).toContain(path)
    const unwanted = packed.filter((path) =>
      /\.(map|d\.ts|test\.js)$|^\/(electron|tests|bench|renderer|docs)\//u.test(path),
    )
    expect(unwanted).toEqual([])
    const resources = join(installed, 'resources', 'resources')
    expect(globSync('sample-library/pdfs/**/*.pdf', { cwd: resources }).length).toBeGreaterThanOrEqual(14)
    const own = globSync('**/*', { cwd: join(ROOT, 'resources') }).filter(
      (path) => /\.[^/]+$/u.test(path) && !/\.ts$|^sample-library\/(source|generator)\//u.test(path),
    )
    expect(globSync('**/*.*', { cwd: resources }).sort()).toEqual(own.sort())
    expect(existsSync(join(installed, 'resources', 'LICENSE'))).toBe(true)
    expect(readdirSync(join(installed, 'locales')).sort()).toEqual(['en-US.pak', 'es.pak'])
  })

  it('has both bills of materials, with Electron, and the terms of every package in the window', () => {
    const bill = (name: string): string => readFileSync(join(installed, 'resources', 'sbom', name), 'utf8')
    const { components } = JSON.parse(bill('bom.cdx.json')) as { components: { name: string; version?: string }[] }
    const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules/electron/package.json'), 'utf8')) as {
      version: string
    }
    expect(components).toContainEqual(expect.objectContaining({ name: 'electron', version }))
    expect(JSON.parse(bill('bom.spdx.json'))).toMatchObject({ spdxVersion: 'SPDX-2.3' })
    expect(packed).toContain('/out/renderer/licences.json')
    // What is in the archive is in the bill.
    const names = new Set(components.map(({ name }) => name))
    const shipped = packed.flatMap(
      (path) => /^\/node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/u.exec(path)?.[1] ?? [],
    )
    expect(shipped.length).toBeGreaterThan(80)
    expect(shipped.filter((name) => !names.has(name))).toEqual([])
  })

  it('stays within its size, without Electron itself', () => {
    expect(() => keepSizeBudget(join(installed, 'resources'), 'linux')).not.toThrow()
  })

  it('becomes a .deb and a .rpm whose scripts leave data alone, and with which it still starts', async () => {
    const given = readFileSync(join(folder, 'fpm.arguments'), 'utf8').split('\n')
    for (const kind of ['deb', 'rpm']) expect(given[given.indexOf(kind) - 1]).toBe('-t')
    expect(given[given.indexOf('--name') + 1]).toBe('dmretriever-workbench')
    expect(given).toContainEqual(expect.stringMatching(/-unpacked\/?=\/opt\/DMRetriever Workbench/u))
    for (const script of ['fpm--after-install', 'fpm--after-remove'])
      expect(readFileSync(join(folder, script), 'utf8'), script).not.toMatch(
        /\$HOME|\/home|\.local|\.config|\/var\/lib/u,
      )
    // What the target adds to the layout is no fault; see ADDED_LATER in hash-list.ts.
    expect(existsSync(join(installed, 'resources', 'apparmor-profile'))).toBe(true)
  })

  it('is as it was packed, and is refused when a byte of it changes', async () => {
    const resources = join(installed, 'resources')
    expect(await damageOf(resources)).toBeUndefined()
    const model = join(resources, 'resources', 'models', 'dmr-static-en', 'model.safetensors')
    const bytes = readFileSync(model)
    bytes[bytes.length - 1]! ^= 1
    writeFileSync(model, bytes)
    expect(await damageOf(resources)).toMatch(/model\.safetensors \(changed\)/u)
    bytes[bytes.length - 1]! ^= 1
    writeFileSync(model, bytes)
  })

  it('tests itself with --selftest, its native addon beside the archive', async () => {
    const app = join(folder, 'self-tested')
    extractAll(archive, app)
    const reportFile = join(folder, 'report.json')
    const settings = { resources: join(installed, 'resources', 'resources') }
    const code = await runSelfTest({ bundles: join(app, 'out', 'main'), settings, reportFile })
    const report = JSON.parse(readFileSync(reportFile, 'utf8')) as { steps: { name: string; detail: string }[] }
    expect(code, JSON.stringify(report)).toBe(0)
    expect(report.steps.find(({ name }) => name === 'Installed files')?.detail).toMatch(/all as packed$/u)
    const addons = globSync('out/main/native/*.node', { cwd: `${archive}.unpacked` })
    expect(addons.length).toBe(existsSync(ADDON_PATH) ? 1 : 0)
    expect(report.steps.find(({ name }) => name === 'Vector scan')?.detail).toMatch(
      addons.length > 0 ? /^addon-/u : /^wasm-/u,
    )
  }, 60_000)

  it('runs: services and workers from the archive alone index a folder and answer', async () => {
    const app = join(folder, 'app')
    extractAll(archive, app)
    const data = join(folder, 'data')
    await writePdf(join(folder, 'plans', 'plan.pdf'), ['The shelter manager opens the fairground hall.', pageOfText(7)])
    vi.stubEnv('DMR_DATA', data)
    const failures: ServicesFailure[] = []
    const link = new ServicesLink({
      bundles: join(app, 'out', 'main'),
      settings: { resources: join(installed, 'resources', 'resources') },
      window: () => undefined,
      onFailure: (failure) => failures.push(failure),
    })
    const window = new BrowserWindow({})
    const port = new Promise<MessagePortMain>((resolve) =>
      window.webContents.toPage.once('workbench:port', ({ ports }: { ports: MessagePortMain[] }) => resolve(ports[0]!)),
    )
    link.connect(window as never)
    const client = clientOver(await port)
    await client.library.addSource({ path: join(folder, 'plans') })
    const ask = () => client.search.query({ query: 'who opens the fairground hall' })
    await vi.waitFor(async () => expect((await ask()).hits[0]).toMatchObject({ page: 1 }), {
      timeout: 20_000,
      interval: 300,
    })
    expect((await client.system.doctor()).checks).toContainEqual(expect.objectContaining({ name: 'Library', ok: true }))
    await link.close()
    expect(failures).toEqual([])
  })
})
