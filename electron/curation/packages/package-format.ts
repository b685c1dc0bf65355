// What stands in the lines of work packages and files of decisions.
import * as v from 'valibot'
import { JUDGE_KINDS, VERDICTS, type Judge } from '../../contracts/curation.ts'
import { INTENTS } from '../../contracts/intents.ts'
import type { NewTrainingText, PairRecord, ReviewPackageRecord, TrainingText } from '../../storage/index.ts'

const text = v.pipe(v.string(), v.maxLength(1_000_000))
const name = v.pipe(v.string(), v.maxLength(1_000))
const page = v.pipe(v.number(), v.integer(), v.minValue(0))

const packedJudge = v.object({
  key: v.pipe(name, v.nonEmpty()),
  name,
  // Three letters of any script; some have several code units.
  initials: v.pipe(v.string(), v.maxLength(20)),
  color: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(6)),
  kind: v.picklist(JUDGE_KINDS),
})
export type PackedJudge = v.InferOutput<typeof packedJudge>

const packedLibrary = v.object({ id: name, name })

/** A text with the place it came from; its document may be missing where it goes. */
const packedText = v.object({
  text,
  document: name,
  title: text,
  page,
  pageEnd: page,
  passage: name,
})
export type PackedText = v.InferOutput<typeof packedText>

export const packageHeader = v.object({
  key: v.pipe(name, v.nonEmpty()),
  name,
  library: packedLibrary,
  blind: v.boolean(),
  items: v.number(),
  /** Persons of the library that made it: who is among them judges as the same person here. */
  judges: v.array(packedJudge),
})
export type PackageHeader = v.InferOutput<typeof packageHeader>

export const packageLine = v.object({
  key: name,
  intent: v.picklist(INTENTS),
  query: v.pipe(text, v.nonEmpty()),
  positive: packedText,
  /** Where the pair was made from a longer passage. */
  source: v.optional(packedText),
  negatives: v.array(v.object({ ...packedText.entries, suspect: v.optional(v.boolean()) })),
  /** Left out of blind packages. */
  provenance: v.optional(
    v.object({
      generator: name,
      model: name,
      details: v.looseObject({ method: name }),
    }),
  ),
})
export type PackageLine = v.InferOutput<typeof packageLine>

const seal = v.object({ sha256: v.string(), publicKey: v.string(), signature: v.string() })

/** What a library keeps of a package: enough to know it again when decisions come home. */
export const storedHeader = v.object({ header: packageHeader, seal })

export const decisionsHeader = v.object({
  from: packedLibrary,
  /** The library that they are for: the one that made the package, else the one they come from. */
  for: packedLibrary,
  package: v.nullable(v.object({ key: name, name, seal })),
  judges: v.array(packedJudge),
})

export const decisionLine = v.object({
  pair: name,
  /** Document, page and hash of a passage that should not answer; null: the pair itself. */
  text: v.nullable(v.tuple([name, page, name])),
  judge: name,
  verdict: v.nullable(v.picklist(VERDICTS)),
  grade: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(3))),
  query: v.nullable(v.pipe(text, v.nonEmpty())),
  comment: v.nullable(text),
  /** Which change of mind it is: grows where it comes from. */
  version: v.pipe(v.number(), v.integer(), v.minValue(0)),
  at: v.number(),
})
export type DecisionLine = v.InferOutput<typeof decisionLine>

export function packJudge({ key, name, initials, color, kind }: Judge): PackedJudge {
  return { key, name, initials, color, kind }
}

export function packText({ text, documentHash, title, page, pageEnd, passageHash }: TrainingText): PackedText {
  return { text, document: documentHash, title, page, pageEnd, passage: passageHash }
}

export function unpackText({ text, document, title, page, pageEnd, passage }: PackedText): NewTrainingText {
  return { text, documentHash: document, title, page, pageEnd, passageHash: passage }
}

export function hasOwnSource({ positive, source }: PairRecord): boolean {
  return source.id !== positive.id
}

export function describePackage(record: ReviewPackageRecord) {
  const { id, key, name, direction, libraryName, items, decided, blind, createdAt } = record
  return { id, key, name, direction, libraryName, items, decided, blind, createdAt }
}
