import { Wording, type PlainWording, type Text } from '../contracts/wording.ts'

/** A text as two columns hold it: in English, and with its gaps where it has them. */
export function textColumns(text: Text | null): readonly [english: string | null, wording: string | null] {
  return [text === null ? null : String(text), text instanceof Wording ? JSON.stringify(text) : null]
}

export function readWording(column: string | null): PlainWording | null {
  return column === null ? null : (JSON.parse(column) as PlainWording)
}
