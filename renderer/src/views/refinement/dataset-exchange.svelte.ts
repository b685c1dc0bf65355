import type { DatasetFormat } from '../../../../electron/contracts/refinement.ts'
import type { Client } from '../../connection/client.ts'
import type { Dropped } from '../../connection/dropped-files.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import { cleanPath } from '../../state/add-folder.svelte.ts'

/** Folders that were written, or names of sets that were read. */
export type Exchanged = { readonly exported: readonly string[] } | { readonly imported: readonly string[] }

/** The dialogs that write data sets to a folder and read them from one. */
export class DatasetExchange {
  asking = $state.raw<'export' | 'import' | null>(null)
  /** Sets to export. */
  names = $state.raw<readonly string[]>([])
  format = $state<DatasetFormat>('jsonl')
  folder = $state('')
  path = $state('')
  /** Of an imported set; empty: the file's. */
  name = $state('')
  /** "2 of 4" while sets are written. */
  #done = $state.raw<number | null>(null)
  #busy = $state.raw(false)
  #problem = $state.raw<Problem | null>(null)
  readonly #client: Client
  readonly #onend: (what: Exchanged) => void

  constructor(client: Client, onend: (what: Exchanged) => void) {
    this.#client = client
    this.#onend = onend
  }

  get busy(): boolean {
    return this.#busy
  }
  /** Sets written so far; null while none is. */
  get done(): number | null {
    return this.#done
  }
  get problem(): Problem | null {
    return this.#problem
  }

  askExport(names: readonly string[]): void {
    this.#problem = null
    this.names = names
    this.asking = 'export'
  }

  askImport(): void {
    this.#problem = null
    this.asking = 'import'
  }

  /** A file or folder was dropped: the dialog opens with it, because a set of the same name would be replaced. */
  async dropped({ path, upload }: Dropped): Promise<void> {
    if (this.busy) return
    this.askImport()
    this.path = path
    // A browser does not tell where it lies.
    if (path === '') await this.#work(async () => void (this.path = await upload()))
  }

  cancel(): void {
    this.asking = null
  }

  toggle(name: string): void {
    this.names = this.names.includes(name) ? this.names.filter((one) => one !== name) : [...this.names, name]
  }

  /** Writes each set into a folder of its name. */
  async export(): Promise<void> {
    const { names, format } = this
    const target = cleanPath(this.folder)
    if (this.#busy || names.length === 0 || target === '') return
    await this.#work(async () => {
      const exported: string[] = []
      for (const name of names) {
        this.#done = exported.length
        const separator = target.includes('\\') && !target.includes('/') ? '\\' : '/'
        const folder = `${target.replace(/[\\/]+$/u, '')}${separator}${name}`
        exported.push((await this.#client.refinement.exportDataset({ name, format, folder })).folder)
      }
      this.asking = null
      this.#onend({ exported })
    })
  }

  async import(): Promise<void> {
    const path = cleanPath(this.path)
    if (this.#busy || path === '') return
    await this.#work(async () => {
      const name = this.name.trim()
      const sets = await this.#client.refinement.importDataset({ path, ...(name === '' ? {} : { name }) })
      this.asking = null
      this.#onend({ imported: sets.map((set) => set.name) })
    })
  }

  async #work(work: () => Promise<void>): Promise<void> {
    this.#busy = true
    this.#problem = null
    try {
      await work()
    } catch (error) {
      this.#problem = toProblem(error)
    } finally {
      this.#busy = false
      this.#done = null
    }
  }
}
