import type { Strings } from './catalogue.ts'

/** Every text of a catalogue in brackets ⟦ ⟧: what is shown without them was written elsewhere. */
export function pseudo(strings: Strings): Strings {
  return { ...(bracketed(strings) as Strings), locale: strings.locale }
}

function bracketed(entry: unknown): unknown {
  if (typeof entry === 'string') return entry === '' ? '' : `⟦${entry}⟧`
  if (typeof entry === 'function')
    return (...values: unknown[]) => bracketed((entry as (...values: unknown[]) => string)(...values))
  if (Array.isArray(entry)) return entry.map(bracketed)
  if (typeof entry === 'object' && entry !== null)
    return Object.fromEntries(Object.entries(entry).map(([key, value]) => [key, bracketed(value)]))
  return entry
}
