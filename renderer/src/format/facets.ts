import { strings } from '../strings/index.ts'

/** "English" for 'en', in the language of the window; the code itself when it names none. */
export function languageName(code: string): string {
  if (code === '') return strings.search.unnamedLanguage
  try {
    return new Intl.DisplayNames(strings.locale, { type: 'language' }).of(code) ?? code
  } catch {
    return code
  }
}

/** "Weather and water" for 'MH'; the code itself when it names no group. */
export function hazardName(group: string): string {
  return (strings.search.hazards as Readonly<Record<string, string>>)[group] ?? group
}
