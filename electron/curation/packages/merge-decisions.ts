import type { Decision, Judge, MergeConflict, MergeReport } from '../../contracts/curation.ts'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said } from '../../contracts/wording.ts'
import * as v from 'valibot'
import { durably, type LoggedEvent, type ReviewState, type StoredState } from '../../storage/index.ts'
import { outcomeOf } from '../decision.ts'
import { toDecision } from '../review-items.ts'
import { decisionLine, decisionsHeader, storedHeader, type DecisionLine } from './package-format.ts'
import type { PackageParts } from './package-parts.ts'
import { readSealedFile } from './sealed-file.ts'

export interface MergeOptions {
  /** The person who merges, and whose undo takes it back. */
  readonly judgeId: number
  readonly onConflict: 'here' | 'there'
  readonly foreign: boolean
}

const MOST_CONFLICTS_TOLD = 1_000

/**
 * Takes in decisions that were made elsewhere, all of the file or nothing. Merging a file again changes nothing; a later file
 * from the same place brings later changes of mind. Where the same judge decided otherwise here, that is a conflict: what is
 * here stays, unless asked otherwise, and the report shows both.
 * @throws WorkbenchError NOT_FOUND, BAD_INPUT: see `readSealedFile`, and when the decisions are for another library.
 */
export function mergeDecisions(parts: PackageParts, path: string, options: MergeOptions): MergeReport {
  const { db, decisions, disagreements } = parts
  const file = readSealedFile(path, 'dmr-review-decisions', { header: decisionsHeader, line: decisionLine })
  if (!options.foreign) requireOurs(parts, file.header, path)
  const merge = db.transaction((): MergeReport => {
    const judges = adoptJudges(parts, file.header.judges)
    const before = disagreements.count({ settled: false })
    const sorter = new Sorter(parts, judges, { ...options, path, fromId: file.header.from.id })
    for (const line of file.lines()) sorter.take(line)
    const actionId = decisions.record({ actorId: options.judgeId, kind: 'merge' }, sorter.events)
    return {
      applied: sorter.events.length,
      known: sorter.known,
      conflicts: sorter.conflicts,
      conflictCount: sorter.conflictCount,
      unknown: sorter.unknown,
      newDisagreements: Math.max(0, disagreements.count({ settled: false }) - before),
      judges: [...judges.values()].filter(({ kind }) => kind !== 'resolution'),
      actionId: actionId ?? null,
    }
  })
  return durably(db, () => merge.immediate())
}

/** @throws WorkbenchError BAD_INPUT. */
function requireOurs(parts: PackageParts, header: v.InferOutput<typeof decisionsHeader>, path: string): void {
  const identity = parts.identity()
  if (header.for.id !== identity.id)
    throw new WorkbenchError(
      'BAD_INPUT',
      said`${path} holds decisions for the library "${header.for.name}", not for this one, "${parts.libraryName}". Merge it there; or say that pairs of the same content are meant ("foreign").`,
    )
  if (!header.package) return
  const { key, name, seal } = header.package
  const record = parts.packages.byKey(key)
  const made = record && v.parse(storedHeader, record.header)
  if (made?.seal.sha256 === seal.sha256 && identity.isOwn(seal)) return
  throw new WorkbenchError(
    'BAD_INPUT',
    said`${path} answers a package "${name}" that this library did not make in that form: it was changed on the way. Nothing was taken in. Send the package again.`,
  )
}

/** Judges of the file as they are here; new ones are added. */
function adoptJudges({ judges }: PackageParts, packed: v.InferOutput<typeof decisionsHeader>['judges']) {
  const adopted = new Map<string, Judge>()
  for (const judge of packed) {
    // There is one resolution in every library.
    const known = judge.kind === 'resolution' ? judges.byId(judges.resolutionId()) : judges.byKey(judge.key)
    adopted.set(judge.key, known ?? judges.add(judge))
  }
  return adopted
}

/** Sorts the lines of a file into what is new, what is known, and what conflicts. */
class Sorter {
  readonly events: LoggedEvent[] = []
  readonly conflicts: MergeConflict[] = []
  conflictCount = 0
  known = 0
  unknown = 0
  readonly #parts: PackageParts
  readonly #judges: ReadonlyMap<string, Judge>
  readonly #options: MergeOptions & { path: string; fromId: string }

  constructor(
    parts: PackageParts,
    judges: ReadonlyMap<string, Judge>,
    options: MergeOptions & { path: string; fromId: string },
  ) {
    this.#parts = parts
    this.#judges = judges
    this.#options = options
  }

  take(line: DecisionLine): void {
    const { log, pairs } = this.#parts
    const judge = this.#judges.get(line.judge)
    if (!judge)
      throw new WorkbenchError('BAD_INPUT', said`${this.#options.path} holds a decision of a judge it does not name.`)
    const pair = pairs.byKey(line.pair)
    const textId = pair && this.#textId(line)
    if (!pair || textId === undefined) {
      this.unknown++
      return
    }
    const subject = { judgeId: judge.id, pairId: pair.id, textId }
    const { verdict, grade, query, comment } = line
    const there = { verdict, grade, query, comment }
    const here = log.state(subject)
    const origins = log.origins(subject).map((key) => (key === null ? null : parseOrigin(key)))
    const fromThere = origins.filter((origin) => origin?.fromId === this.#options.fromId)
    if (fromThere.some((origin) => origin!.version >= line.version) || (here && sameState(here, there))) {
      this.known++
      return
    }
    if (here && origins.at(-1)?.fromId !== this.#options.fromId) {
      const { version, at } = line
      this.#report(here, { judgeId: judge.id, ...there, outcome: outcomeOf(there), version, at }, pair.query, judge)
      if (this.#options.onConflict === 'here') return
    }
    this.events.push({ ...subject, change: there, originKey: originOf(this.#options.fromId, line.version) })
  }

  #textId({ text }: DecisionLine): number | undefined {
    if (text === null) return 0
    const [document, page, sha256] = text
    return this.#parts.texts.find(sha256, document, page)
  }

  #report(here: StoredState, there: Decision, query: string, judge: Judge): void {
    this.conflictCount++
    if (this.conflicts.length === MOST_CONFLICTS_TOLD) return
    const { pairId, textId } = here
    const taken = this.#options.onConflict
    this.conflicts.push({ pairId, textId: textId || null, query, judge, here: toDecision(here), there, taken })
  }
}

function originOf(fromId: string, version: number): string {
  return `${fromId} ${version}`
}

function parseOrigin(key: string): { fromId: string; version: number } {
  const space = key.lastIndexOf(' ')
  return { fromId: key.slice(0, space), version: Number(key.slice(space + 1)) }
}

function sameState(a: ReviewState, b: ReviewState): boolean {
  return a.verdict === b.verdict && a.grade === b.grade && a.query === b.query && a.comment === b.comment
}
