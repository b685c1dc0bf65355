// "Your documents never leave this machine": the whole flow with every way out closed, in every process.
import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDmr, type Outcome } from './support/dmr.ts'
import { pageOfText, writePdf } from './support/pdf.ts'
import { tinyTraining } from './support/tiny-training.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DENY = ['--import', fileURLToPath(new URL('./support/deny-connections.mjs', import.meta.url))]

let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-network-'))
  await writePdf(join(folder, 'plans', 'plan.pdf'), ['The shelter manager opens the fairground hall.', pageOfText(3)])
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs `dmr` and every process it starts with connections denied. */
function offline(...args: string[]): Promise<Outcome> {
  return startDmr(args, { NODE_OPTIONS: DENY.join(' '), DMR_DATA: folder }).outcome
}

/** A benchmark of two texts in the BEIR layout. @returns its folder. */
function writeBenchmark(): string {
  const path = join(folder, 'benchmark')
  mkdirSync(join(path, 'qrels'), { recursive: true })
  const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  const texts = ['The shelter opens at noon.', 'The levee is inspected daily.']
  writeFileSync(join(path, 'corpus.jsonl'), lines(texts.map((text, index) => ({ _id: `d${index}`, title: '', text }))))
  writeFileSync(join(path, 'queries.jsonl'), lines([{ _id: 'q0', text: 'When does the shelter open?' }]))
  writeFileSync(join(path, 'qrels', 'test.tsv'), 'query-id\tcorpus-id\tscore\nq0\td0\t1\n')
  return path
}

describe('the denial', () => {
  it.each([
    ['fetch', "await fetch('http://127.0.0.1:40009/').catch(() => {})"],
    ['a socket', "(await import('node:net')).connect(9, '127.0.0.1').on('error', () => {})"],
    ['TLS', "(await import('node:tls')).connect(9, '127.0.0.1').on('error', () => {})"],
    ['a name', "await (await import('node:dns')).promises.lookup('example.org').catch(() => {})"],
    ['UDP', "(await import('node:dgram')).createSocket('udp4').close()"],
  ])('would notice %s, in a plain process and in one without rights', (_name, script) => {
    for (const flags of [[], ['--permission', '--allow-fs-read=*']]) {
      const { status, stderr } = spawnSync(process.execPath, [...flags, ...DENY, '--input-type=module', '-e', script], {
        encoding: 'utf8',
      })
      expect(status, stderr).toBe(77)
    }
  })
})

describe('without any connection', { timeout: 120_000 }, () => {
  const library = (): string[] => ['--library', join(folder, 'library.db'), '--json']

  it('folders are indexed, passages embedded where a model is there, and questions answered', async () => {
    const indexed = await offline('index', join(folder, 'plans'), ...library())
    expect(indexed.stderr).not.toContain('DENIED CONNECTION')
    expect(indexed.code).toBe(0)
    const found = await offline('search', 'who opens the fairground hall', ...library())
    expect(found.code, found.stderr).toBe(0)
    expect(JSON.stringify(found.json)).toContain('fairground hall')
  })

  it('questions are written, filtered, mined, learned from and used to measure search', async () => {
    const sample = join(ROOT, 'resources', 'sample-library', 'pdfs', 'sops')
    const own = ['--library', join(folder, 'sample.db'), '--json', '--device', 'cpu']
    for (const args of [
      ['index', sample],
      ['refine', '--intent', 'QA', '--limit', '12'],
      await tinyTraining(join(folder, 'training')),
      ['evaluate', '--dataset', writeBenchmark()],
    ]) {
      const { code, stderr } = await offline(...args, ...own)
      expect(stderr, args[0]).not.toContain('DENIED CONNECTION')
      expect(code, `${args[0]}: ${stderr}`).toBe(0)
    }
  })

  it.each(['status', 'doctor', 'models'])('dmr %s answers', async (command) => {
    const args = command === 'models' ? ['models', 'list'] : [command]
    const { code, stderr } = await offline(...args, ...library())
    expect(stderr).not.toContain('DENIED CONNECTION')
    expect(code, stderr).toBe(0)
  })
})

describe.skipIf(process.platform === 'win32')('native code', { timeout: 60_000 }, () => {
  it('of the model runtime neither identifies this computer nor prepares to report', async () => {
    const home = join(folder, 'home')
    mkdirSync(join(home, 'tmp'), { recursive: true })
    const unset = { ORT_DISABLE_TELEMETRY: undefined, ORT_TELEMETRY_DISABLED: undefined }
    const places = { HOME: home, XDG_CACHE_HOME: join(home, '.cache'), TMPDIR: join(home, 'tmp') }
    const { code, stderr } = await startDmr(['selftest'], { ...unset, ...places, NODE_DISABLE_COMPILE_CACHE: '1' })
      .outcome
    expect(code, stderr).toBe(0)
    // Without [Note: no telemetry] there are a device identifier, a store of events and a session file.
    expect(readdirSync(home, { recursive: true })).toEqual(['tmp'])
  })
})

describe('every worker', () => {
  const workers = globSync('electron/workers/*.ts', { cwd: ROOT })

  it.each(workers)('%s gives the network up before it loads anything else', (path) => {
    const [first] = readFileSync(join(ROOT, path), 'utf8').matchAll(/^import .*$/gmu)
    expect(first?.[0]).toBe("import '../ingestion/extraction/deny-network.ts'")
  })

  it('is one of those that were looked at', () => expect(workers.length).toBeGreaterThanOrEqual(2))
})
