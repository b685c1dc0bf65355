// Loaded into `dmr` before anything else: counts what is written to SQLite and, where it is told to, ends the process just
// before its N-th write. A kill from outside seldom finds the milliseconds in which an index is switched; this always does.
import Database from 'better-sqlite3'
import { writeFileSync } from 'node:fs'

const dieAt = Number(process.env.DMR_DIE_AT_WRITE ?? Infinity)
const countFile = process.env.DMR_COUNT_WRITES
let writes = 0

function countWrite() {
  writes += 1
  if (writes !== dieAt) return
  process.kill(process.pid, 'SIGKILL')
  // The signal may take a moment; nothing must happen meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

function counting(object, method) {
  const original = object[method]
  object[method] = function (...args) {
    countWrite()
    return original.apply(this, args)
  }
}

// Workers have no database, and no right to load one.
if (process.env.DMR_WORKER_LABEL === undefined) {
  const probe = new Database(':memory:')
  counting(Object.getPrototypeOf(probe.prepare('SELECT 1')), 'run')
  probe.close()
  counting(Database.prototype, 'exec')
  if (countFile) process.once('exit', () => writeFileSync(countFile, String(writes)))
}
