import type { DatasetCounts, DatasetRecord } from '../../storage/index.ts'

/** A data card in Markdown: what the set holds, how it was made and by whom, and what it must not be taken for. */
export function dataCard(dataset: DatasetRecord, counts: DatasetCounts, frontMatter?: readonly string[]): string {
  const table = (title: string, rows: Readonly<Record<string, number>>): string[] =>
    Object.keys(rows).length === 0
      ? []
      : [
          '',
          `| ${title} | items |`,
          '|---|---:|',
          ...Object.entries(rows).map(([name, count]) => `| ${name} | ${count} |`),
        ]
  const perItem = counts.items === 0 ? 0 : counts.negatives / counts.items
  const lines = [
    ...(frontMatter ? ['---', ...frontMatter, '---', ''] : []),
    `# ${dataset.name}`,
    '',
    KINDS[dataset.kind],
    '',
    `${counts.items} queries, ${counts.positives} positives, ${counts.negatives} hard negatives (${perItem.toFixed(1)} per query; ${counts.withoutNegatives} queries without any).`,
    ...table('Split', counts.bySplit),
    ...table('Search intent', counts.byIntent),
    '',
    '## How it was made',
    '',
    'Queries are machine-made unless the generator says "person". Splits are by document: no document, and no near copy of it, is in two of them.',
    '',
    '```json',
    JSON.stringify(dataset.lineage, null, 2),
    '```',
    '',
    '## Before you share it',
    '',
    'The texts are quotations from the documents of one library. Their licence and their confidentiality are those of the documents.',
    '',
    `Made by DMRetriever Workbench on ${new Date(dataset.createdAt).toISOString().slice(0, 10)}.`,
    '',
  ]
  return lines.join('\n')
}

const KINDS = {
  MTP: 'Queries with the passage that answers each, kept by mutual agreement of several retrievers (multi-task pairs).',
  MTT: 'Queries with the passage that answers each and hard negatives below a share alpha of its score (multi-task triples).',
  import: 'Imported queries with positives and negatives.',
} as const
