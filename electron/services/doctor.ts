import { accessSync, constants, statfsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import type { DoctorCheck } from '../contracts/system.ts'
import { said } from '../contracts/wording.ts'
import { failed, passed } from './doctor-check.ts'
import { ocrEngines } from '../ingestion/index.ts'
import { SCHEMA_VERSION, schemaVersion, textHash } from '../storage/index.ts'
import { modelChecks } from './doctor-models.ts'
import type { Library } from './library.ts'
import { APP_VERSION } from './version.ts'

const LOW_DISK_BYTES = 1 << 30

/** Looks at what the application stands on and says what to do about what is wrong. */
export async function runDoctor(library: Library): Promise<{ ok: boolean; checks: DoctorCheck[] }> {
  const checks: DoctorCheck[] = [
    passed(
      said`Application`,
      said`${APP_VERSION} on Node ${process.versions.node}, ${process.platform} ${process.arch}, ${availableParallelism()} threads`,
    ),
    storageCheck(library),
    integrityCheck(library),
    keywordIndexCheck(library),
    diskCheck(library),
    ...(await ocrChecks()),
    ...(await modelChecks(library)),
  ]
  return { ok: checks.every((check) => check.ok), checks }
}

function storageCheck({ db, path, readOnly, readOnlyReason }: Library): DoctorCheck {
  const sqlite = db.prepare<[], string>('SELECT sqlite_version()').pluck().get()!
  const vector = db.prepare<[], string>('SELECT vec_version()').pluck().get()!
  const detail = said`${path}, format ${schemaVersion(db)} of ${SCHEMA_VERSION}, SQLite ${sqlite}, sqlite-vec ${vector}`
  return passed(said`Library`, readOnly ? said`${detail}, read only: ${readOnlyReason ?? said`as asked`}` : detail)
}

const RESTORE = said`Restore a backup ("dmr library restore FILE"), or index the folders into a new library.`

/** @param thorough also compares every index with its table, which takes as long as reading the file several times */
export function integrityCheck({ db }: Pick<Library, 'db'>, thorough = false): DoctorCheck {
  const name = said`Database`
  try {
    const faults = db
      .prepare<[], string>(`PRAGMA ${thorough ? 'integrity_check' : 'quick_check'}(5)`)
      .pluck()
      .all()
    return faults.length === 1 && faults[0] === 'ok'
      ? passed(name, said`No fault found`)
      : failed(name, faults.join('; '), RESTORE)
  } catch (error) {
    return failed(name, error, RESTORE)
  }
}

/** Compares the text of every passage with the digest that was stored beside it: SQLite itself keeps no checksums. */
export function passageTextCheck({ db }: Pick<Library, 'db'>): DoctorCheck {
  const name = said`Text of passages`
  try {
    let changed = 0
    const passages = db.prepare<[], { text: string; hash: string }>('SELECT text, text_hash AS hash FROM passage')
    for (const { text, hash } of passages.iterate()) if (textHash(text) !== hash) changed += 1
    if (changed === 0) return passed(name, said`As it was read`)
    const detail =
      changed === 1 ? said`1 passage differs from what was read` : said`${changed} passages differ from what was read`
    return failed(name, detail, RESTORE)
  } catch (error) {
    return failed(name, error, RESTORE)
  }
}

export function keywordIndexCheck({ db, readOnly }: Pick<Library, 'db' | 'readOnly'>): DoctorCheck {
  const name = said`Keyword index`
  if (readOnly) return passed(name, said`Not checked: the library is open for reading only`)
  try {
    db.exec("INSERT INTO passage_fts(passage_fts, rank) VALUES ('integrity-check', 1)")
    return passed(name, said`In line with the passages`)
  } catch (error) {
    return failed(name, error, said`Run "dmr library repair": it builds the index again from the stored text.`)
  }
}

function diskCheck({ path }: Library): DoctorCheck {
  const name = said`Disk`
  try {
    accessSync(dirname(path), constants.R_OK)
    const { bavail, bsize } = statfsSync(dirname(path))
    const free = bavail * bsize
    const detail = said`${(free / 2 ** 30).toFixed(1)} GB free beside the library`
    return free > LOW_DISK_BYTES
      ? passed(name, detail)
      : failed(name, detail, said`Free some space, or move the library to a larger disk.`)
  } catch (error) {
    return failed(name, error, said`Check your rights to the folder.`)
  }
}

async function ocrChecks(): Promise<DoctorCheck[]> {
  const engines = await ocrEngines()
  const names = engines.map((engine) => `${engine.name} ${engine.version}`).join(', ')
  // Reading scans is optional: its absence is no fault.
  return [passed(said`Text recognition`, names || said`None found; scanned pages are listed but not read`)]
}
