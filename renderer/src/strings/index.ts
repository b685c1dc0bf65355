import type { ErrorCode } from '../../../electron/contracts/errors.ts'
import type { JobKind } from '../../../electron/contracts/jobs.ts'
import type { PlainWording } from '../../../electron/contracts/wording.ts'
import type { Strings } from './catalogue.ts'
import { en } from './en.ts'
import { es } from './es.ts'
import { said as saidInSpanish } from './es/said.ts'
import { PSEUDO, wantedLanguages } from './language.ts'
import { pseudo } from './pseudo.ts'
import { wordedIn, type SaidIn } from './worded.ts'

export type { Strings } from './catalogue.ts'

interface Spoken {
  /** Made when it is chosen. */
  readonly strings: () => Strings
  /** What the services say; absent where it is shown in English. */
  readonly said?: SaidIn
}

/** One entry per language; another one is a file like es.ts, one like es/said.ts, and a line here and in LANGUAGES. */
const catalogues: Readonly<Record<string, Spoken>> = {
  en: { strings: () => en },
  es: { strings: () => ({ ...en, ...es }), said: saidInSpanish },
  [PSEUDO]: { strings: () => pseudo(en) },
}

function choose(): Spoken {
  for (const language of wantedLanguages()) {
    const spoken = catalogues[language]
    if (spoken !== undefined) return spoken
  }
  return { strings: () => en }
}

const chosen = choose()

/** Every word the window shows. Chosen once, at the start. */
export const strings: Strings = chosen.strings()

/** A text of the services in the window's language, or in English where it is not translated. */
export function worded(english: string, wording?: PlainWording | null): string {
  return wordedIn(chosen.said, english, wording) ?? english
}

/** An error's message: where it is not translated, a sentence for its code and then the message as details. */
export function wordedError(code: ErrorCode, english: string, wording?: PlainWording | null): string {
  const { said } = chosen
  return wordedIn(said, english, wording) ?? (said ? `${said.errors[code]} ${said.details(english)}` : english)
}

/** A job's name; one that an earlier version stored without its gaps is named by its kind. */
export function wordedJob(kind: JobKind, english: string, wording?: PlainWording | null): string {
  return wordedIn(chosen.said, english, wording) ?? chosen.said?.jobs[kind] ?? english
}
