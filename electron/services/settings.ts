import * as v from 'valibot'
import { type Settings } from '../contracts/system.ts'
import { settingsSchema } from '../contracts/system.ts'
import type { SettingRepository } from '../storage/index.ts'

const DEFAULTS: Settings = { theme: 'system', cpuShare: 0.75, excludeGlobs: ['~$*', '*.tmp'], ocrAutomatically: false }

/** The settings of this library; a value that no longer fits its schema falls back to the default. */
export class SettingsStore {
  readonly #repository: SettingRepository

  constructor(repository: SettingRepository) {
    this.#repository = repository
  }

  get(): Settings {
    const stored = Object.fromEntries(
      Object.entries(settingsSchema.entries).flatMap(([key, schema]) => {
        const parsed = v.safeParse(schema, this.#repository.get(key))
        return parsed.success ? [[key, parsed.output]] : []
      }),
    ) as Partial<Settings>
    return { ...DEFAULTS, ...stored }
  }

  update(change: { [Key in keyof Settings]?: Settings[Key] | undefined }): Settings {
    for (const [key, value] of Object.entries(change)) if (value !== undefined) this.#repository.set(key, value)
    return this.get()
  }
}
