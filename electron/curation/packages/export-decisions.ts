import { createHash } from 'node:crypto'
import * as v from 'valibot'
import type { Judge } from '../../contracts/curation.ts'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said } from '../../contracts/wording.ts'
import type { StoredState, TrainingText } from '../../storage/index.ts'
import { packJudge, storedHeader, type DecisionLine } from './package-format.ts'
import type { PackageParts } from './package-parts.ts'
import { writeSealedFile } from './sealed-file.ts'

/**
 * Writes what judges decided: on one package, or all. Decisions on a package carry its seal, by which the library that made
 * it knows it again. @throws WorkbenchError NOT_FOUND, and BAD_INPUT when there is nothing or the file cannot be written.
 */
export function exportDecisions(
  parts: PackageParts,
  path: string,
  options: { packageId?: number | undefined; judgeIds?: readonly number[] | undefined } = {},
): { decisions: number; judges: Judge[] } {
  const { packages, judges, identity } = parts
  const record = options.packageId === undefined ? undefined : packages.byId(options.packageId)
  if (options.packageId !== undefined && !record)
    throw new WorkbenchError('NOT_FOUND', said`There is no work package ${options.packageId}.`)
  const wanted = options.judgeIds && new Set(options.judgeIds)
  const states = [...statesFor(parts, record?.id)].filter(({ judgeId }) => !wanted || wanted.has(judgeId))
  if (states.length === 0)
    throw new WorkbenchError(
      'BAD_INPUT',
      said`Nothing is decided yet, so there is nothing to write. Judge some pairs first.`,
    )
  const who = new Map([...new Set(states.map(({ judgeId }) => judgeId))].map((id) => [id, judges.byId(id)!]))
  const here = { id: identity().id, name: parts.libraryName }
  const packed = record && v.parse(storedHeader, record.header)
  const header = {
    from: here,
    for: packed?.header.library ?? here,
    package: packed ? { key: packed.header.key, name: packed.header.name, seal: packed.seal } : null,
    judges: [...who.values()].map(packJudge),
  }
  const lines = function* (): Generator<DecisionLine> {
    for (const state of states) yield decisionOf(parts, state, who.get(state.judgeId)!)
  }
  writeSealedFile(path, 'dmr-review-decisions', { header, lines: lines(), identity: identity() })
  return { decisions: states.length, judges: [...who.values()].filter(({ kind }) => kind !== 'resolution') }
}

function* statesFor({ log, db }: PackageParts, packageId: number | undefined): Generator<StoredState> {
  if (packageId === undefined) return yield* [...log.allStates()]
  const pairIds = db
    .prepare<[number], number>('SELECT pair_id FROM review_package_item WHERE package_id = ? ORDER BY pair_id')
    .pluck()
    .all(packageId)
  for (const pairId of pairIds) yield* log.statesOf(pairId)
}

function decisionOf({ pairs, texts }: PackageParts, state: StoredState, judge: Judge): DecisionLine {
  const { pairId, textId, verdict, grade, query, comment, version, at } = state
  return {
    pair: pairs.byId(pairId)!.key,
    text: textId === 0 ? null : textName(texts.require(textId)),
    judge: judge.key,
    ...{ verdict, grade, query, comment, version, at },
  }
}

/** A passage by its content: the same in every library. */
export function textName({
  documentHash,
  page,
  text,
}: Pick<TrainingText, 'documentHash' | 'page' | 'text'>): [document: string, page: number, sha256: string] {
  return [documentHash, page, createHash('sha256').update(text).digest('hex')]
}
