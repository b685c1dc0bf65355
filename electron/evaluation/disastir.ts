// The DisastIR benchmark: a corpus list, `<Task>_<Event>.json` queries and `<Task>_<Event>_qrels.json` judgements.
import { readdir, readFile } from 'node:fs/promises'
import { said } from '../contracts/wording.ts'
import { join } from 'node:path'
import { INTENTS, type Intent } from '../contracts/intents.ts'
import { EvaluationInputError, INPUT_ERROR } from './input-error.ts'
import type { Qrels } from './qrels-and-run.ts'

/** The eight event groups of DisastIR; with the six intents they make its 48 tasks. */
export const EVENT_GROUPS = ['Bio', 'Chem', 'Env', 'Extra', 'Geo', 'MH', 'Soc', 'Tech'] as const
export type EventGroup = (typeof EVENT_GROUPS)[number]

export interface DisastIrQuery {
  /** `<Task>_<Event>:<position in its file>`, because query texts recur between tasks. */
  readonly id: string
  readonly text: string
  readonly intent: Intent
  readonly event: string
  /** The event itself where neither the file name nor `eventGroups` tells its group. */
  readonly eventGroup: string
}

/** The content of one pair of files, parsed but not yet checked. */
export interface DisastIrTask {
  readonly name: string
  readonly queries: unknown
  readonly qrels: unknown
}

export interface DisastIrDataset {
  /** Passage texts; a passage's id is its position here, as a decimal string. */
  readonly passages: readonly string[]
  readonly queries: ReadonlyMap<string, DisastIrQuery>
  readonly qrels: Qrels
  /** What was odd but not fatal; each list names the entries. */
  readonly notes: {
    /** Passages that occur earlier in the corpus; judgements point to the first copy. */
    readonly repeatedPassages: number
    readonly repeatedQueries: readonly string[]
    /** `task: position` of judgements whose query or passage does not exist. */
    readonly judgementsOfUnknownQuery: readonly string[]
    readonly judgementsOfUnknownPassage: readonly string[]
    /** Pairs judged twice with different grades; the first grade counts. */
    readonly conflictingJudgements: readonly string[]
    readonly eventsWithoutGroup: readonly string[]
  }
}

/**
 * Reads a folder that holds the query and judgement files of one or more tasks and, unless `corpusFile` says
 * where it is, the corpus as `corpus.json`.
 * @param options.eventGroups event -> group, for files named by single events.
 * @throws EvaluationInputError naming the file and what it lacks.
 */
export async function openDisastIr(
  folder: string,
  options: { readonly corpusFile?: string; readonly eventGroups?: Readonly<Record<string, EventGroup>> } = {},
): Promise<DisastIrDataset> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json')).sort()
  const taskNames = names
    .filter((name) => name.endsWith('_qrels.json'))
    .map((name) => name.slice(0, -'_qrels.json'.length))
  if (taskNames.length === 0) {
    throw new EvaluationInputError(
      INPUT_ERROR.missing,
      folder,
      undefined,
      said`no <Task>_<Event>_qrels.json there; name the folder that holds them`,
    )
  }
  const tasks: DisastIrTask[] = []
  for (const name of taskNames) {
    tasks.push({
      name,
      queries: await readJson(join(folder, `${name}.json`)),
      qrels: await readJson(join(folder, `${name}_qrels.json`)),
    })
  }
  const corpus = await readJson(options.corpusFile ?? join(folder, 'corpus.json'))
  return buildDisastIr(corpus, tasks, options.eventGroups)
}

/** Joins parsed files into one data set. See {@link openDisastIr}; this part reads nothing. */
export function buildDisastIr(
  corpus: unknown,
  tasks: readonly DisastIrTask[],
  eventGroups: Readonly<Record<string, EventGroup>> = {},
): DisastIrDataset {
  if (!Array.isArray(corpus) || !corpus.every((passage) => typeof passage === 'string')) {
    throw new EvaluationInputError(
      INPUT_ERROR.malformed,
      'corpus',
      undefined,
      said`is not a JSON list of passage texts`,
    )
  }
  const passages: readonly string[] = corpus
  const passageIds = new Map<string, string>()
  for (const [i, passage] of passages.entries()) if (!passageIds.has(passage)) passageIds.set(passage, String(i))

  const queries = new Map<string, DisastIrQuery>()
  const qrels = new Map<string, Map<string, number>>()
  const repeatedQueries: string[] = []
  const judgementsOfUnknownQuery: string[] = []
  const judgementsOfUnknownPassage: string[] = []
  const conflictingJudgements: string[] = []
  const eventsWithoutGroup = new Set<string>()

  for (const task of tasks) {
    const { intent, event } = splitTaskName(task.name)
    const eventGroup = groupOf(event, eventGroups)
    if (!eventGroup) eventsWithoutGroup.add(event)
    const idByText = new Map<string, string>()
    for (const [i, entry] of entries(task.queries, task.name).entries()) {
      const text = stringField(entry, 'user_query', task.name, i)
      const id = `${task.name}:${i}`
      if (idByText.has(text)) {
        repeatedQueries.push(id)
        continue
      }
      idByText.set(text, id)
      queries.set(id, { id, text, intent, event, eventGroup: eventGroup ?? event })
    }
    const qrelsName = `${task.name}_qrels`
    for (const [i, entry] of entries(task.qrels, qrelsName).entries()) {
      const queryId = idByText.get(stringField(entry, 'user_query', qrelsName, i))
      const passageId = passageIds.get(stringField(entry, 'passage', qrelsName, i))
      const grade = gradeField(entry, qrelsName, i)
      const where = `${qrelsName}: ${i}`
      if (queryId === undefined) judgementsOfUnknownQuery.push(where)
      else if (passageId === undefined) judgementsOfUnknownPassage.push(where)
      else {
        const grades = qrels.get(queryId) ?? new Map<string, number>()
        const earlier = grades.get(passageId)
        if (earlier === undefined) grades.set(passageId, grade)
        else if (earlier !== grade) conflictingJudgements.push(where)
        qrels.set(queryId, grades)
      }
    }
  }
  if (qrels.size === 0) {
    throw new EvaluationInputError(
      INPUT_ERROR.empty,
      'DisastIR',
      undefined,
      said`no judgement fits a query and a passage; check that corpus, queries and qrels belong together`,
    )
  }
  return {
    passages,
    queries,
    qrels,
    notes: {
      repeatedPassages: passages.length - passageIds.size,
      repeatedQueries,
      judgementsOfUnknownQuery,
      judgementsOfUnknownPassage,
      conflictingJudgements,
      eventsWithoutGroup: [...eventsWithoutGroup],
    },
  }
}

export interface DisastIrAverages {
  /** Mean over the intents that have queries: six for the full benchmark. */
  readonly overall: number
  readonly byIntent: Readonly<Partial<Record<Intent, number>>>
  /** `<intent>/<event group>` -> mean over its queries: 48 for the full benchmark. */
  readonly byTask: Readonly<Record<string, number>>
}

/**
 * The benchmark's average: queries -> (intent, event group) -> intent -> overall, an unweighted mean at each step
 * (METHOD section 8). A mean over all queries would let the largest task decide.
 * @param values per-query values of one measure; queries without a value are left out.
 */
export function averageDisastIr(
  values: ReadonlyMap<string, number>,
  queries: ReadonlyMap<string, Pick<DisastIrQuery, 'intent' | 'eventGroup'>>,
): DisastIrAverages | undefined {
  const tasks = new Map<Intent, Map<string, number[]>>()
  for (const [queryId, value] of values) {
    const query = queries.get(queryId)
    if (!query)
      throw new RangeError(`query "${queryId}" has a value but is not in the data set; score this data set's run`)
    const groups = tasks.get(query.intent) ?? new Map<string, number[]>()
    tasks.set(query.intent, groups)
    const task = groups.get(query.eventGroup)
    if (task) task.push(value)
    else groups.set(query.eventGroup, [value])
  }
  const byTask: Record<string, number> = {}
  const byIntent: Partial<Record<Intent, number>> = {}
  for (const intent of INTENTS) {
    const groups = tasks.get(intent)
    if (!groups) continue
    for (const [group, taskValues] of groups) byTask[`${intent}/${group}`] = mean(taskValues)
    byIntent[intent] = mean([...groups.values()].map(mean))
  }
  const intentMeans = Object.values(byIntent)
  return intentMeans.length === 0 ? undefined : { overall: mean(intentMeans), byIntent, byTask }
}

function splitTaskName(name: string): { intent: Intent; event: string } {
  const at = name.indexOf('_')
  const task = name.slice(0, at).toLowerCase()
  const intent = INTENTS.find((known) => known.toLowerCase() === task)
  const event = name.slice(at + 1)
  if (at < 1 || !intent || event === '') {
    throw new EvaluationInputError(
      INPUT_ERROR.malformed,
      name,
      undefined,
      said`is not named <Task>_<Event> with a task among ${INTENTS.join(', ')}`,
    )
  }
  return { intent, event }
}

function groupOf(event: string, eventGroups: Readonly<Record<string, EventGroup>>): EventGroup | undefined {
  return eventGroups[event] ?? EVENT_GROUPS.find((group) => group.toLowerCase() === event.toLowerCase())
}

async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new EvaluationInputError(
      INPUT_ERROR.missing,
      path,
      undefined,
      said`cannot be read (${(error as NodeJS.ErrnoException).code ?? ''}); check the path`,
    )
  }
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  } catch (error) {
    throw new EvaluationInputError(
      INPUT_ERROR.malformed,
      path,
      undefined,
      said`is not JSON (${(error as Error).message})`,
    )
  }
}

function entries(value: unknown, source: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new EvaluationInputError(INPUT_ERROR.malformed, source, undefined, said`is not a JSON list`)
}

function stringField(entry: unknown, field: string, source: string, position: number): string {
  const value = (entry as Record<string, unknown> | null)?.[field]
  if (typeof value === 'string') return value
  throw new EvaluationInputError(
    INPUT_ERROR.malformed,
    source,
    undefined,
    said`entry ${position} has no text "${field}"`,
  )
}

function gradeField(entry: unknown, source: string, position: number): number {
  const value = (entry as Record<string, unknown> | null)?.['score']
  const grade = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof grade === 'number' && Number.isFinite(grade)) return grade
  throw new EvaluationInputError(
    INPUT_ERROR.malformed,
    source,
    undefined,
    said`entry ${position} has no finite "score"`,
  )
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
