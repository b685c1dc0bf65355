import { strFromU8, unzipSync } from 'fflate'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDmr, type Outcome } from '../../../tests/support/dmr.ts'
import { pageOfText, writePdf } from '../../../tests/support/pdf.ts'
import { createNodePlatform } from '../../host/node-platform.ts'
import { openWorkbench, type Workbench } from '../index.ts'
import { readableLog } from './readable-log.ts'
import { Redactor } from './redactor.ts'

/** Everything that must not get out, planted wherever such a thing can stand. */
const SECRETS = {
  folder: 'Anna Meyerholz',
  file: 'Larkmoor dam-break annex',
  title: 'Notfallplan Talsperre',
  author: 'Brunhilde Quist',
  page: 'The fairground hall opens',
  question: 'who wakes the mayor of Larkmoor',
  savedName: 'Night calls Tamsin',
  glob: 'geheim-ordner',
  share: 'nas-kreis-04',
  key: 'MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=',
  token: 'hT7Kq2ZpVw9LmN4xR8sJ1dYb',
  address: '10.77.3.21',
  mail: 'quist@kreis.example',
} as const

let folder: string
let data: string
let workbench: Workbench

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-support-'))
  data = join(folder, SECRETS.folder, 'data')
  const plans = join(folder, SECRETS.folder, 'plans')
  await writePdf(join(plans, `${SECRETS.file}.pdf`), [`${SECRETS.page} at noon.`, pageOfText(3)])
  writeFileSync(join(plans, `damaged ${SECRETS.file}.pdf`), 'no pdf')
  mkdirSync(data, { recursive: true })
  workbench = open()
  const { client, library } = workbench
  await client.system.updateSettings({
    excludeGlobs: [`**/${SECRETS.glob}/**`],
    updateFolder: `\\\\${SECRETS.share}\\it`,
    updateKey: SECRETS.key,
  })
  await library.addSource(plans, { watched: false })
  await library.queue.result(library.index({ withoutEmbedding: true }))
  library.db.prepare('UPDATE document SET title = ?, author = ?').run(SECRETS.title, SECRETS.author)
  await client.search.save({ name: SECRETS.savedName, request: { query: SECRETS.question } })
  const job = library.repositories.jobs.recent(1)[0]!
  library.repositories.jobs.addEvent(
    job.id,
    'warning',
    `${SECRETS.title} of ${SECRETS.author} answers ${SECRETS.question}`,
  )
  writeLog([
    {
      msg: `open ${join(plans, `${SECRETS.file}.pdf`)}`,
      err: { stack: `Error: ${SECRETS.question}\n    at read (file://${plans}/x.ts:1:2)` },
    },
    {
      msg: `GET http://${SECRETS.address}/?token=${SECRETS.token} from ${SECRETS.mail}`,
      source: plans,
      logId: '1a2b3c4d',
    },
    {
      msg: 'a call failed',
      query: SECRETS.question,
      password: SECRETS.token,
      err: { type: 'TypeError', message: `cannot read "${SECRETS.page}"` },
    },
  ])
})
afterAll(async () => {
  await workbench.close()
  rmSync(folder, { recursive: true, force: true })
})

function open(): Workbench {
  const platform = createNodePlatform('web', 'silent')
  return openWorkbench(
    {
      ...platform,
      paths: { ...platform.paths, data },
      policy: {
        values: { generatorEndpoint: `http://${SECRETS.address}:11434/v1`, cpuSharePercent: 50 },
        origin: '/etc/p',
      },
    },
    { libraryPath: join(data, 'library.db'), watch: false },
  )
}
const writeLog = (lines: readonly object[]): void =>
  writeFileSync(
    join(data, 'workbench.log'),
    lines.map((line) => `${JSON.stringify({ level: 50, time: 1_790_000_000_000, ...line })}\n`).join(''),
  )

function leaksIn(text: string): string[] {
  const folded = text.toLowerCase()
  // Parts too: half a name is a name.
  const parts = Object.values(SECRETS).flatMap((secret) => [
    secret,
    ...secret.split(/[\s-]+/u).filter((part) => part.length > 5),
  ])
  const common = new Set(['number', 'annex'])
  return [...parts, folder, userInfo().username === 'root' ? folder : userInfo().username].filter(
    (secret) => !common.has(secret) && folded.includes(secret.toLowerCase()),
  )
}

describe('a support bundle', () => {
  it('holds nothing private, wherever it was planted', async () => {
    const { files, redacted } = await workbench.client.support.preview()
    expect(files.map(({ name }) => name)).toEqual([
      ...[
        'README.txt',
        'application.json',
        'self-check.json',
        'library.json',
        'jobs.json',
        'log.txt',
        'crash-reports.json',
      ],
    ])
    for (const { name, text } of files) expect(leaksIn(text), `${name}:\n${text}`).toEqual([])
    expect(redacted.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['document', 'question', 'person', 'library']),
    )
  })

  it('still says what happened', async () => {
    const { files } = await workbench.client.support.preview()
    const text = (name: string): string => files.find((file) => file.name === name)!.text
    expect(JSON.parse(text('library.json'))).toMatchObject({ files: 2, documents: 1, byState: { indexed: 1 } })
    expect(JSON.parse(text('jobs.json'))).toMatchObject([{ kind: 'index', state: 'done' }])
    expect(JSON.parse(text('application.json'))).toMatchObject({
      policy: { cpuSharePercent: 50, generatorEndpoint: 'set' },
      settings: { excludeGlobs: 1, updates: 'set' },
    })
    expect(text('log.txt')).toMatch(/error a call failed\n {2}TypeError: cannot read <quoted 1>/u)
    expect(text('log.txt')).toContain('log id 1a2b3c4d')
    // The same document in two places is the same placeholder.
    expect(text('jobs.json')).toMatch(/<document 1> of <person \d> answers <question 1>/u)
  })

  it('is saved as it was shown, and only that', async () => {
    const shown = await workbench.client.support.preview()
    const { fileName, base64 } = await workbench.client.support.zip({ id: shown.id })
    expect(fileName).toMatch(/^dmr-support-\d{4}-\d\d-\d\d-\d\d-\d\d\.zip$/u)
    const entries = unzipSync(Buffer.from(base64, 'base64'))
    expect(Object.entries(entries).map(([name, bytes]) => ({ name, text: strFromU8(bytes) }))).toEqual(shown.files)
    await expect(workbench.client.support.zip({ id: 'another' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('the log in it', () => {
  it('is the end of a long one, in whole lines', () => {
    const path = join(folder, 'long.log')
    const line = (index: number): string =>
      JSON.stringify({ level: 30, time: 1_790_000_000_000, msg: `step ${index} ${'ä'.repeat(200)}` })
    writeFileSync(path, Array.from({ length: 5_000 }, (_, index) => `${line(index)}\n`).join(''))
    const shown = readableLog(path, 300, new Redactor()).trimEnd().split('\n')
    expect(shown).toHaveLength(300)
    expect(shown[0]).toContain('info step 4700 ')
    expect(shown.at(-1)).toContain('info step 4999 ')
  })

  it('leaves out what is not its own form, and says so where there is none', () => {
    const path = join(folder, 'foreign.log')
    writeFileSync(path, 'panic at the disco\n[1]\n')
    expect(readableLog(path, 300, new Redactor())).toBe('2 lines of another form were left out.\n')
    expect(readableLog(join(folder, 'none.log'), 300, new Redactor())).toMatch(/^There is no log/u)
  })
})

describe('dmr support-bundle', { timeout: 30_000 }, () => {
  const dmr = (...args: string[]): Promise<Outcome> => startDmr(['support-bundle', ...args], { DMR_DATA: data }).outcome

  it('writes a file for its owner only, beside an open library', async () => {
    const output = join(folder, 'bundle.zip')
    const { code, stdout } = await dmr('--output', output)
    expect([code, stdout]).toEqual([0, expect.stringContaining('Nothing was sent.')])
    if (process.platform !== 'win32') expect(statSync(output).mode & 0o777).toBe(0o600)
    for (const [name, bytes] of Object.entries(unzipSync(readFileSync(output))))
      expect(leaksIn(strFromU8(bytes)), name).toEqual([])
  })

  it('works without a library, and with one that cannot be opened', async () => {
    const broken = join(folder, SECRETS.folder, 'broken.db')
    writeFileSync(broken, 'no database, but the minutes of a meeting. '.repeat(200))
    const { code, json } = await dmr('--preview', '--json', '--library', broken)
    expect(code).toBe(0)
    const { files } = json as { files: { name: string; text: string }[] }
    expect(files.map(({ name }) => name)).toContain('log.txt')
    const application = files.find(({ name }) => name === 'application.json')!.text
    expect(application).toContain('file is not a database')
    expect(leaksIn(application)).toEqual([])
  })
})
