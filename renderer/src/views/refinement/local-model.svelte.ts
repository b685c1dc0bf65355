import type { LocalModelInfo } from '../../../../electron/contracts/refinement.ts'
import type { Client } from '../../connection/client.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import { cleanPath } from '../../state/add-folder.svelte.ts'

/** The dialog that names a model file on this computer and the folder of the package that runs it. */
export class LocalModel {
  asking = $state(false)
  file = $state('')
  /** Empty: among the application's own packages. */
  packageFolder = $state('')
  contextTokens = $state('4096')
  gpu = $state(false)
  #known = $state.raw<LocalModelInfo | null>(null)
  #busy = $state.raw(false)
  #problem = $state.raw<Problem | null>(null)
  readonly #client: Client
  readonly #onsaved: (name: string | null) => void

  constructor(client: Client, onsaved: (name: string | null) => void) {
    this.#client = client
    this.#onsaved = onsaved
  }

  /** What the file in use says of itself. */
  get known(): LocalModelInfo | null {
    return this.#known
  }
  get busy(): boolean {
    return this.#busy
  }
  get problem(): Problem | null {
    return this.#problem
  }
  readonly complete: boolean = $derived(this.file.trim() !== '' && Number(this.contextTokens) >= 512)

  async ask(): Promise<void> {
    this.#problem = null
    this.asking = true
    try {
      this.#known = await this.#client.refinement.localModel()
      if (!this.#known) return
      const { file, packageFolder, contextTokens, gpu } = this.#known
      Object.assign(this, { file, packageFolder: packageFolder ?? '', contextTokens: String(contextTokens), gpu })
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }

  cancel(): void {
    this.asking = false
  }

  /** The services read the file's head first; what is wrong with it stays in the dialog. */
  save(): Promise<void> {
    const folder = cleanPath(this.packageFolder)
    return this.#set({
      file: cleanPath(this.file),
      packageFolder: folder === '' ? null : folder,
      contextTokens: Number(this.contextTokens),
      gpu: this.gpu,
    })
  }

  remove(): Promise<void> {
    return this.#set(null)
  }

  async #set(settings: Parameters<Client['refinement']['setLocalModel']>[0]): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    this.#problem = null
    try {
      this.#known = await this.#client.refinement.setLocalModel(settings)
      this.asking = false
      this.#onsaved(this.#known?.name ?? null)
    } catch (error) {
      this.#problem = toProblem(error)
    } finally {
      this.#busy = false
    }
  }
}
