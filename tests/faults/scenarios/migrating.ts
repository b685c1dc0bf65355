import Database from 'better-sqlite3'
import { copyFileSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect } from 'vitest'
import { migrate, SCHEMA_VERSION } from '../../../electron/storage/index.ts'
import { migrations } from '../../../electron/storage/migrations/index.ts'
import { dmr } from '../../support/dmr.ts'
import { pageOfText, writePdf } from '../../support/pdf.ts'
import { contentsOf, faultsOf, readLibrary } from '../support/library-contents.ts'
import type { Scenario } from '../support/scenario.ts'
import { countWrites, dieAtWrite } from '../support/writes.ts'

/** A library of the first format, opened by the application of today. */
export const migrating: Scenario = {
  kills: { host: [3, 24] },
  prepare: async (folder) => {
    await writePdf(
      join(folder, 'documents', 'plan.pdf'),
      Array.from({ length: 20 }, (_, page) => pageOfText(page)),
    )
    const today = join(folder, 'today.db')
    expect((await dmr('index', join(folder, 'documents'), '--no-embed', '--library', today)).code).toBe(0)
    const old = join(folder, 'old.db')
    writeInFirstFormat(today, old)
    const expected = { ...contentsOf(old), version: SCHEMA_VERSION }

    const open = (library: string): string[] => ['status', '--library', library]
    const counted = join(folder, 'counted.db')
    copyFileSync(old, counted)
    const { writes, outcome } = await countWrites(open(counted))
    expect(outcome.code, outcome.stderr).toBe(0)
    expect({ ...contentsOf(counted), version: versionOf(counted) }).toEqual(expected)

    const library = join(folder, 'killed.db')
    return {
      kill: async (_victim, random) => {
        removeWithCompany(library)
        copyFileSync(old, library)
        const write = 1 + Math.floor(random() * writes)
        const struck = await dieAtWrite(open(library), write)
        const reached = versionOf(library)
        expect(faultsOf(library)).toBe('')
        // Whatever format it is in now, it holds what it held, and the copy of before is whole once it is there.
        expect({ ...contentsOf(library), version: SCHEMA_VERSION }).toEqual(expected)
        const backup = `${library}.v1.backup`
        if (reached > 1) expect(existsSync(backup)).toBe(true)
        if (existsSync(backup)) expect({ ...contentsOf(backup), version: SCHEMA_VERSION }).toEqual(expected)
        const again = await dmr(...open(library))
        expect(again.code, again.stderr).toBe(0)
        expect({ ...contentsOf(library), version: versionOf(library) }).toEqual(expected)
        return struck ? `in format ${reached}` : undefined
      },
      finish: () => Promise.resolve(removeWithCompany(library)),
    }
  },
}

function versionOf(path: string): number {
  return readLibrary(path, (db) => db.pragma('user_version', { simple: true }) as number)
}

function removeWithCompany(library: string): void {
  for (const name of readdirSync(dirname(library)))
    if (name.startsWith(basename(library))) rmSync(join(dirname(library), name))
}

/** Copies what the first format has a place for into a library of that format. */
function writeInFirstFormat(from: string, to: string): void {
  const db = new Database(to)
  migrate(db, migrations.slice(0, 1))
  db.prepare('ATTACH ? AS today').run(from)
  const tables = ['source', 'document', 'document_band', 'file', 'page', 'passage', 'setting', 'judgement']
  for (const table of tables) {
    const columns = db.pragma(`main.table_info(${table})`) as { name: string }[]
    const list = columns.map(({ name }) => name).join(', ')
    db.exec(`INSERT INTO main.${table} (${list}) SELECT ${list} FROM today.${table}`)
  }
  db.close()
}
