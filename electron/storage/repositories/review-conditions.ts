import type { QueueState, ReviewFilter } from '../../contracts/curation.ts'

/** What a filter's words refer to at the moment of asking. */
export interface FilterFrame {
  /** Whose state is meant where the filter names nobody. */
  readonly judgeId: number
  /** The newest filter run and the newest complete mining run, 0 where there is none. */
  readonly filterId: number
  readonly miningId: number
}

export interface Conditions {
  /** SQL over the table `pair`, joined by AND; never empty. */
  readonly where: string
  readonly values: readonly (string | number)[]
}

const OWN = 'FROM review_state AS own WHERE own.pair_id = pair.id AND own.judge_id = ?'
const ON_PAIR = `SELECT 1 ${OWN} AND own.text_id = 0 AND`
const STATES: Readonly<Record<QueueState, string>> = {
  undecided: `NOT EXISTS (${ON_PAIR} (own.outcome IS NOT NULL OR own.verdict = 'skip'))`,
  decided: `EXISTS (${ON_PAIR} own.outcome IS NOT NULL)`,
  accepted: `EXISTS (${ON_PAIR} own.outcome = 'accept')`,
  rejected: `EXISTS (${ON_PAIR} own.outcome = 'reject')`,
  edited: `EXISTS (${ON_PAIR} own.query IS NOT NULL)`,
  skipped: `EXISTS (${ON_PAIR} own.verdict = 'skip')`,
  commented: `EXISTS (SELECT 1 ${OWN} AND own.comment IS NOT NULL)`,
}

/** Passages that may be unmarked answers: of the newest mining run (its id is the value), and of packages taken in. */
export const SUSPECTS_OF_PAIR = `
  SELECT text_id FROM negative WHERE mining_id = ? AND negative.pair_id = pair.id AND suspect = 1
  UNION SELECT text_id FROM review_package_negative AS packed WHERE packed.pair_id = pair.id AND packed.suspect = 1`

/** Without an own grade; values: mining run, judge. */
export const OPEN_SUSPECTS = `
  SELECT suspect.text_id FROM (${SUSPECTS_OF_PAIR}) AS suspect WHERE NOT EXISTS (
    SELECT 1 ${OWN} AND own.text_id = suspect.text_id AND (own.grade IS NOT NULL OR own.verdict = 'skip'))`

/**
 * A filter as SQL. Columns are written with a plus sign, which keeps SQLite from choosing their index: the order of the queue
 * decides which index is walked, and a walk that stops at the page's end never sorts.
 */
export function reviewConditions(filter: ReviewFilter, frame: FilterFrame): Conditions {
  const parts: string[] = []
  const values: (string | number)[] = []
  const add = (sql: string, ...own: readonly (string | number)[]): void => {
    parts.push(sql)
    values.push(...own)
  }
  const { intents, generators, filterVerdict, dataset, packageId, hazards, difficulties, text } = filter
  const judgeId = filter.stateOf ?? frame.judgeId
  if (intents) add(`+pair.intent IN (${marks(intents)})`, ...intents)
  if (generators) add(`+pair.generator IN (${marks(generators)})`, ...generators)
  if (filterVerdict === 'unfiltered')
    add('NOT EXISTS (SELECT 1 FROM pair_decision WHERE filter_id = ? AND pair_id = pair.id)', frame.filterId)
  else if (filterVerdict)
    add(
      'EXISTS (SELECT 1 FROM pair_decision WHERE filter_id = ? AND pair_id = pair.id AND kept = ?)',
      frame.filterId,
      Number(filterVerdict === 'kept'),
    )
  if (dataset !== undefined)
    add(
      'EXISTS (SELECT 1 FROM dataset_item WHERE pair_key = pair.key AND dataset_id = (SELECT id FROM dataset WHERE name = ?))',
      dataset,
    )
  if (packageId !== undefined)
    add('EXISTS (SELECT 1 FROM review_package_item WHERE package_id = ? AND pair_id = pair.id)', packageId)
  if (difficulties) add(`pair.details ->> '$.attributes.difficulty' IN (${marks(difficulties)})`, ...difficulties)
  if (hazards)
    add(
      `EXISTS (SELECT 1 FROM training_text AS source JOIN document ON document.content_hash = source.document_hash,
         json_each(document.hazards) AS hazard WHERE source.id = pair.source_id AND hazard.value IN (${marks(hazards)}))`,
      ...hazards,
    )
  if (text !== undefined && text !== '') {
    const pattern = `%${text.replace(/[\\%_]/gu, String.raw`\$&`)}%`
    add(
      String.raw`(pair.query LIKE ? ESCAPE '\' OR EXISTS (
        SELECT 1 FROM training_text WHERE id = pair.positive_id AND text LIKE ? ESCAPE '\'))`,
      pattern,
      pattern,
    )
  }
  if (filter.suspects) {
    add(`EXISTS (${SUSPECTS_OF_PAIR})`, frame.miningId)
    if (filter.state === 'undecided') add(`EXISTS (${OPEN_SUSPECTS})`, frame.miningId, judgeId)
    else if (filter.state === 'decided') add(`NOT EXISTS (${OPEN_SUSPECTS})`, frame.miningId, judgeId)
    else if (filter.state) add(STATES[filter.state], judgeId)
  } else if (filter.state) add(STATES[filter.state], judgeId)
  return { where: parts.length > 0 ? parts.join(' AND ') : 'true', values }
}

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ')
}
