import type { DatasetDetail, FilterRule, NegativeRule } from '../../../../electron/contracts/refinement.ts'
import { percent } from '../../format/number.ts'
import { strings } from '../../strings/index.ts'
import { generatorName, retrieverName } from './retriever-names.ts'

interface Row {
  readonly name: string
  readonly value: string
}

/** How a data set came about, in plain words. What an imported set does not know is left out. */
export function lineageRows({ lineage }: Pick<DatasetDetail, 'lineage'>): Row[] {
  const words = strings.refinement.sets
  const names = words.lineageRows
  const { generators, filter, mining, split, level, imported } = lineage as Partial<{
    generators: Readonly<Record<string, number>>
    filter: { rule: FilterRule; topN: number; retrievers: readonly { id: string }[] }
    mining: { retriever: string; rule: NegativeRule }
    split: { seed: number }
    level: string
    imported: string
  }>
  const rules = strings.refinement.dialogs.rules
  return [
    ...(imported ? [{ name: names.imported, value: imported }] : []),
    ...(generators ? [{ name: names.generators, value: Object.keys(generators).map(writer).join(', ') }] : []),
    ...(filter
      ? [
          { name: names.filter, value: words.filterAs(rules[filter.rule], filter.topN) },
          { name: names.voters, value: filter.retrievers.map(({ id }) => retrieverName(id)).join(', ') },
        ]
      : []),
    ...(mining && level !== undefined
      ? [
          {
            name: names.mining,
            value: words.miningAs[mining.rule.kind](
              mining.rule.kind === 'percentage' ? percent(Number(level)) : level.replace('-', ' '),
            ),
          },
          { name: names.miner, value: retrieverName(mining.retriever) },
        ]
      : []),
    ...(split ? [{ name: names.seed, value: words.splitWith(String(split.seed)) }] : []),
  ]
}

/** Recorded as "cloze", or as "openai: the model's name". */
function writer(recorded: string): string {
  const [generator = '', ...model] = recorded.split(': ')
  return generatorName(generator, model.join(': '))
}
