// An experiment as one page that needs nothing else: no script, no font, no connection.
import type { TrainingComparison, TrainingRun } from '../../contracts/training.ts'
import type { Interval } from '../../platform/bootstrap.ts'
import type { PublishedComparison } from './published-result.ts'

const STYLE = `
:root { color-scheme: light dark; --line: #d9dde3; --quiet: #5c6573; --good: #0b6b4f; --bad: #b3350f; --ground: #f5f6f8 }
@media (prefers-color-scheme: dark) { :root { --line: #2c313a; --quiet: #9aa4b2; --good: #4fc39a; --bad: #f08a63; --ground: #171a20 } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 960px; margin: 40px auto; padding: 0 24px }
h1 { font-size: 24px; margin: 0 0 4px } h2, h3 { font-size: 17px; margin: 32px 0 8px }
.part { font-size: 20px; margin-top: 48px; border-top: 1px solid var(--line); padding-top: 24px } p { margin: 4px 0 12px; max-width: 70ch }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere }
thead th { font-weight: 400; color: var(--quiet); font-size: 13px } tfoot th, tfoot td { font-weight: 600 }
.quiet { color: var(--quiet) } .better { color: var(--good) } .worse { color: var(--bad) }
.verdict { background: var(--ground); border-radius: 8px; padding: 12px 16px }`

const MARKS = { better: '▲ better', worse: '▼ worse', unclear: '= no clear difference' } as const
const INTENTS = {
  QA: 'Answer',
  QAdoc: 'Document',
  Twitter: 'Social post',
  FactCheck: 'Check a claim',
  NLI: 'What follows',
  STS: 'Same meaning',
} as const

/** One experiment of a report. */
export interface ReportPart {
  readonly title: string
  /** All of them; those without scores are not in the comparison. */
  readonly runs: readonly TrainingRun[]
  readonly comparison: TrainingComparison
  readonly published: PublishedComparison | undefined
}

export interface ReportContent {
  readonly title: string
  readonly parts: readonly ReportPart[]
  readonly skipped: readonly { readonly recipe: string; readonly message: string }[]
  /** ms since 1970 */
  readonly madeAt: number
}

export function reportPage({ title, parts, skipped, madeAt }: ReportContent): string {
  const runs = parts.flatMap((part) => part.runs)
  const ended = runs.filter(({ state }) => state === 'done').length
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${STYLE}</style>
<h1>${escape(title)}</h1>
<p class="quiet">DMRetriever Workbench, ${new Date(madeAt).toISOString().slice(0, 10)}, ${ended} of ${runs.length} runs done. nDCG@10 on held-out queries in points of 100, with 95 % bootstrap intervals over queries.</p>
${
  skipped.length === 0
    ? ''
    : `<h2>Not run</h2>\n${table(
        ['Run', 'Reason'],
        skipped.map(({ recipe, message }) => [recipe, message].map(escape)),
      )}`
}
${parts.map((part) => partBlock(part, parts.length > 1)).join('\n')}
</html>
`
}

function partBlock({ title, runs, comparison, published }: ReportPart, isOneOfMany: boolean): string {
  const { baselineId, intents, mean, settings, data, notComparable } = comparison
  const compared = comparison.runs
  const names = compared.map(({ name }) => name)
  const baseline = compared.find(({ id }) => id === baselineId)!
  const rows = intents.map(({ intent, queries, cells }) => [
    INTENTS[intent],
    String(queries),
    ...compared.map(({ id }) => {
      const cell = cells.find(({ runId }) => runId === id)
      if (!cell?.estimate) return '–'
      const verdict = cell.verdict === null ? '' : `<div class="${cell.verdict}">${MARKS[cell.verdict]}</div>`
      return `${withInterval(cell.estimate)}${verdict}`
    }),
  ])
  const means = compared.map(({ id }) => mean.find(({ runId }) => runId === id)?.value ?? null)
  return `${isOneOfMany ? `<h2 class="part">${escape(title)}</h2>` : ''}
${published ? verdictBlock(published) : ''}
<h3>Quality by intent</h3>
${notComparable === null ? `<p>Compared with ${escape(baseline.name)}: one-tailed Wilcoxon signed-rank test, p below 0.05 after Holm correction over the intents.</p>` : `<p class="verdict">No verdicts: ${escape(notComparable)}</p>`}
${table(['Search intent', 'Queries', ...names.map(escape)], rows, ['Mean of intents', '', ...means.map((value) => (value === null ? '–' : points(value)))])}
<h3>The runs</h3>
${table(
  ['Run', 'State', 'Steps', 'Minutes', 'Data', 'Examples'],
  runs.map((run) =>
    [
      run.name,
      run.state === 'failed' ? `failed: ${run.message ?? ''}` : run.state,
      String(run.step),
      (run.seconds / 60).toFixed(1),
      run.data,
      run.examples === null ? '–' : String(run.examples),
    ].map(escape),
  ),
)}
<h3>Settings that differ</h3>
${differing(names, settings)}
<h3>Data that differ</h3>
${differing(names, data)}`
}

function verdictBlock({ published, difference, queries, agreement }: PublishedComparison): string {
  const { better, than, points: gain, source } = published
  const here = `${signed(difference.value)} (${signed(difference.low)} to ${signed(difference.high)})`
  const inside = gain >= difference.low * 100 && gain <= difference.high * 100
  const sentence = {
    holds: `The direction holds here, and the size ${inside ? 'is within the interval' : 'is not the published one'}.`,
    contradicts: `It does not hold here: ${better} is clearly worse.`,
    unclear: `Nothing clear can be said here: the interval includes no difference${inside ? ', and the published one' : ''}.`,
  }[agreement]
  return `<div class="verdict">
<p><strong>Published:</strong> ${escape(better)} better than ${escape(than)} by ${gain.toFixed(1)} points. <span class="quiet">${escape(source)}.</span></p>
<p><strong>Here:</strong> ${here} points over ${queries} queries. ${escape(sentence)} Other data, another model and another test set than the published ones: a comparison of directions, not of figures.</p>
</div>`
}

function differing(names: readonly string[], rows: TrainingComparison['settings']): string {
  if (rows.length === 0) return '<p class="quiet">None.</p>'
  return table(
    ['', ...names.map(escape)],
    rows.map(({ path, values }) => [path, ...values.map((value) => value ?? '–')].map(escape)),
  )
}

/** Cells are HTML. */
function table(head: readonly string[], rows: readonly (readonly string[])[], foot?: readonly string[]): string {
  const line = (cells: readonly string[], tag: 'th' | 'td') =>
    `<tr>${cells.map((cell, i) => (i === 0 ? `<th>${cell}</th>` : `<${tag}>${cell}</${tag}>`)).join('')}</tr>`
  return `<table>
<thead>${line(head, 'th')}</thead>
<tbody>${rows.map((row) => line(row, 'td')).join('\n')}</tbody>
${foot ? `<tfoot>${line(foot, 'td')}</tfoot>` : ''}
</table>`
}

function withInterval({ value, low, high }: Interval): string {
  return `${points(value)} <span class="quiet">${points(low)} to ${points(high)}</span>`
}

function points(value: number): string {
  return (value * 100).toFixed(1)
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${points(Math.abs(value))}`
}

function escape(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => `&#${character.codePointAt(0)};`)
}
