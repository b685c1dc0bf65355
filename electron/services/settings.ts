import * as v from 'valibot'
import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'
import type { Policy } from '../contracts/policy.ts'
import { type Settings } from '../contracts/system.ts'
import { settingsSchema } from '../contracts/system.ts'
import type { SettingRepository } from '../storage/index.ts'

const DEFAULTS: Settings = {
  language: 'system',
  theme: 'system',
  cpuShare: 0.75,
  excludeGlobs: ['~$*', '*.tmp'],
  ocrAutomatically: false,
  updateFolder: '',
  updateKey: '',
}

/**
 * The settings of this library: policy before the person's own before the default, see [Note: policy]. A stored value that no
 * longer fits its schema falls back to the default.
 */
export class SettingsStore {
  readonly #repository: SettingRepository
  readonly #managed: Partial<Settings>

  constructor(repository: SettingRepository, policy: Policy = {}) {
    this.#repository = repository
    this.#managed = managedSettings(policy)
  }

  /** Names of the settings that the organisation decides. */
  get managed(): (keyof Settings)[] {
    return Object.keys(this.#managed) as (keyof Settings)[]
  }

  get(): Settings {
    const stored = Object.fromEntries(
      Object.entries(settingsSchema.entries).flatMap(([key, schema]) => {
        const parsed = v.safeParse(schema, this.#repository.get(key))
        return parsed.success ? [[key, parsed.output]] : []
      }),
    ) as Partial<Settings>
    return { ...DEFAULTS, ...stored, ...this.#managed }
  }

  /** @throws WorkbenchError BAD_INPUT for a setting that the organisation decides. */
  update(change: { [Key in keyof Settings]?: Settings[Key] | undefined }): Settings {
    const given = Object.entries(change).filter(([, value]) => value !== undefined)
    const managed = given.find(
      ([key, value]) => Object.hasOwn(this.#managed, key) && value !== this.#managed[key as keyof Settings],
    )
    if (managed)
      throw new WorkbenchError(
        'BAD_INPUT',
        said`The setting "${managed[0]}" is managed by your organisation. Ask your administrator to change it.`,
      )
    for (const [key, value] of given) this.#repository.set(key, value)
    return this.get()
  }
}

/** What of a policy has a setting of its own. */
function managedSettings({ cpuSharePercent, ocrAutomatically, updateFolder, updateKey }: Policy): Partial<Settings> {
  return {
    ...(cpuSharePercent === undefined ? {} : { cpuShare: cpuSharePercent / 100 }),
    ...(ocrAutomatically === undefined ? {} : { ocrAutomatically }),
    ...(updateFolder === undefined ? {} : { updateFolder }),
    ...(updateKey === undefined ? {} : { updateKey }),
  }
}
