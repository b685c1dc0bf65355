import type { ModelCard, ModelImport } from '../../../../electron/contracts/models.ts'
import type { Client } from '../../connection/client.ts'
import { follow } from '../../connection/follow.ts'
import { isAbort, toProblem, type Problem } from '../../connection/problem.ts'
import { cleanPath } from '../../state/add-folder.svelte.ts'
import { strings } from '../../strings/index.ts'

export type Precision = 'fp32' | 'int8'

/** Importing a model folder: typed, chosen in the system's dialog or dropped. Everything it needs stands in one dialog. */
export class ImportModel {
  asking = $state(false)
  path = $state('')
  /** Empty: the folder's name. */
  name = $state('')
  link = $state(false)
  precision = $state<Precision>('fp32')
  #startedAt = $state.raw<number | null>(null)
  #problem = $state.raw<Problem | null>(null)
  #progress = $state.raw<ModelImport | null>(null)
  #stop: AbortController | undefined
  readonly #client: Client
  readonly #onimported: (model: ModelCard) => void

  constructor(client: Client, onimported: (model: ModelCard) => void) {
    this.#client = client
    this.#onimported = onimported
  }

  /** ms since 1970 while an import runs, else null. */
  get startedAt(): number | null {
    return this.#startedAt
  }
  get busy(): boolean {
    return this.#startedAt !== null
  }
  /** Bytes copied; null before the first and while nothing runs. */
  get progress(): ModelImport | null {
    return this.#progress
  }
  get problem(): Problem | null {
    return this.#problem
  }
  /** The name, not the folder, is what has to be changed. */
  get isNameProblem(): boolean {
    return this.#problem?.code === 'BAD_INPUT'
  }

  ask(path = ''): void {
    this.path = path
    this.name = ''
    this.link = false
    this.precision = 'fp32'
    this.#problem = null
    this.asking = true
  }

  /** Ends the dialog; an import under way is stopped and leaves nothing behind. */
  cancel(): void {
    this.#stop?.abort()
    this.asking = false
    this.#problem = null
  }

  /** Imports what was dropped on the window; without a path, the host has to be told where it lies. */
  drop(path: string): void {
    this.ask(path)
    if (path !== '') return void this.run()
    this.#problem = { code: 'MODEL_INVALID', message: strings.models.dropNoPath, details: {} }
  }

  async run(): Promise<void> {
    const path = cleanPath(this.path)
    if (this.busy || path === '') return
    const stop = new AbortController()
    this.#stop = stop
    this.#startedAt = Date.now()
    this.#problem = null
    const watching = new AbortController()
    void follow(
      (signal) => this.#client.models.imports(undefined, { signal }),
      (imports) => (this.#progress = imports.find((one) => one.path === path) ?? null),
      watching.signal,
    )
    try {
      const name = this.name.trim()
      const { link, precision } = this
      const id = name === '' ? {} : { id: name }
      const model = await this.#client.models.import({ path, ...id, link, precision }, { signal: stop.signal })
      this.asking = false
      this.#onimported(model)
    } catch (error) {
      if (!isAbort(error) && !stop.signal.aborted) this.#problem = toProblem(error)
    } finally {
      watching.abort()
      this.#startedAt = null
      this.#progress = null
    }
  }
}
