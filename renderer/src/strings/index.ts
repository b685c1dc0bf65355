import { en } from './en.ts'

/** A catalogue with the literal texts forgotten: what another language must provide. */
type Catalogue<Entry> = Entry extends string
  ? string
  : Entry extends (...values: infer Values) => string
    ? (...values: Values) => string
    : { readonly [Key in keyof Entry]: Catalogue<Entry[Key]> }

export type Strings = Catalogue<typeof en>

/** One entry per language; adding `de` is a file `de.ts` that satisfies `Strings`, and a line here. */
const catalogues: Readonly<Record<string, Strings>> = { en }

function choose(): Strings {
  const wanted = typeof navigator === 'undefined' ? [] : navigator.languages
  for (const language of wanted) {
    const found = catalogues[language.slice(0, 2)]
    if (found !== undefined) return found
  }
  return en
}

/** Every word the window shows. Chosen once, at the start. */
export const strings: Strings = choose()
