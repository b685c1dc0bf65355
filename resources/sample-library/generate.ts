// Writes pdfs/, questions.jsonl and facts.json from source/. Run: node resources/sample-library/generate.ts
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSource } from './generator/markup.ts'
import { resolveQuestion, type WrittenQuestion } from './generator/questions.ts'
import { renderDocument, type RenderedDocument } from './generator/render.ts'
import { applyRevision } from './generator/revision.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** A byte-for-byte copy under another name in another folder, for duplicate handling. */
export const EXACT_COPY = {
  from: 'public-information/heat-safety-leaflet.pdf',
  to: 'annexes/attachment-f3-cooling-handout.pdf',
} as const

/** Only the first part of this document is written: its page tree and cross-reference table are lost. */
export const CUT_OFF = { file: 'situation-reports/sitrep-09-bracken-ridge-fire.pdf', keep: 0.55 } as const

/** Source files in `source/`, sorted: `*.md` documents and `*.revision` earlier revisions. */
export function sourceNames(): string[] {
  return readdirSync(here('source/'))
    .filter((name) => /\.(md|revision)$/.test(name))
    .sort()
}

/** Renders one source file. @returns the path relative to `pdfs/` and the finished PDF */
export async function renderSource(name: string): Promise<{ file: string; document: RenderedDocument }> {
  const read = (file: string): string => readFileSync(here(`source/${file}`), 'utf8')
  const text = name.endsWith('.revision') ? applyRevision(read(name), name, read) : read(name)
  const source = parseSource(text, name)
  const document = await renderDocument(source)
  if (source.head.file !== CUT_OFF.file) return { file: source.head.file, document }
  const bytes = document.bytes.subarray(0, Math.floor(document.bytes.length * CUT_OFF.keep))
  return { file: source.head.file, document: { ...document, bytes } }
}

/** Renders everything before the first file is touched, so that a mistake in a source leaves the library as it was. */
async function main(): Promise<void> {
  const documents = new Map<string, RenderedDocument>()
  for (const name of sourceNames()) {
    const { file, document } = await renderSource(name)
    if (documents.has(file)) throw new Error(`${name}: '${file}' is already written by another source file`)
    documents.set(file, document)
    const words = document.pages.join(' ').split(/\s+/).length
    console.log(`${file}: ${document.pages.length} pages, ${Math.round(words / document.pages.length)} words a page`)
  }
  const original = documents.get(EXACT_COPY.from)
  if (!original) throw new Error(`no source writes '${EXACT_COPY.from}', which is to be copied`)
  documents.set(EXACT_COPY.to, original)
  const questions = readLines('source/questions.jsonl').map((line) =>
    resolveQuestion(JSON.parse(line) as WrittenQuestion, documents),
  )

  rmSync(here('pdfs/'), { recursive: true, force: true })
  for (const [file, document] of documents) {
    mkdirSync(dirname(here(`pdfs/${file}`)), { recursive: true })
    writeFileSync(here(`pdfs/${file}`), document.bytes)
  }
  writeFileSync(here('questions.jsonl'), questions.map((question) => `${JSON.stringify(question)}\n`).join(''))
  const pages = [...documents.values()].reduce((sum, document) => sum + document.pages.length, 0)
  const bytes = [...documents.values()].reduce((sum, document) => sum + document.bytes.length, 0)
  // What the first page says of the library without opening it.
  writeFileSync(here('facts.json'), `${JSON.stringify({ documents: documents.size, pages })}\n`)
  console.log(`${documents.size} files, ${pages} pages laid out, ${bytes} bytes, ${questions.length} questions`)
}

function readLines(path: string): string[] {
  return readFileSync(here(path), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
