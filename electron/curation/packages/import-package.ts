import type { WorkPackage } from '../../contracts/curation.ts'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said } from '../../contracts/wording.ts'
import { pairKey, type PackedPair, type PairDetails } from '../../storage/index.ts'
import { describePackage, packageHeader, packageLine, unpackText, type PackageLine } from './package-format.ts'
import type { PackageParts } from './package-parts.ts'
import { readSealedFile } from './sealed-file.ts'

/** Generator of pairs whose blind package does not say who wrote them. */
const UNKNOWN_GENERATOR = 'package'

/**
 * Takes in a package of another library, all of it or nothing. Pairs that are here already stay as they are.
 * @throws WorkbenchError NOT_FOUND, BAD_INPUT: see `readSealedFile`; and when it was made by this very library.
 */
export function importPackage(
  parts: PackageParts,
  path: string,
): { package: WorkPackage; added: number; known: number } {
  const { db, packages, pairs, judges } = parts
  const file = readSealedFile(path, 'dmr-review-package', { header: packageHeader, line: packageLine })
  const { header, seal } = file
  const existing = packages.byKey(header.key)
  if (existing?.direction === 'out')
    throw new WorkbenchError('BAD_INPUT', said`"${header.name}" was made here: its pairs are in the queue already.`)
  if (existing) return { package: describePackage(existing), added: 0, known: header.items }
  const before = pairs.count()
  const id = db
    .transaction(() => {
      const items = [...file.lines()].map((line) => unpacked(parts, line, path))
      if (items.length !== header.items)
        throw new WorkbenchError(
          'BAD_INPUT',
          said`${path} names ${header.items} pairs but holds ${items.length}. Ask for the package anew.`,
        )
      for (const { kind, ...judge } of header.judges)
        if (kind === 'person' && !judges.byKey(judge.key)) judges.add({ ...judge, kind })
      return packages.add(
        { ...header, direction: 'in', libraryName: header.library.name, header: { header, seal } },
        items,
      )
    })
    .immediate()
  const added = pairs.count() - before
  return { package: describePackage(packages.byId(id)!), added, known: header.items - added }
}

function unpacked({ pairs, texts }: PackageParts, line: PackageLine, path: string): PackedPair {
  const { key, intent, query, positive, source, negatives, provenance } = line
  const text = unpackText(positive)
  if (pairKey(intent, query, text) !== key)
    throw new WorkbenchError(
      'BAD_INPUT',
      said`${path}: the pair "${query.slice(0, 80)}" is not the one its key names. Nothing was taken in; ask for the package anew.`,
    )
  const positiveId = texts.add(text)
  pairs.add({
    ...{ intent, query, positiveId },
    sourceId: source ? texts.add(unpackText(source)) : positiveId,
    generator: provenance?.generator ?? UNKNOWN_GENERATOR,
    model: provenance?.model ?? '',
    promptHash: null,
    details: (provenance?.details ?? { method: UNKNOWN_GENERATOR }) as PairDetails,
  })
  return {
    pairId: pairs.byKey(key)!.id,
    negatives: negatives.map(({ suspect, ...negative }) => ({
      textId: texts.add(unpackText(negative)),
      suspect: suspect ?? false,
    })),
  }
}
