/**
 * How fast documents are read, cut into passages and written to the keyword index, against poppler and against pdf.js's bare text extraction with as many processes.
 *
 *   node bench/ingest.ts [--all] [--workers N] [--rounds N] [--folder PATH]
 *
 * Rounds alternate between the readers, so that other load on the machine hits all of them; the ratios are medians.
 */
import { globSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DocumentRepository, LibraryDatabase } from '../electron/storage/index.ts'
import type { ExtractedDocument } from '../electron/text/extracted-document.ts'
import { sharedData } from '../tests/shared-data.ts'
import { median, type Round } from './ingest/measure.ts'
import { hasPoppler, readBare, readWithPipeline, readWithPoppler } from './ingest/readers.ts'

const SAMPLE_FILES = 30

const { values } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    workers: { type: 'string', default: String(availableParallelism()) },
    rounds: { type: 'string', default: '3' },
    folder: { type: 'string' },
  },
})
const folder = values.folder ?? sharedData('pdfs')
if (!folder) {
  console.error('There is nothing to read: give --folder PATH, a folder with PDF files')
  process.exit(1)
}
const workers = Number(values.workers)
const files = chosenFiles(folder, values.all ? Infinity : SAMPLE_FILES)
console.log(`${files.length} files of ${folder}, ${workers} processes, ${values.rounds} rounds\n`)

const scratch = mkdtempSync(join(tmpdir(), 'dmr-bench-'))
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }))
const warmUp = files.at(-1) as string
const bare: Round[] = []
const pipeline: Round[] = []
const poppler: Round[] = []
let failed = 0
let passages = 0
for (let round = 0; round < Number(values.rounds); round++) {
  bare.push(await readBare(files, workers, warmUp))
  const library = LibraryDatabase.open(join(scratch, `${round}.db`))
  const documents = new DocumentRepository(library.db)
  const store = library.db.transaction((document: ExtractedDocument) => {
    if (!documents.byContentHash(document.contentHash)) documents.insert(document)
  })
  const result = await readWithPipeline(files, workers, store, warmUp)
  library.close()
  pipeline.push(result)
  failed = result.failed
  passages = result.passages
  const popplerRound = await readWithPoppler(files, workers, result.pages)
  if (popplerRound) poppler.push(popplerRound)
}

print('pdftotext', poppler)
print('bare getTextContent', bare)
print('whole pipeline', pipeline)
if (!(await hasPoppler())) console.log('pdftotext is not installed (Debian: apt-get install poppler-utils)')
const share = median(pipeline.map((round, i) => (bare[i] as Round).seconds / round.seconds))
console.log(
  `\nThe pipeline has ${percent(share)} of the bare speed (at least 60 % is asked for); ${passages} passages, ${failed} files without text`,
)
const cpuShare = median(pipeline.map((round, i) => ((bare[i] as Round).cpuSeconds ?? NaN) / (round.cpuSeconds ?? NaN)))
if (!Number.isNaN(cpuShare)) console.log(`By processor time of the workers: ${percent(cpuShare)}`)

function print(name: string, rounds: readonly Round[]): void {
  if (rounds.length === 0) return
  const speed = median(rounds.map((round) => round.pages / round.seconds))
  const peak = Math.max(...rounds.map((round) => round.peakMiB ?? NaN))
  const memory = Number.isNaN(peak) ? '' : `, peak memory of a process ${peak.toFixed(0)} MiB`
  console.log(
    `${name.padEnd(20)} ${rounds[0]?.pages} pages, ${speed.toFixed(0)} pages/s, ${(speed / workers).toFixed(0)} pages/s/core${memory}`,
  )
}

/** All, or an even sample by size; biggest first, as the job queue orders them. */
function chosenFiles(root: string, count: number): string[] {
  const bySize = globSync('**/*.pdf', { cwd: root })
    .map((name) => join(root, name))
    .sort((a, b) => statSync(b).size - statSync(a).size)
  const step = Math.max(1, bySize.length / count)
  return bySize.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step))
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}
