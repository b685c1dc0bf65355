import type { en } from './en.ts'

/** A catalogue with the literal texts forgotten: what another language must provide. */
type Catalogue<Entry> = Entry extends string
  ? string
  : Entry extends (...values: infer Values) => string
    ? (...values: Values) => string
    : { readonly [Key in keyof Entry]: Catalogue<Entry[Key]> }

export type Strings = Catalogue<typeof en>

/** A section in another language: a text that is missing there fails the type check. */
export type Translated<Section extends keyof Strings> = Strings[Section]
