import { eventIterator, oc } from '@orpc/contract'
import * as v from 'valibot'
import { id } from './common.ts'
import { INTENTS } from './intents.ts'

/** 0 not related, 1 same topic, 2 partly answers, 3 fully answers. */
export const GRADES = [0, 1, 2, 3] as const
export type Grade = (typeof GRADES)[number]
/** From this grade on a passage answers its query: it is no hard negative. */
export const ANSWERS_FROM: Grade = 2
/** A graded passage is added as a further answer of the query from this grade on. */
export const SECOND_ANSWER_FROM: Grade = 3

/** What a judge does with a pair. `skip`: put aside, to be found under the state "skipped". */
export const VERDICTS = ['accept', 'reject', 'skip'] as const
export type Verdict = (typeof VERDICTS)[number]

/** `person`; `machine`: a language model that rates; `resolution`: not a judge, holds what adjudication settled. */
export const JUDGE_KINDS = ['person', 'machine', 'resolution'] as const
export type JudgeKind = (typeof JUDGE_KINDS)[number]

/**
 * Orders of the queue, each over an index. `shuffled` is the same in every library; `passage` keeps pairs from one place
 * together, so that a page is read once.
 */
export const QUEUE_ORDERS = ['written', 'shuffled', 'intent', 'passage'] as const
export type QueueOrder = (typeof QUEUE_ORDERS)[number]

/**
 * State of a pair for one judge. `undecided` leaves out what was skipped. `edited` has a query text of the judge.
 * `commented` has a comment, whether decided or not.
 */
export const QUEUE_STATES = ['undecided', 'decided', 'accepted', 'rejected', 'edited', 'skipped', 'commented'] as const
export type QueueState = (typeof QUEUE_STATES)[number]

/** Of the newest filter run: kept it, dropped it, or did not look at it. */
export const FILTER_VERDICTS = ['kept', 'dropped', 'unfiltered'] as const
export type FilterVerdict = (typeof FILTER_VERDICTS)[number]

/**
 * How the decisions of several judges become one where nobody adjudicated. `majority`: a tie settles nothing. `unanimous`:
 * any difference settles nothing. `strict`: one reject rejects. `adjudicated`: nothing but adjudication settles.
 */
export const RESOLUTION_POLICIES = ['majority', 'unanimous', 'strict', 'adjudicated'] as const
export type ResolutionPolicy = (typeof RESOLUTION_POLICIES)[number]

export const PROMPT_STYLES = ['direct', 'reasoned', 'aspects'] as const
/** Of the language model that rates: at once; thinking first; several aspects before the grade. */
export type PromptStyle = (typeof PROMPT_STYLES)[number]

const intent = v.picklist(INTENTS)
const grade = v.picklist(GRADES)
const path = v.pipe(v.string(), v.trim(), v.nonEmpty())
const names = v.pipe(v.array(v.pipe(v.string(), v.nonEmpty())), v.minLength(1), v.maxLength(100))
/** Marks a place in a queue; opaque, valid for the order it came from. */
const cursor = v.pipe(v.string(), v.maxLength(500))
const limitOf = (most: number, usual: number) =>
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most)), usual)

/** A person or a machine that judges. */
const judge = v.object({
  id,
  /** The same in every library: decisions made elsewhere come home to it. */
  key: v.string(),
  name: v.string(),
  /** One to three letters. */
  initials: v.string(),
  /** Index of a chart colour, 1 to 6. */
  color: v.number(),
  kind: v.picklist(JUDGE_KINDS),
})
export type Judge = v.InferOutput<typeof judge>

/**
 * What a decision changes; what is absent stays as it was, null takes it back. `query` is the judge's wording of the query.
 * For a passage that should not answer (`textId`), only `grade`, `comment` and the verdict `skip` have a meaning.
 */
export const decisionChange = v.pipe(
  v.object({
    verdict: v.optional(v.nullable(v.picklist(VERDICTS))),
    grade: v.optional(v.nullable(grade)),
    query: v.optional(v.nullable(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(4_000)))),
    comment: v.optional(v.nullable(v.pipe(v.string(), v.trim(), v.maxLength(10_000)))),
  }),
  v.check((change) => Object.values(change).some((value) => value !== undefined), 'Say what to change.'),
)
export type DecisionChange = v.InferOutput<typeof decisionChange>

/** What a judge thinks of a pair or of one passage now. */
const decision = v.object({
  judgeId: id,
  verdict: v.nullable(v.picklist(VERDICTS)),
  /** 0 to 3; of a machine judge possibly a fraction. */
  grade: v.nullable(v.number()),
  query: v.nullable(v.string()),
  comment: v.nullable(v.string()),
  /** The verdict or, where there is none, what the grade implies (from 2: accept). null: not decided. */
  outcome: v.nullable(v.picklist(['accept', 'reject'])),
  /** Grows with every change. */
  version: v.number(),
  /** Milliseconds since 1970, for showing only: the order of decisions does not rest on it. */
  at: v.number(),
})
export type Decision = v.InferOutput<typeof decision>

/** Which pairs. All conditions hold at once. */
export const reviewFilter = v.object({
  intents: v.optional(v.pipe(v.array(intent), v.minLength(1))),
  generators: v.optional(names),
  /** Verdict of the newest filter run. */
  filterVerdict: v.optional(v.picklist(FILTER_VERDICTS)),
  /** Name of a data set that holds the pair. */
  dataset: v.optional(v.string()),
  /** Work package that holds the pair. */
  packageId: v.optional(id),
  /**
   * Pairs with passages that mining suspects to be unmarked answers. The state `undecided` then means: one of these
   * passages has no grade of the judge yet (and `decided` that all have).
   */
  suspects: v.optional(v.literal(true)),
  state: v.optional(v.picklist(QUEUE_STATES)),
  /** Whose state; the asking judge's unless given. */
  stateOf: v.optional(id),
  /** Hazards of the document, such as "flood". */
  hazards: v.optional(names),
  /** Difficulty that was asked of the generator. */
  difficulties: v.optional(names),
  /** Stands in the query or in the passage, whatever the case. */
  text: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(500))),
})
export type ReviewFilter = v.InferOutput<typeof reviewFilter>

/** Entries of an input that names a queue. */
const queueInput = {
  judgeId: id,
  filter: v.optional(reviewFilter, {}),
  order: v.optional(v.picklist(QUEUE_ORDERS), 'written'),
  /** Hides provenance, votes, and what other judges and machines say. On unless set. */
  blind: v.optional(v.boolean(), true),
}

/** One line of the list beside the pair. */
const queueRow = v.object({
  pairId: id,
  intent,
  /** As written by the generator; the judge's own wording is in `decision.query`. */
  query: v.string(),
  title: v.string(),
  page: v.number(),
  hazards: v.array(v.string()),
  /** The asking judge's. */
  decision: v.nullable(decision),
  /** Suspected passages without a grade of the judge; null when blind, unless the filter asks for suspects. */
  openSuspects: v.nullable(v.number()),
})
export type ReviewQueueRow = v.InferOutput<typeof queueRow>

/** A text and where it stands. Ids are null where the document is not in this library (a work package without the PDF). */
const reviewText = v.object({
  textId: id,
  text: v.string(),
  title: v.string(),
  documentHash: v.string(),
  page: v.number(),
  pageEnd: v.number(),
  documentId: v.nullable(id),
  /** For `documents.passageBoxes`. */
  passageId: v.nullable(id),
  /** Where the passage stands: from character `start` of the text of `page` to before `end` of that of `pageEnd`. */
  characters: v.nullable(v.object({ start: v.number(), end: v.number() })),
})
export type ReviewText = v.InferOutput<typeof reviewText>

/** How a pair came about and what machines made of it. */
const provenance = v.object({
  generator: v.string(),
  /** Name of the language model; empty for the built-in generator. */
  model: v.string(),
  method: v.string(),
  task: v.nullable(v.string()),
  attributes: v.record(v.string(), v.string()),
  prompt: v.nullable(v.object({ hash: v.string(), name: v.string(), version: v.number() })),
  createdAt: v.number(),
  /** Of the newest filter run; null when it did not look at the pair. */
  filter: v.nullable(v.object({ id, rule: v.string(), topN: v.number(), kept: v.boolean(), outcome: v.string() })),
  /** Per retriever: where it put the source (from 1; null: not near the top), and what it put on top. */
  votes: v.array(
    v.object({
      retriever: v.string(),
      version: v.string(),
      sourceRank: v.nullable(v.number()),
      ranking: v.array(
        v.object({
          rank: v.number(),
          score: v.number(),
          documentHash: v.string(),
          title: v.string(),
          page: v.number(),
          isSource: v.boolean(),
        }),
      ),
    }),
  ),
  datasets: v.array(v.string()),
})
export type ReviewProvenance = v.InferOutput<typeof provenance>

/** A passage that should not answer the query. */
const reviewNegative = v.object({
  ...reviewText.entries,
  /** The asking judge's. */
  decision: v.nullable(decision),
  /** What mining found; null when blind. Blind, the order of the passages tells nothing either. */
  mined: v.nullable(v.object({ rank: v.number(), score: v.number(), suspect: v.boolean() })),
  /** Other judges' and machines' decisions; null when blind. */
  others: v.nullable(v.array(decision)),
})
export type ReviewNegative = v.InferOutput<typeof reviewNegative>

/** Everything the view shows for one pair. */
const reviewItem = v.object({
  pairId: id,
  /** The same in every library. */
  key: v.string(),
  intent,
  query: v.string(),
  /** Written by a generator, not by a person or another collection. */
  synthetic: v.boolean(),
  hazards: v.array(v.string()),
  /** The text that should answer the query. */
  positive: reviewText,
  /** The whole passage that the pair was made from; mostly the same text. */
  source: reviewText,
  negatives: v.array(reviewNegative),
  /** The asking judge's. */
  decision: v.nullable(decision),
  /** null when blind and the judge has not decided yet. */
  provenance: v.nullable(provenance),
  /** Decisions of machine judges; null when blind and the judge has not decided yet. */
  machines: v.nullable(v.array(decision)),
  /** Decisions of other persons; null when blind, whether decided or not. */
  others: v.nullable(v.array(decision)),
  /** What adjudication settled; null when blind, or when nothing was settled. */
  resolution: v.nullable(decision),
})
export type ReviewItem = v.InferOutput<typeof reviewItem>

const progress = v.object({
  /** Pairs that the filter (without its state) finds. */
  total: v.number(),
  decided: v.number(),
  skipped: v.number(),
  accepted: v.number(),
  rejected: v.number(),
  edited: v.number(),
  /** Median of the last decisions, in seconds of work measured while pairs were shown; null before there are some. */
  secondsEach: v.nullable(v.number()),
  secondsLeft: v.nullable(v.number()),
  /** When this judge last decided anything, milliseconds since 1970. */
  savedAt: v.nullable(v.number()),
})
export type ReviewProgress = v.InferOutput<typeof progress>

/** Something that one undo takes back. */
const historyEntry = v.object({
  actionId: id,
  kind: v.picklist(['decide', 'bulk', 'adjudicate', 'merge']),
  /** null where it touched several. */
  pairId: v.nullable(id),
  textId: v.nullable(id),
  change: v.nullable(decisionChange),
  /** Pairs and passages it touched. */
  count: v.number(),
  undone: v.boolean(),
  at: v.number(),
})
export type ReviewHistoryEntry = v.InferOutput<typeof historyEntry>

/** The judge's steps, oldest first: those that can be undone, then those that can be done again. */
const history = v.object({
  entries: v.array(historyEntry),
  canUndo: v.boolean(),
  canRedo: v.boolean(),
})
export type ReviewHistory = v.InferOutput<typeof history>

const stepResult = v.object({
  entry: historyEntry,
  /** Pairs whose state changed, at most 1,000. */
  pairIds: v.array(id),
  canUndo: v.boolean(),
  canRedo: v.boolean(),
})
export type ReviewStep = v.InferOutput<typeof stepResult>

/** Judges differ on a pair or on one passage. */
const disagreement = v.object({
  pairId: id,
  /** null: on the pair itself. */
  textId: v.nullable(id),
  intent,
  query: v.string(),
  /** The text in question. */
  text: v.string(),
  title: v.string(),
  page: v.number(),
  decisions: v.array(decision),
  resolution: v.nullable(decision),
})
export type ReviewDisagreement = v.InferOutput<typeof disagreement>

/** An estimate with its 95 % bootstrap interval. */
const interval = v.object({ value: v.number(), low: v.number(), high: v.number() })

export const COEFFICIENTS = [
  'percent',
  'cohen',
  'cohen-weighted',
  'fleiss',
  'alpha-nominal',
  'alpha-ordinal',
  'ac1',
  'ac2',
] as const
export type Coefficient = (typeof COEFFICIENTS)[number]

/** One comparison on one scale. */
const agreementRow = v.object({
  /**
   * `judges`: all persons. `pair`: two persons. `filter`: persons against the newest filter run. `machine`: persons
   * against a language model. In the last two, no person in `judgeIds` means what the persons settled by majority.
   */
  between: v.picklist(['judges', 'pair', 'filter', 'machine']),
  judgeIds: v.array(id),
  /** null: over all. */
  intent: v.nullable(intent),
  /** `outcome`: accept or reject of pairs. `grade`: 0 to 3, of pairs and of passages; a machine's rounded. */
  scale: v.picklist(['outcome', 'grade']),
  /** Pairs, or pairs and passages, that have at least two ratings. */
  units: v.number(),
  /** Those that exist for this comparison; an interval is null where the ratings do not vary. */
  coefficients: v.array(v.object({ name: v.picklist(COEFFICIENTS), estimate: v.nullable(interval) })),
})
export type AgreementRow = v.InferOutput<typeof agreementRow>

const agreementReport = v.object({ judges: v.array(judge), rows: v.array(agreementRow) })
export type AgreementReport = v.InferOutput<typeof agreementReport>

const workPackage = v.object({
  id,
  /** The same wherever the package goes. */
  key: v.string(),
  name: v.string(),
  /** `out`: made here. `in`: from another library, to be judged here. */
  direction: v.picklist(['out', 'in']),
  /** Name of the library that made it. */
  libraryName: v.string(),
  items: v.number(),
  /** Items that a person has decided here. */
  decided: v.number(),
  blind: v.boolean(),
  createdAt: v.number(),
})
export type WorkPackage = v.InferOutput<typeof workPackage>

const mergeConflict = v.object({
  pairId: id,
  textId: v.nullable(id),
  query: v.string(),
  judge,
  /** What the same judge had decided here, and what the file says. */
  here: decision,
  there: decision,
  taken: v.picklist(['here', 'there']),
})
export type MergeConflict = v.InferOutput<typeof mergeConflict>

const mergeReport = v.object({
  /** Decisions taken over now. */
  applied: v.number(),
  /** Decisions that were here already: merging a file twice changes nothing. */
  known: v.number(),
  /** The same judge decided otherwise here, at most 1,000 of them; `conflictCount` has all. */
  conflicts: v.array(mergeConflict),
  conflictCount: v.number(),
  /** Decisions about pairs that this library does not have. */
  unknown: v.number(),
  /** Pairs and passages on which judges differ since, where they did not before. */
  newDisagreements: v.number(),
  judges: v.array(judge),
  /** Takes the merge back: `undo` of the judge who merged. null when nothing was applied. */
  actionId: v.nullable(id),
})
export type MergeReport = v.InferOutput<typeof mergeReport>

const reviewedDataset = v.object({
  name: v.string(),
  items: v.number(),
  positives: v.number(),
  negatives: v.number(),
  /** What reviewing changed in it. */
  review: v.object({
    rejected: v.number(),
    /** Accepted though the filter had dropped them. */
    rescued: v.number(),
    edited: v.number(),
    falseNegatives: v.number(),
    secondAnswers: v.number(),
    /** Suspected passages that persons found to be no answers: they are used as hard negatives. */
    clearedSuspects: v.number(),
  }),
})
export type ReviewedDataset = v.InferOutput<typeof reviewedDataset>

/** `suspects`: the change is made to the suspected passages of the pairs found, and counts mean passages. */
const bulkSubjects = v.optional(v.picklist(['pairs', 'suspects']), 'pairs')

const target = { pairId: id, textId: v.optional(v.nullable(id), null) }

export const curationContract = {
  /** For the rail and the head of the view. */
  overview: oc.input(v.object({ judgeId: v.optional(id) })).output(
    v.object({
      pairs: v.number(),
      /** Pairs that the judge has neither decided nor skipped; all, without a judge. */
      waiting: v.number(),
      suspects: v.number(),
      disagreements: v.number(),
      packages: v.number(),
      /** Grows with every change to decisions; see `watch`. */
      revision: v.number(),
    }),
  ),
  /** The revision now and after every change, at most 5 a second: another person may judge in the same library. */
  watch: oc.output(eventIterator(v.object({ revision: v.number() }))),
  /** Values to choose from in the filter. */
  facets: oc.output(
    v.object({
      generators: v.array(v.object({ name: v.string(), pairs: v.number() })),
      datasets: v.array(v.string()),
      hazards: v.array(v.string()),
      difficulties: v.array(v.string()),
    }),
  ),

  /** Persons first, in the order they were added, then machines; without the resolution. */
  judges: oc.output(v.array(judge)),
  /** Adds a person, or changes one. Initials come from the name and the colour is the next one unless given. */
  saveJudge: oc
    .input(
      v.object({
        id: v.optional(id),
        name: v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(80)),
        initials: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(3))),
        color: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(6))),
      }),
    )
    .output(judge),

  /** A slice of the list, from behind `after`. */
  queue: oc
    .input(v.object({ ...queueInput, after: v.optional(v.nullable(cursor), null), limit: limitOf(500, 100) }))
    .output(v.object({ rows: v.array(queueRow), next: v.nullable(cursor) })),
  /** The next pairs with everything the view shows: ask for a few and the next one is there before it is needed. */
  next: oc
    .input(v.object({ ...queueInput, after: v.optional(v.nullable(cursor), null), limit: limitOf(20, 5) }))
    .output(v.object({ items: v.array(reviewItem), cursors: v.array(cursor) })),
  item: oc.input(v.object({ judgeId: id, pairId: id, blind: v.optional(v.boolean(), true) })).output(reviewItem),
  progress: oc.input(v.object({ judgeId: id, filter: v.optional(reviewFilter, {}) })).output(progress),

  decide: oc
    .input(
      v.object({
        judgeId: id,
        ...target,
        change: decisionChange,
        /** How long the pair was in front of the judge, by a clock that does not jump (`performance.now`). */
        elapsedMs: v.optional(v.pipe(v.number(), v.minValue(0))),
        /** `version` of the decision that the view shows, 0 for none. */
        basedOn: v.optional(v.number()),
      }),
    )
    .output(
      v.object({
        decision,
        entry: historyEntry,
        /** The same judge decided in another window since: that decision, which this one has replaced. */
        replaced: v.nullable(decision),
      }),
    ),
  /** How many and which pairs a bulk decision would touch. */
  bulkPreview: oc
    .input(v.object({ judgeId: id, filter: reviewFilter, on: bulkSubjects, sample: limitOf(100, 20) }))
    .output(v.object({ count: v.number(), alreadyDecided: v.number(), sample: v.array(queueRow) })),
  /**
   * One decision on every pair that the filter finds; one undo takes it back. @throws BAD_INPUT when the number is not the
   * expected one any more.
   */
  bulk: oc
    .input(
      v.object({
        judgeId: id,
        filter: reviewFilter,
        on: bulkSubjects,
        change: decisionChange,
        /** `count` of the preview. */
        expected: v.number(),
      }),
    )
    .output(v.object({ entry: historyEntry })),
  /** null: nothing to undo. */
  undo: oc.input(v.object({ judgeId: id })).output(v.nullable(stepResult)),
  /** null: nothing to do again. */
  redo: oc.input(v.object({ judgeId: id })).output(v.nullable(stepResult)),
  history: oc.input(v.object({ judgeId: id, limit: limitOf(200, 20) })).output(history),

  /** Where persons differ, by pair. */
  disagreements: oc
    .input(
      v.object({
        intents: v.optional(v.pipe(v.array(intent), v.minLength(1))),
        /** Shows those that were settled too. */
        settled: v.optional(v.boolean(), false),
        after: v.optional(v.nullable(cursor), null),
        limit: limitOf(200, 50),
      }),
    )
    .output(v.object({ total: v.number(), rows: v.array(disagreement), next: v.nullable(cursor) })),
  /** Settles a disagreement: one judge is right, none is ("reject all"), or something else holds. Can be undone. */
  adjudicate: oc
    .input(
      v.object({
        /** Who settles it, and whose undo takes it back. */
        judgeId: id,
        ...target,
        choice: v.variant('kind', [
          v.object({ kind: v.literal('judge'), judgeId: id }),
          v.object({ kind: v.literal('reject-all'), comment: v.optional(v.string()) }),
          v.object({ kind: v.literal('other'), change: decisionChange }),
        ]),
      }),
    )
    .output(v.object({ resolution: decision, entry: historyEntry })),

  agreement: oc.input(v.object({ intents: v.optional(v.boolean(), true) })).output(agreementReport),

  packages: oc.output(v.array(workPackage)),
  /** Writes the pairs that the filter finds, with their texts, into one file to be judged elsewhere. */
  exportPackage: oc
    .input(
      v.object({
        path,
        name: v.optional(v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(120))),
        judgeId: v.optional(id),
        filter: v.optional(reviewFilter, {}),
        order: v.optional(v.picklist(QUEUE_ORDERS), 'written'),
        limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
        blind: v.optional(v.boolean(), true),
      }),
    )
    .output(v.object({ path: v.string(), package: workPackage })),
  /** Takes in a package made in another library. @throws BAD_INPUT when it was changed on the way or is no package. */
  importPackage: oc
    .input(v.object({ path }))
    .output(v.object({ package: workPackage, added: v.number(), known: v.number() })),
  /** Writes decisions into one file: those on a package, or all of this library's. */
  exportDecisions: oc
    .input(v.object({ path, packageId: v.optional(id), judgeIds: v.optional(v.pipe(v.array(id), v.minLength(1))) }))
    .output(v.object({ path: v.string(), decisions: v.number(), judges: v.array(judge) })),
  /**
   * Takes in decisions made elsewhere. @throws BAD_INPUT when the file was changed on the way, or is for another library
   * (unless `foreign` says that pairs of the same content are meant).
   */
  mergeDecisions: oc
    .input(
      v.object({
        path,
        /** Who merges, and whose undo takes it back. */
        judgeId: id,
        /** Where the same judge decided otherwise here. */
        onConflict: v.optional(v.picklist(['here', 'there']), 'here'),
        foreign: v.optional(v.boolean(), false),
      }),
    )
    .output(mergeReport),

  /** The language model as a judge; `model` is null until one is configured (`refinement.setLanguageModel`). */
  rater: oc.output(
    v.object({ model: v.nullable(v.string()), styles: v.array(v.picklist(PROMPT_STYLES)), rated: v.number() }),
  ),
  /** Has the language model grade pairs, and with `suspects` the suspected passages. Goes on where it stopped. */
  rate: oc
    .input(
      v.object({
        intents: v.optional(v.pipe(v.array(intent), v.minLength(1))),
        suspects: v.optional(v.boolean(), false),
        limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
      }),
    )
    .output(v.object({ jobId: id })),

  /** Builds the data sets of the newest filter and mining run again, with what reviewing settled. */
  buildDatasets: oc
    .input(
      v.object({
        policy: v.optional(v.picklist(RESOLUTION_POLICIES), 'majority'),
        /** In front of every name. */
        prefix: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(60)), 'reviewed-'),
      }),
    )
    .output(v.array(reviewedDataset)),
}
