import * as v from 'valibot'

/** A text for people; a plain one came from elsewhere (a runtime, a worker, a file) or has no gaps. */
export type Text = Wording | string

/** What stands in a text's gaps: names and figures as they are, or a text of its own. */
export type WordingValue = string | number | Wording

/**
 * A text for people, as the English sentence with gaps and what stands in them.
 *
 * [Note: English is the key] The services, the workers and the command line speak English, and each sentence is written
 * once, where it is needed: said`${path} is a folder. Name a file.` A window in another language looks the sentence up by
 * its English form, "{0} is a folder. Name a file." (`renderer/src/strings/es/said`), and fills the same values in. So a
 * text costs no key, cannot differ between the log and the window, and one that is not translated is still understood. A
 * test collects the sentences of the sources and fails when one of them has no translation.
 */
export class Wording {
  /** The English sentence; `{0}` is the first gap, `{{` a brace. */
  readonly template: string
  readonly values: readonly WordingValue[]

  constructor(template: string, values: readonly WordingValue[]) {
    this.template = template
    this.values = values
  }

  static from({ template, values }: PlainWording): Wording {
    return new Wording(
      template,
      values.map((value) => (typeof value === 'object' ? Wording.from(value) : value)),
    )
  }

  /** In English. */
  toString(): string {
    return fill(this.template, this.values.map(String))
  }

  toJSON(): PlainWording {
    const values = this.values.map((value) => (value instanceof Wording ? value.toJSON() : value))
    return { template: this.template, values }
  }
}

/** Tags a template literal as a text for people. */
export function said(texts: TemplateStringsArray, ...values: readonly WordingValue[]): Wording {
  return new Wording(
    texts.map((text, gap) => text.replaceAll('{', '{{') + (gap < values.length ? `{${gap}}` : '')).join(''),
    values,
  )
}

/** Puts values into a sentence with gaps; a translation may name them in any order. */
export function fill(template: string, values: readonly string[]): string {
  return template.replace(/\{\{|\{(\d+)\}/g, (gap, index: string | undefined) =>
    index === undefined ? '{' : (values[Number(index)] ?? gap),
  )
}

/** A wording as it crosses a process and lies in the library. */
export interface PlainWording {
  readonly template: string
  readonly values: readonly (string | number | PlainWording)[]
}

export const plainWording: v.GenericSchema<PlainWording> = v.object({
  template: v.string(),
  values: v.array(v.union([v.string(), v.number(), v.lazy(() => plainWording)])),
})

/** Field beside an English text; absent or null where the text has no gaps that are known. */
export const wording = v.optional(v.nullable(plainWording))
