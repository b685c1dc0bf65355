import { randomUUID } from 'node:crypto'
import type { QueueOrder, ReviewFilter, WorkPackage } from '../../contracts/curation.ts'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said } from '../../contracts/wording.ts'
import type { FilterFrame, QueuePlace } from '../../storage/index.ts'
import {
  describePackage,
  hasOwnSource,
  packJudge,
  packText,
  type PackageHeader,
  type PackageLine,
} from './package-format.ts'
import type { PackageParts } from './package-parts.ts'
import { writeSealedFile } from './sealed-file.ts'

export interface ExportPackageOptions {
  readonly name?: string | undefined
  readonly judgeId?: number | undefined
  readonly filter: ReviewFilter
  readonly order: QueueOrder
  readonly limit?: number | undefined
  readonly blind: boolean
}

const SLICE = 500
const MOST_NEGATIVES = 8

/**
 * Writes the pairs that a filter finds, with their texts, into one file to be judged where neither this library nor its PDFs
 * are. @throws WorkbenchError BAD_INPUT when nothing is found, or the file cannot be written.
 */
export function exportPackage(parts: PackageParts, path: string, options: ExportPackageOptions): WorkPackage {
  const { packages, judges, queueTable, db, identity } = parts
  const { filter, judgeId, blind, name } = options
  if (filter.state !== undefined && (filter.stateOf ?? judgeId) === undefined)
    throw new WorkbenchError('BAD_INPUT', said`Say whose pairs are meant by "${filter.state}": name a judge.`)
  const frame = queueTable.frame(judgeId ?? 0)
  const pairIds = found(parts, options, frame)
  if (pairIds.length === 0)
    throw new WorkbenchError('BAD_INPUT', said`The filter finds no pair, so the package would be empty. Widen it.`)
  const header: PackageHeader = {
    key: randomUUID(),
    name: name ?? `${parts.libraryName}, ${pairIds.length} pairs`,
    library: { id: identity().id, name: parts.libraryName },
    blind,
    items: pairIds.length,
    judges: judges.idsOf('person').map((id) => packJudge(judges.byId(id)!)),
  }
  const negatives = (pairId: number) => queueTable.negativesOf(pairId, frame.miningId, MOST_NEGATIVES)
  const lines = function* (): Generator<PackageLine> {
    for (const pairId of pairIds) yield packed(parts, pairId, negatives(pairId), blind)
  }
  const seal = writeSealedFile(path, 'dmr-review-package', { header, lines: lines(), identity: identity() })
  const id = db
    .transaction(() =>
      packages.add(
        { ...header, direction: 'out', libraryName: parts.libraryName, header: { header, seal } },
        pairIds.map((pairId) => ({ pairId, negatives: [] })),
      ),
    )
    .immediate()
  return describePackage(packages.byId(id)!)
}

function found(
  { queueTable }: PackageParts,
  { filter, order, limit = Infinity }: ExportPackageOptions,
  frame: FilterFrame,
): number[] {
  const ids: number[] = []
  let after: QueuePlace | null = null
  while (ids.length < limit) {
    const slice = queueTable.slice(filter, frame, { order, after, limit: Math.min(SLICE, limit - ids.length) })
    ids.push(...slice.map(({ pairId }) => pairId))
    const last = slice.at(-1)
    if (!last) break
    after = last.place
  }
  return ids
}

function packed(
  { pairs, texts }: PackageParts,
  pairId: number,
  negatives: readonly { textId: number; suspect: boolean }[],
  blind: boolean,
): PackageLine {
  const pair = pairs.byId(pairId)!
  const { key, intent, query, positive, source, generator, model, details } = pair
  const packedNegatives = negatives.map(({ textId, suspect }) => ({
    ...packText(texts.require(textId)),
    ...(blind ? {} : { suspect }),
  }))
  return {
    ...{ key, intent, query },
    positive: packText(positive),
    ...(hasOwnSource(pair) ? { source: packText(source) } : {}),
    // Their order tells how near mining found them.
    negatives: blind ? packedNegatives.sort((a, b) => (a.text < b.text ? -1 : 1)) : packedNegatives,
    ...(blind ? {} : { provenance: { generator, model, details: { ...details } } }),
  }
}
