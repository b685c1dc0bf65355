import type { Evaluation, EvaluationTable } from '../../../../electron/contracts/evaluation.ts'
import { strings } from '../../strings/index.ts'
import { points } from './figures.ts'

interface Exported {
  readonly table: EvaluationTable
  readonly columns: readonly Evaluation[]
}

/** One line per intent and system, for programs: values 0 to 1 in full, with what they were measured on. */
export function tableAsCsv({ table, columns }: Exported): string {
  const head = ['dataset', 'split', 'unjudged', 'measure', 'system', 'mode', 'model_version', 'baseline', 'intent']
  const names = new Map(columns.map((column) => [column.id, column]))
  const baseline = names.get(table.baselineId)?.name ?? ''
  const facts = ({ dataset, split, unjudged, name, mode, modelVersion }: Evaluation): (string | number)[] => [
    ...[dataset, split ?? '', unjudged, table.measure, name, mode, modelVersion ?? '', baseline],
  ]
  const lines = table.rows.flatMap((row) =>
    row.cells.flatMap((cell) => {
      const column = names.get(cell.evaluationId)
      if (column === undefined) return []
      const { value, low, high } = cell.estimate
      return [
        [
          ...[...facts(column), row.intent, row.queries, value, low, high],
          ...[cell.verdict ?? '', cell.pBetter ?? '', cell.pWorse ?? ''],
        ],
      ]
    }),
  )
  const means = table.mean.flatMap(({ evaluationId, value }) => {
    const column = names.get(evaluationId)
    return column === undefined
      ? []
      : [[...facts(column), 'mean of intents', column.queries, value, '', '', '', '', '']]
  })
  const rest = ['queries', 'value', 'low', 'high', 'verdict', 'p_better_holm', 'p_worse_holm']
  return [[...head, ...rest], ...lines, ...means].map((cells) => `${cells.map(quote).join(',')}\r\n`).join('')
}

/** A spreadsheet takes a cell that begins like a formula for one, whatever its quotes. */
function quote(cell: string | number): string {
  const text = typeof cell === 'string' && /^[=+\-@\t]/u.test(cell) ? `'${cell}` : String(cell)
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const MARKS = { better: ' ▲', worse: ' ▼', unclear: ' =' } as const

/** The table as it stands on the screen, for a report. */
export function tableAsMarkdown({ table, columns }: Exported): string {
  const words = strings.evaluation
  const [first] = columns
  const baseline = columns.find(({ id }) => id === table.baselineId)
  const escape = (text: string): string => text.replaceAll('|', '\\|')
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rows = table.rows.map((row) => {
    const cells = columns.map(({ id }) => {
      const cell = row.cells.find(({ evaluationId }) => evaluationId === id)
      if (cell === undefined) return ''
      const { value, low, high } = cell.estimate
      const interval = words.table.interval(points(low), points(high))
      return `${points(value)} (${interval})${cell.verdict === null ? '' : MARKS[cell.verdict]}`
    })
    return line([strings.search.intents[row.intent], String(row.queries), ...cells])
  })
  const means = columns.map(({ id }) => {
    const mean = table.mean.find(({ evaluationId }) => evaluationId === id)
    return mean === undefined ? '' : `**${points(mean.value)}**`
  })
  const measure =
    table.measure in words.measures ? words.measures[table.measure as keyof typeof words.measures] : table.measure
  return [
    `${first?.dataset ?? ''}${first?.split ? ` ${first.split}` : ''}: ${words.table.remark(measure)}. ${words.unjudged}: ${words.unjudgedChoices[first?.unjudged ?? 'zero-fill']}.`,
    '',
    line([words.table.intent, words.table.queries, ...columns.map(({ name }) => escape(name))]),
    line(['---', '--:', ...columns.map(() => '--:')]),
    ...rows,
    line([`**${words.table.mean}**`, '', ...means]),
    '',
    `▲ ${words.table.legend.better}, ▼ ${words.table.legend.worse}, = ${words.table.legend.unclear}, ${words.table.against(baseline?.name ?? '')}: one-tailed Wilcoxon signed-rank test, p < 0.05 after Holm correction.`,
    '',
  ].join('\n')
}
