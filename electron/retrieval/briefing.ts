import type { BriefingFormat } from '../contracts/search.ts'
import type { DocumentRepository, PassageRecord } from '../storage/index.ts'
import { csvCell } from '../text/csv.ts'

interface Quote {
  readonly title: string
  readonly page: number
  readonly date: string
  readonly contentHash: string
  readonly text: string
}

/**
 * Quotes with their sources, to hand on: title, page, date and the hash by which the exact file can be recognised.
 * @returns a file name and the file's text.
 */
export function briefing(
  request: { title: string; query: string; format: BriefingFormat },
  passages: readonly PassageRecord[],
  documents: DocumentRepository,
): { fileName: string; text: string } {
  const quotes = passages.flatMap((passage): Quote[] => {
    const document = documents.byId(passage.documentId)
    if (!document) return []
    return [
      {
        title: document.title,
        page: passage.pageStart,
        date: document.date ?? '',
        contentHash: document.contentHash,
        text: passage.text,
      },
    ]
  })
  const extension = { html: 'html', markdown: 'md', csv: 'csv', jsonl: 'jsonl', citations: 'txt' }[request.format]
  const name = request.title.replace(/[^\p{L}\p{N} _-]+/gu, '').trim() || 'Briefing'
  return { fileName: `${name}.${extension}`, text: WRITERS[request.format](request, quotes) }
}

type Writer = (request: { title: string; query: string }, quotes: readonly Quote[]) => string

const WRITERS: Record<BriefingFormat, Writer> = {
  markdown: ({ title, query }, quotes) =>
    [
      `# ${escapeMarkdown(title)}`,
      ...(query ? [`Searched for: ${escapeMarkdown(query)}`] : []),
      ...quotes.map(
        (quote) => `> ${escapeMarkdown(quote.text).replace(/\n+/gu, '\n> ')}\n\n${escapeMarkdown(citation(quote))}`,
      ),
      '',
    ].join('\n\n'),
  html: ({ title, query }, quotes) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escapeHtml(title)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}blockquote{margin:2rem 0 .25rem;padding-left:1rem;border-left:3px solid #2b54d0}cite{font-size:.875rem;color:#555;font-style:normal}</style>
<h1>${escapeHtml(title)}</h1>
${query ? `<p>Searched for: ${escapeHtml(query)}</p>` : ''}
${quotes.map((quote) => `<blockquote>${escapeHtml(quote.text).replace(/\n+/gu, '<br>')}</blockquote>\n<cite>${escapeHtml(citation(quote))}</cite>`).join('\n')}
</html>
`,
  csv: (_request, quotes) =>
    [
      'title,page,date,sha256,text',
      ...quotes.map((quote) =>
        [quote.title, String(quote.page), quote.date, quote.contentHash, quote.text].map(csvCell).join(','),
      ),
      '',
    ].join('\r\n'),
  citations: (_request, quotes) => [...new Set(quotes.map(citation)), ''].join('\n'),
  jsonl: ({ query }, quotes) => quotes.map((quote) => `${JSON.stringify({ query, ...quote })}\n`).join(''),
}

function citation(quote: Quote): string {
  return [quote.title, `page ${quote.page}`, quote.date, `SHA-256 ${quote.contentHash}`].filter(Boolean).join(', ')
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|]/gu, '\\$&')
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
