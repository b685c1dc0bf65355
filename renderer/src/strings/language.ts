import type { Language } from '../../../electron/contracts/system.ts'

const STORED_AS = 'language'

/** Not a language: every text of the catalogue in brackets, for the test that finds texts outside it. */
export const PSEUDO = 'x-pseudo'

/** What was chosen last in this window; the setting itself lives in the services. */
function stored(): string {
  return localStorage.getItem(STORED_AS) ?? 'system'
}

/** The languages to try, best first: two-letter codes, or `x-pseudo`. */
export function wantedLanguages(): readonly string[] {
  // Tests of components run without a window.
  if (typeof localStorage === 'undefined' || typeof document === 'undefined') return []
  const chosen = stored()
  return chosen === 'system' ? navigator.languages.map((language) => language.slice(0, 2)) : [chosen]
}

/** Shows the window in this language. Texts are chosen once, at the start, so the window loads again when it changes. */
export function useLanguage(language: Language): void {
  const before = stored()
  if (before === language || before === PSEUDO) return
  localStorage.setItem(STORED_AS, language)
  location.reload()
}
