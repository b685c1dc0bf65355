/** One package and its terms, as renderer/licence-list.ts wrote them at build time. */
export interface Licence {
  readonly name: string
  readonly version: string
  readonly licence: string | null
  readonly text: string
}

interface LicenceFile {
  readonly packages: readonly (Omit<Licence, 'text'> & { readonly text: number })[]
  readonly texts: readonly string[]
}

/** The terms of everything that came with the application, searched by name, licence and word. */
export class Licences {
  #all = $state.raw<readonly Licence[]>([])
  #failed = $state.raw(false)
  query = $state('')

  readonly #shown = $derived.by(() => {
    const wanted = this.query.trim().toLowerCase()
    if (wanted === '') return this.#all
    return this.#all.filter(({ name, licence, text }) =>
      [name, licence ?? '', text].some((field) => field.toLowerCase().includes(wanted)),
    )
  })

  get all(): readonly Licence[] {
    return this.#all
  }
  get shown(): readonly Licence[] {
    return this.#shown
  }
  get failed(): boolean {
    return this.#failed
  }

  /** Reads the list once. */
  async load(read: () => Promise<Response> = () => fetch('./licences.json')): Promise<void> {
    if (this.#all.length > 0) return
    try {
      const { packages, texts } = (await (await read()).json()) as LicenceFile
      this.#all = packages.map((entry) => ({ ...entry, text: texts[entry.text] ?? '' }))
      this.#failed = false
    } catch {
      this.#failed = true
    }
  }
}
