import type { en } from './en.ts'

/** A catalogue with the literal texts forgotten: what another language must provide. */
type Catalogue<Entry> = Entry extends string
  ? string
  : Entry extends (...values: infer Values) => string
    ? (...values: Values) => string
    : { readonly [Key in keyof Entry]: Catalogue<Entry[Key]> }

export type Strings = Catalogue<typeof en>

type Partly<Entry> = Entry extends string | ((...values: never[]) => string) | readonly unknown[]
  ? Entry
  : { readonly [Key in keyof Entry]?: Partly<Entry[Key]> }

/** A section in another language. What is not there yet is shown in English. */
export type Translated<Section extends keyof Strings> = Partly<Strings[Section]>
