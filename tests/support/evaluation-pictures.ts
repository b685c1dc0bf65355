import Database from 'better-sqlite3'
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Page } from 'playwright-core'
import { INTENTS } from '../../electron/contracts/intents.ts'
import { BuiltInGenerator, sourcePassages } from '../../electron/refinement/index.ts'
import { DocumentRepository } from '../../electron/storage/index.ts'
import { goTo, LONGEST_MS, take } from './pictures.ts'
import type { OpenWindow } from './window.ts'

/** Group of hazards (DisastIR's names) that a document of the sample library is about, by its title. */
const GROUPS: readonly (readonly [RegExp, string])[] = [
  [/pandemic|influenza|animal/iu, 'Bio'],
  [/hazardous/iu, 'Chem'],
  [/wildfire|fire|heat/iu, 'Env'],
  [/earthquake|steady ground/iu, 'Geo'],
  [/flood|river|hurricane|storm|evacuation|dam/iu, 'MH'],
  [/shelter|mass care|recovery/iu, 'Soc'],
]
const OTHER_GROUP = 'Tech'
const QUERIES_PER_INTENT = 48
/** A prime: sections in this stride are all of them, far from one another. */
const STRIDE = 101

/** Makes a test set of an indexed library: its passages, and queries that a rule writes for them. */
async function writeTestSet(library: string, folder: string): Promise<void> {
  const db = new Database(library, { readonly: true })
  const sections = [...sourcePassages(db, new DocumentRepository(db))]
  db.close()
  const ids = new Map(sections.map(({ textHash, page }, index) => [textHash, `section-${index + 1}-page-${page}`]))
  const corpus = sections
    .filter(({ textHash }, index) => sections.findIndex((other) => other.textHash === textHash) === index)
    .map(({ textHash, title, text }) => ({ _id: ids.get(textHash), title, text }))
  const generator = new BuiltInGenerator()
  const options = { seed: 5, perPassage: 1, signal: new AbortController().signal }
  const queries: object[] = []
  const judgements: string[] = []
  for (const [turn, intent] of INTENTS.entries()) {
    let count = 0
    // Other documents for each intent, from the whole library.
    for (const index of sections.keys()) {
      const section = sections[(index * STRIDE + turn) % sections.length]!
      if (count === QUERIES_PER_INTENT) break
      for (const { query } of await generator.generate(section, intent, options)) {
        const id = `${intent}-${++count}`
        const group = GROUPS.find(([pattern]) => pattern.test(section.title))?.[1] ?? OTHER_GROUP
        queries.push({ _id: id, text: query, intent, event_group: group })
        judgements.push(`${id}\t${ids.get(section.textHash)}\t2`)
      }
    }
  }
  const lines = (values: readonly object[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join('')
  mkdirSync(join(folder, 'qrels'), { recursive: true })
  writeFileSync(join(folder, 'corpus.jsonl'), lines(corpus))
  writeFileSync(join(folder, 'queries.jsonl'), lines(queries))
  writeFileSync(join(folder, 'qrels', 'test.tsv'), `query-id\tcorpus-id\tscore\n${judgements.join('\n')}\n`)
}

async function evaluate(page: Page, folder: string, system: string): Promise<void> {
  const columns = page.locator('thead th')
  const before = await columns.count()
  await page.getByRole('button', { name: 'Run an evaluation' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Folder of the test set' }).fill(folder)
  await dialog.getByRole('radio', { name: system }).click()
  await dialog.getByRole('button', { name: 'Start' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await columns.nth(Math.max(3, before + 1) - 1).waitFor({ timeout: LONGEST_MS })
}

/** The Evaluation view: keywords, meaning and both on one test set, by hazard, and a small set made of it. */
export async function takeEvaluationPictures(window: OpenWindow): Promise<void> {
  const { page } = window
  const folder = join(dirname(window.library), 'county-questions')
  await writeTestSet(window.library, folder)
  await goTo(page, 'evaluation')
  for (const system of ['Keywords', 'Both', 'Meaning']) await evaluate(page, folder, system)
  await take(window, { name: 'evaluation', place: 'evaluation', ready: 'Mean of intents' })
  await take(window, {
    ...{ name: 'evaluation-hazards', place: 'evaluation', ready: 'Mean of intents' },
    prepare: (page) => page.getByRole('radio', { name: 'Hazards' }).click(),
  })
  await take(window, {
    ...{ name: 'evaluation-new', place: 'evaluation', ready: 'Mean of intents' },
    prepare: (page) => page.getByRole('button', { name: 'Run an evaluation' }).click(),
  })
  await goTo(page, 'evaluation?tab=dev-sets')
  await page.getByRole('button', { name: 'Make a small test set' }).first().click()
  await page.getByRole('textbox', { name: 'Full test set' }).fill(folder)
  await page.getByRole('textbox', { name: 'New folder for the small set' }).fill(`${folder}-small`)
  await page.getByRole('textbox', { name: 'Queries' }).fill('60')
  await page.getByRole('dialog').getByRole('button', { name: 'Make it' }).click()
  const small = basename(`${folder}-small`)
  await page.getByRole('region', { name: small }).waitFor({ timeout: LONGEST_MS })
  await take(window, { name: 'evaluation-small', place: 'evaluation?tab=dev-sets', ready: small })
}
