import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Redactor } from './redactor.ts'

/** The program's own files may be named: without them a stack trace says nothing. */
const PROGRAM = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
const TAIL_BYTES = 512 << 10
const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}

/** What pino writes, as far as it is shown. */
interface LogLine {
  readonly time?: number
  readonly level?: number
  readonly msg?: string
  readonly job?: number
  readonly kind?: string
  readonly logId?: string
  readonly err?: { readonly type?: string; readonly code?: string; readonly message?: string; readonly stack?: string }
}

/** The last lines of the log with its known fields only, redacted. Lines that are not the log's own are left out and counted. */
export function readableLog(path: string, lines: number, redactor: Redactor): string {
  if (!existsSync(path)) return 'There is no log: only the desktop application writes one.\n'
  const text = tailOf(path).trimEnd()
  if (text === '') return 'The log is empty.\n'
  let foreign = 0
  const shown = text
    .split('\n')
    .slice(-lines)
    .map((line) => {
      const parsed = parse(line)
      if (!parsed) foreign += 1
      return parsed ? describe(parsed, redactor) : ''
    })
    .filter((line) => line !== '')
  return [...shown, ...(foreign === 0 ? [] : [`${foreign} lines of another form were left out.`]), ''].join('\n')
}

/** The log is never cut: its last whole lines are read, however long it has become. */
function tailOf(path: string): string {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const start = Math.max(0, size - TAIL_BYTES)
    const buffer = Buffer.alloc(size - start)
    readSync(file, buffer, 0, buffer.length, start)
    const text = buffer.toString('utf8')
    return start === 0 ? text : text.slice(text.indexOf('\n') + 1)
  } finally {
    closeSync(file)
  }
}

function describe({ time, level, msg, job, kind, logId, err }: LogLine, redactor: Redactor): string {
  const head = [
    typeof time === 'number' ? new Date(time).toISOString() : '',
    LEVELS[level ?? 0] ?? '',
    redactor.redact(String(msg ?? '')),
    typeof job === 'number' ? `job ${job}` : '',
    kind === undefined ? '' : redactor.redact(String(kind)),
    // Shown to the person when something went wrong: what joins their report to a line of the log.
    /^[0-9a-f]{8}$/u.test(logId ?? '') ? `log id ${logId}` : '',
  ]
  const trace = err === undefined ? [] : [redactTrace(String(err.stack ?? `${err.type}: ${err.message}`), redactor)]
  return [head.filter((part) => part !== '').join(' '), ...trace].join('\n  ')
}

/** Message lines as free text; frames with the program's folder cut off and nothing of other folders. */
function redactTrace(stack: string, redactor: Redactor): string {
  return stack
    .split('\n')
    .map((line) => {
      if (!/^\s+at /u.test(line)) return redactor.redact(line)
      const own = line.replaceAll(`file://${PROGRAM}`, '<program>').replaceAll(PROGRAM, '<program>')
      return redactor.redact(own)
    })
    .join('\n  ')
}

function parse(line: string): LogLine | undefined {
  try {
    const value = JSON.parse(line) as unknown
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as LogLine) : undefined
  } catch {
    return undefined
  }
}
