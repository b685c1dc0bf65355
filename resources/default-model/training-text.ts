// Training pairs for the embedded model, from folders of open text (see the model card for what was used).
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'

export interface TextPair {
  readonly query: string
  readonly passage: string
}

export interface PairSource {
  readonly file: string
  readonly kind: 'pairs' | 'sections'
  readonly rows: number
  readonly pairs: number
  /** As the folder's SOURCES.md says. */
  readonly licence: string
}

/** Files that may not be used in a model that is given away: no licence stated, or non-commercial. */
const NOT_FREE = /-(nc|nolicence)-/

/** Large sources of one narrow kind do not get more than this many rows. */
const CAPS: Readonly<Record<string, number>> = {
  'pairs-wikisplit': 4000,
  'pairs-us-code': 4000,
  'pairs-us-government-web-titles': 6000,
}

/** Sentences of a section that may stand for it as a query, in words. */
const CLOZE_WORDS = { least: 6, most: 40 }

interface Row {
  readonly query?: string
  readonly passage?: string
  readonly title?: string
  readonly heading?: string
  readonly text?: string
}

/**
 * Reads `pairs-*.jsonl.gz` (query, passage) as they are, and makes pairs from `text-*.jsonl.gz` (title, heading, text): the headings with
 * their section, and one sentence with the rest of its section (the inverse cloze task, Lee et al. 2019).
 *
 * @throws Error naming the file that SOURCES.md gives no licence for
 * @param random uniform numbers in [0, 1): which rows are kept under a cap, which sentence is taken
 */
export async function readTrainingText(
  folder: string,
  random: () => number,
): Promise<{ readonly pairs: readonly TextPair[]; readonly sources: readonly PairSource[] }> {
  const files = (await readdir(folder)).filter((name) => /^(pairs|text)-.*\.jsonl\.gz$/.test(name)).sort()
  const licences = await readLicences(join(folder, 'SOURCES.md'))
  const pairs: TextPair[] = []
  const sources: PairSource[] = []
  for (const file of files.filter((name) => !NOT_FREE.test(name))) {
    const name = basename(file, '.jsonl.gz')
    const lines = gunzipSync(await readFile(join(folder, file)))
      .toString('utf8')
      .split('\n')
    const rows = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row)
    const kept = (CAPS[name] ?? Infinity) / rows.length
    const before = pairs.length
    for (const row of rows) {
      if (random() >= kept) continue
      if (row.query && row.passage) pairs.push({ query: row.query, passage: row.passage })
      else if (row.text) pairs.push(...sectionPairs(row as Row & { readonly text: string }, random))
    }
    const licence = licences.get(file)
    if (licence === undefined)
      throw new Error(`${folder}: SOURCES.md names no licence for ${file}. Add a row for it to the table there.`)
    const kind = name.startsWith('pairs-') ? 'pairs' : 'sections'
    sources.push({ file, kind, rows: rows.length, pairs: pairs.length - before, licence })
  }
  return { pairs, sources }
}

/** Licences by file: the first and the last column of the table of files in SOURCES.md. */
async function readLicences(path: string): Promise<ReadonlyMap<string, string>> {
  const rows = (await readFile(path, 'utf8')).split('\n').filter((line) => /^\| (pairs|text)-/.test(line))
  return new Map(
    rows.map((line) => {
      const cells = line.split('|').map((cell) => cell.trim())
      return [cells[1]!, cells.at(-2)!]
    }),
  )
}

function sectionPairs({ title = '', heading = '', text }: Row & { readonly text: string }, random: () => number) {
  const pairs: TextPair[] = []
  const headings = heading === title ? title : `${title} ${heading}`
  if (headings.trim() !== '') pairs.push({ query: headings.trim(), passage: text })
  const sentences = text.split(/(?<=[.!?])\s+/)
  const fit = [...sentences.keys()].filter((index) => {
    const words = sentences[index]!.split(' ').length
    return words >= CLOZE_WORDS.least && words <= CLOZE_WORDS.most
  })
  const chosen = fit[Math.floor(random() * fit.length)]
  if (sentences.length >= 3 && chosen !== undefined) {
    // Documents are searched with their titles, so the rest of the section keeps its headings here.
    const rest = sentences.filter((_, index) => index !== chosen).join(' ')
    pairs.push({ query: sentences[chosen]!, passage: `${headings} ${rest}`.trim() })
  }
  return pairs
}
