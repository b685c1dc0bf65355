// Data sets as JSON lines (METHOD 7), with their provenance in a file beside each.
import * as v from 'valibot'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said } from '../../contracts/wording.ts'
import { INTENTS, type Intent } from '../../contracts/intents.ts'
import { DMRETRIEVER_INSTRUCTIONS } from '../../contracts/prompts.ts'
import type {
  DatasetItem,
  DatasetSplit,
  NewTrainingText,
  ScoredText,
  TrainingText,
  TrainingTextRepository,
} from '../../storage/index.ts'
import { textHash } from '../../storage/index.ts'

const texts = v.array(v.string())
const scores = v.optional(v.array(v.number()))
/** One training example, as DMRetriever's code and other trainers of the field read it. */
const line = v.looseObject({
  query: v.pipe(v.string(), v.nonEmpty()),
  pos: v.pipe(texts, v.minLength(1)),
  neg: v.optional(texts, []),
  prompt: v.optional(v.string()),
  pos_scores: scores,
  neg_scores: scores,
})

const place = v.object({
  document: v.string(),
  title: v.string(),
  page: v.number(),
  pageEnd: v.number(),
  passage: v.string(),
})
const scoreList = v.array(v.nullable(v.number()))
/** What a training line cannot say: where each text came from. */
const lineageLine = v.object({
  intent: v.picklist(INTENTS),
  pair: v.nullable(v.string()),
  pos: v.array(place),
  neg: v.array(place),
  posScores: v.optional(scoreList),
  negScores: v.optional(scoreList),
  /** False where the line had no instruction of its own. */
  prompt: v.optional(v.boolean()),
})

/** A training line and the provenance beside it. */
export interface DatasetLine {
  readonly line: string
  readonly lineage: string
}

/** Writes an item as two lines without line ends. */
export function toLines(item: DatasetItem, read: TrainingTextRepository): DatasetLine {
  const pos = item.positives.map(([id]) => read.require(id))
  const neg = item.negatives.map(([id]) => read.require(id))
  const { prompt: ownPrompt, ...extra } = item.extra ?? { prompt: DMRETRIEVER_INSTRUCTIONS[item.intent] }
  const fields = {
    query: item.query,
    pos: pos.map(({ text }) => text),
    neg: neg.map(({ text }) => text),
    ...(ownPrompt === undefined ? {} : { prompt: ownPrompt }),
    ...scoreField('pos_scores', item.positives),
    ...scoreField('neg_scores', item.negatives),
    ...extra,
  }
  const lineage = {
    intent: item.intent,
    pair: item.pairKey,
    pos: pos.map(toPlace),
    neg: neg.map(toPlace),
    posScores: item.positives.map(([, score]) => score),
    negScores: item.negatives.map(([, score]) => score),
    ...(item.extra === null ? {} : { prompt: ownPrompt !== undefined }),
  }
  return { line: JSON.stringify(fields), lineage: JSON.stringify(lineage) }
}

/** Trainers want a score for every text or none. */
function scoreField(name: string, list: readonly ScoredText[]) {
  return list.length > 0 && list.every(([, score]) => score !== null) ? { [name]: list.map(([, score]) => score) } : {}
}

/**
 * Reads one example.
 * @param where file and line, for the message.
 * @param lineage the line of the file beside it, where there is one.
 * @throws WorkbenchError BAD_INPUT.
 */
export function fromLines(
  text: string,
  where: string,
  split: DatasetSplit,
  add: (text: NewTrainingText) => number,
  lineage?: string,
): DatasetItem {
  const { query, pos, neg, pos_scores, neg_scores, prompt, ...rest } = parse(line, text, where)
  const origin = lineage === undefined ? undefined : parse(lineageLine, lineage, `${where} (lineage)`)
  for (const [name, list, count] of [
    ['pos_scores', pos_scores, pos.length],
    ['neg_scores', neg_scores, neg.length],
  ] as const) {
    if (list && list.length !== count)
      throw new WorkbenchError('BAD_INPUT', said`${where}: ${name} has ${list.length} numbers for ${count} texts.`)
  }
  if (origin && (origin.pos.length !== pos.length || origin.neg.length !== neg.length))
    throw new WorkbenchError(
      'BAD_INPUT',
      said`${where}: the lineage file does not belong to this file. Export the data set again.`,
    )
  const scored = (
    list: readonly string[],
    own?: readonly number[],
    places?: readonly Place[],
    kept?: readonly (number | null)[],
  ) => list.map((one, i): ScoredText => [add(withPlace(one, places?.[i])), own?.[i] ?? kept?.[i] ?? null])
  const isOurs = origin !== undefined && origin.prompt === undefined && Object.keys(rest).length === 0
  return {
    split,
    intent: origin?.intent ?? intentOf(prompt),
    query,
    pairKey: origin?.pair ?? null,
    positives: scored(pos, pos_scores, origin?.pos, origin?.posScores),
    negatives: scored(neg, neg_scores, origin?.neg, origin?.negScores),
    extra: isOurs ? null : { ...(prompt === undefined ? {} : { prompt }), ...rest },
  }
}

type Place = v.InferOutput<typeof place>

export function toPlace({ documentHash, title, page, pageEnd, passageHash }: TrainingText): Place {
  return { document: documentHash, title, page, pageEnd, passage: passageHash }
}

export function withPlace(text: string, origin: Place | undefined): NewTrainingText {
  return origin
    ? {
        text,
        documentHash: origin.document,
        title: origin.title,
        page: origin.page,
        pageEnd: origin.pageEnd,
        passageHash: origin.passage,
      }
    : { text, documentHash: '', title: '', page: 0, pageEnd: 0, passageHash: textHash(text) }
}

/** Other trainers name the intent by its instruction only. */
export function intentOf(prompt: string | undefined): Intent {
  const wanted = prompt?.replace(/[:\s]+$/u, '')
  return INTENTS.find((intent) => DMRETRIEVER_INSTRUCTIONS[intent] === wanted) ?? 'QA'
}

function parse<Schema extends v.GenericSchema>(schema: Schema, text: string, where: string): v.InferOutput<Schema> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new WorkbenchError(
      'BAD_INPUT',
      said`${where}: not JSON (${(error as Error).message}). Each line is one object.`,
      {
        cause: error,
      },
    )
  }
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new WorkbenchError(
    'BAD_INPUT',
    said`${where}: ${v.getDotPath(issue) ?? said`the line`}: ${issue.message}. A line holds "query", "pos" and "neg".`,
  )
}
