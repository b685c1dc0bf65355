// How far judges agree with each other, with the filter and with a language model.
import { oc } from '@orpc/contract'
import * as v from 'valibot'
import { id } from '../common.ts'
import { judge } from './decisions.ts'
import { intent } from './parts.ts'

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

export const agreementContract = {
  agreement: oc.input(v.object({ intents: v.optional(v.boolean(), true) })).output(agreementReport),
}
