import type { Source } from '../../../electron/contracts/library.ts'
import type { Client } from '../connection/client.ts'
import { toProblem, type Problem } from '../connection/problem.ts'
import { strings } from '../strings/index.ts'

/** Adding a folder: chosen in the system's dialog, typed, pasted or dropped. */
export class AddFolder {
  #busy = $state.raw(false)
  #problem = $state.raw<Problem | null>(null)
  /** The dialog for typing a path is open. */
  asking = $state(false)
  path = $state('')

  readonly #client: Client
  readonly #onadded: (source: Source) => void

  constructor(client: Client, onadded: (source: Source) => void) {
    this.#client = client
    this.#onadded = onadded
  }

  get busy(): boolean {
    return this.#busy
  }
  get problem(): Problem | null {
    return this.#problem
  }

  ask(path = ''): void {
    this.path = path
    this.#problem = null
    this.asking = true
  }

  cancel(): void {
    this.asking = false
    this.#problem = null
  }

  dismiss(): void {
    this.#problem = null
  }

  /** Adds what was dropped on the window; without a path, the host has to be told where it lies. */
  drop(path: string): void {
    if (path !== '') return void this.add(path)
    this.ask()
    this.#problem = { code: 'BAD_INPUT', message: strings.library.dropNoPath, details: {} }
  }

  /** The system's own folder dialog; where the host has none, the path is asked for. */
  async choose(hasDialog: boolean): Promise<void> {
    if (!hasDialog) return this.ask()
    await this.#guard(async () => {
      const { path } = await this.#client.system.chooseFolder()
      if (path !== null) await this.#add(path)
    })
  }

  async add(path: string): Promise<void> {
    await this.#guard(() => this.#add(path))
  }

  async addSample(): Promise<void> {
    await this.#guard(async () => this.#onadded(await this.#client.library.addSampleLibrary()))
  }

  async #add(path: string): Promise<void> {
    const source = await this.#client.library.addSource({ path: cleanPath(path) })
    this.asking = false
    this.#onadded(source)
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    this.#problem = null
    try {
      await work()
    } catch (error) {
      this.#problem = toProblem(error)
    } finally {
      this.#busy = false
    }
  }
}

/** What people paste: quoted by the file manager, or as a file address. */
export function cleanPath(text: string): string {
  const path = text.trim().replace(/^(["'])(.*)\1$/, '$2')
  if (!path.startsWith('file://')) return path
  try {
    return decodeURIComponent(new URL(path).pathname).replace(/^\/([a-z]:)/i, '$1')
  } catch {
    return path
  }
}
