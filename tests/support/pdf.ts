import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import PDFDocument from 'pdfkit'

/** Writes a PDF with one paragraph per page, and optionally a password. @returns when it is on disk. */
export async function writePdf(
  path: string,
  pages: readonly string[],
  options: { title?: string; password?: string } = {},
): Promise<void> {
  const document = new PDFDocument({
    size: 'LETTER',
    autoFirstPage: false,
    ...(options.password === undefined ? {} : { userPassword: options.password }),
    info: { Title: options.title ?? '', CreationDate: new Date('2024-03-14T00:00:00Z') },
  })
  const chunks: Buffer[] = []
  document.on('data', (chunk: Buffer) => chunks.push(chunk))
  const done = new Promise((resolve) => document.once('end', resolve))
  for (const text of pages) document.addPage().fontSize(11).text(text, { width: 460 })
  document.end()
  await done
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, Buffer.concat(chunks))
}

const SUBJECTS = [
  'shelter',
  'levee',
  'generator',
  'evacuation route',
  'water main',
  'field hospital',
  'radio net',
  'road block',
  'rest centre',
  'fuel depot',
]
const VERBS = [
  'opens',
  'closes',
  'is inspected',
  'is staffed',
  'is reported',
  'is moved',
  'is supplied',
  'is tested',
  'is marked',
  'is repaired',
]
const PLACES = [
  'in the north district',
  'at the river bend',
  'by the fairground',
  'on the mill road',
  'below the dam',
  'near the rail yard',
  'in the old town',
]

/** A page of text that differs from page to page, the same for the same number. */
export function pageOfText(seed: number): string {
  let state = seed * 2_654_435_761 + 1
  const pick = <T>(list: readonly T[]): T => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return list[state % list.length]!
  }
  const sentences = Array.from(
    { length: 14 },
    (_, index) =>
      `Item ${seed}-${index}: the ${pick(SUBJECTS)} ${pick(VERBS)} ${pick(PLACES)} within ${(state % 47) + 1} hours.`,
  )
  return sentences.join(' ')
}
