import type { ErrorCode } from '../../../electron/contracts/errors.ts'
import type { JobKind } from '../../../electron/contracts/jobs.ts'
import { fill, type PlainWording } from '../../../electron/contracts/wording.ts'

/** What the services say, in another language than English: see [Note: English is the key]. */
export interface SaidIn {
  /** By the English sentence with its gaps. */
  readonly sentences: Readonly<Record<string, string>>
  /** Said before the details of an error whose own message is not translated. */
  readonly errors: Readonly<Record<ErrorCode, string>>
  /** Names of jobs of an earlier version, whose titles are plain English. */
  readonly jobs: Readonly<Record<JobKind, string>>
  readonly details: (english: string) => string
}

const HAS_WORDS = /\p{L}/u

/**
 * A text of the services in the window's language.
 * @param said what they say in that language; undefined: English
 * @returns undefined where it is not translated
 */
export function wordedIn(
  said: SaidIn | undefined,
  english: string,
  wording: PlainWording | null | undefined,
): string | undefined {
  if (said === undefined) return english
  if (!wording) return sentenceIn(said, english)
  const { template, values } = wording
  const sentence =
    sentenceIn(said, template) ?? (HAS_WORDS.test(template.replaceAll(/\{\d+\}/g, '')) ? undefined : template)
  return (
    sentence &&
    fill(
      sentence,
      values.map((value) => valueIn(said, value)),
    )
  )
}

/** A name or a figure as it is; a text in a text, worded too where it can be. */
function valueIn(said: SaidIn, value: PlainWording['values'][number]): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return value
  const english = fill(
    value.template,
    value.values.map((inner) => valueIn(said, inner)),
  )
  return wordedIn(said, english, value) ?? english
}

/** Not by the index alone: an English text may be called like a member that every object has. */
function sentenceIn({ sentences }: SaidIn, english: string): string | undefined {
  return Object.hasOwn(sentences, english) ? sentences[english] : undefined
}
