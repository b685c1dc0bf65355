// Who judges, and what a judge says of a pair or of one passage.
import { oc } from '@orpc/contract'
import * as v from 'valibot'
import { id } from '../common.ts'

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

const grade = v.picklist(GRADES)

/** A person or a machine that judges. */
export const judge = v.object({
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
export const decision = v.object({
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

export const judgesContract = {
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
}
