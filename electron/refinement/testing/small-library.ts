import type { Database } from 'better-sqlite3'
import {
  DatasetRepository,
  DocumentRepository,
  MiningRunRepository,
  PairRepository,
  PairVoteRepository,
  SearchRepository,
  textHash,
  TrainingTextRepository,
} from '../../storage/index.ts'

/** Document by document. The last text of "Copy" is a near copy of the first of "Flood". */
export const DOCUMENTS: Readonly<Record<string, readonly string[]>> = {
  Flood: [
    'Levee patrols walk the Mill Street levee every two hours once the river gauge reads eighteen feet, and report seepage to the river desk by radio.',
    'If the river gauge fails, a crew reads the painted staff on the bridge every thirty minutes and phones the reading to the river desk.',
    'The river desk closes nineteen low-water crossings before water is on the road, and tells the school bus office which roads are shut.',
  ],
  Smoke: [
    'Schools close when smoke from a wildfire keeps the air quality index above three hundred for two hours; buses leave within forty minutes.',
    'Masks of type N95 are given to field crews and to people who work outdoors while smoke from the wildfire stays in the valley.',
    'The health officer decides whether outdoor events are cancelled because of smoke, and tells the organizers by noon.',
  ],
  Shelter: [
    'The health lead walks the dormitory at eight, fourteen and twenty-one hours and writes down who has fever, cough or a rash.',
    'A shelter needs forty square feet for each cot; people who use a wheelchair are given one hundred square feet and a place near the door.',
    'Pets stay in the gymnasium annex, two owners share one crate area, and a veterinarian visits the shelter every morning.',
  ],
  Copy: [
    'Cooks in the shelter kitchen serve hot meals at noon and at six, and keep the water boiling for tea during the night.',
    'Levee patrols walk the Mill Street levee every two hours once the river gauge reads eighteen feet, and report seepage to the river desk by radio today.',
  ],
}

/** Puts {@link DOCUMENTS} into a new library. */
export function fillSmallLibrary(db: Database): void {
  const document = db.prepare(
    "INSERT INTO document (content_hash, title, language, page_count, pipeline_version, indexed_at) VALUES (?, ?, 'en', 3, 1, 0)",
  )
  const passage = db.prepare(
    `INSERT INTO passage (document_id, page_start, page_end, char_start, char_end, headings, context, text, tokens, text_hash)
     VALUES (?, ?, ?, 0, 1, '[]', ?, ?, 30, ?)`,
  )
  for (const [title, texts] of Object.entries(DOCUMENTS)) {
    const { lastInsertRowid: id } = document.run(`hash-of-${title}`, title)
    texts.forEach((text, page) => passage.run(id, page + 1, page + 1, title, text, textHash(text)))
  }
}

/** The tables that refinement jobs work on. */
export function refinementTables(db: Database) {
  return {
    db,
    documents: new DocumentRepository(db),
    pairs: new PairRepository(db),
    votes: new PairVoteRepository(db),
    mining: new MiningRunRepository(db),
    datasets: new DatasetRepository(db),
    searches: new SearchRepository(db),
    trainingTexts: new TrainingTextRepository(db),
  }
}
