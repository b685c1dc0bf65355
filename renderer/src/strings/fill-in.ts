/**
 * A translation whose gaps are filled with the catalogue it translates, text by text.
 * @param whole a catalogue: texts, functions that give texts, lists of texts, and groups of these by name
 */
export function fillIn<Whole>(whole: Whole, translation: unknown): Whole {
  if (translation === undefined) return whole
  if (!isGroup(whole) || !isGroup(translation)) return translation as Whole
  const entries = Object.entries(whole).map(([key, entry]) => [key, fillIn(entry, translation[key])])
  return Object.fromEntries(entries) as Whole
}

function isGroup(entry: unknown): entry is Record<string, unknown> {
  return typeof entry === 'object' && entry !== null && !Array.isArray(entry)
}
