import type { Settings } from '../../../electron/contracts/system.ts'

type Choice = Settings['theme']

/** Light, dark or as the system; sets `data-theme` on the document, which the tokens hang on. */
export class Theme {
  #choice = $state.raw<Choice>('system')
  #systemDark = $state.raw(false)

  get choice(): Choice {
    return this.#choice
  }

  get shown(): 'light' | 'dark' {
    if (this.#choice !== 'system') return this.#choice
    return this.#systemDark ? 'dark' : 'light'
  }

  /** Follows the system; returns what stops it. */
  start(): () => void {
    const query = matchMedia('(prefers-color-scheme: dark)')
    const follow = (): void => {
      this.#systemDark = query.matches
      this.#apply()
    }
    const stored = localStorage.getItem('theme')
    if (stored === 'light' || stored === 'dark') this.#choice = stored
    follow()
    query.addEventListener('change', follow)
    return () => query.removeEventListener('change', follow)
  }

  set(choice: Choice): void {
    this.#choice = choice
    // Only so that public/theme.js can paint the next start right; the setting lives in the services.
    localStorage.setItem('theme', choice)
    this.#apply()
  }

  #apply(): void {
    document.documentElement.dataset['theme'] = this.shown
  }
}
