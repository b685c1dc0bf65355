import type { EffectiveSettings, Settings, SystemInfo, SystemStatus } from '../../../electron/contracts/system.ts'
import type { Client } from '../connection/client.ts'
import { follow } from '../connection/follow.ts'
import { useLanguage } from '../strings/language.ts'
import type { Theme } from './theme.svelte.ts'

/** What the application says about itself: host, library, model, threads and memory, settings. */
export class System {
  #info = $state.raw<SystemInfo | null>(null)
  #status = $state.raw<SystemStatus | null>(null)
  #settings = $state.raw<EffectiveSettings | null>(null)
  readonly #client: Client
  readonly #theme: Theme

  constructor(client: Client, theme: Theme) {
    this.#client = client
    this.#theme = theme
  }

  get info(): SystemInfo | null {
    return this.#info
  }

  get status(): SystemStatus | null {
    return this.#status
  }

  get settings(): EffectiveSettings | null {
    return this.#settings
  }

  /** Asks for what changes seldom; called again after every lost connection. */
  async load(): Promise<void> {
    const [info, settings] = await Promise.all([this.#client.system.info(), this.#client.system.settings()])
    this.#info = info
    this.#accept(settings)
  }

  followStatus(signal: AbortSignal): Promise<void> {
    return follow(
      (signal) => this.#client.system.status(undefined, { signal }),
      (status) => {
        this.#status = status
      },
      signal,
    )
  }

  /** Shows the change at once and takes it back when it could not be saved. */
  async change(change: Partial<Settings>): Promise<void> {
    const before = this.#settings
    if (before !== null) this.#accept({ ...before, ...change })
    try {
      this.#accept(await this.#client.system.updateSettings(change))
    } catch (error) {
      if (before !== null) this.#accept(before)
      throw error
    }
  }

  #accept(settings: EffectiveSettings): void {
    this.#settings = settings
    useLanguage(settings.language)
    if (settings.theme !== this.#theme.choice) this.#theme.set(settings.theme)
  }
}
