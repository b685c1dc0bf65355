import type { Strings } from './catalogue.ts'
import { en } from './en.ts'
import { es } from './es.ts'
import { PSEUDO, wantedLanguages } from './language.ts'
import { pseudo } from './pseudo.ts'

export type { Strings } from './catalogue.ts'

/** One entry per language, made when it is chosen; another one is a file like es.ts, and a line here and in LANGUAGES. */
const catalogues: Readonly<Record<string, () => Strings>> = {
  en: () => en,
  es: () => ({ ...en, ...es }),
  [PSEUDO]: () => pseudo(en),
}

function choose(): Strings {
  for (const language of wantedLanguages()) {
    const make = catalogues[language]
    if (make !== undefined) return make()
  }
  return en
}

/** Every word the window shows. Chosen once, at the start. */
export const strings: Strings = choose()
