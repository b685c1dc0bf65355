import type { SupportPreview } from '../../../../electron/contracts/support.ts'
import type { Client } from '../../connection/client.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import { saveBlob } from '../../connection/save-text.ts'

/** The support bundle: first shown, then saved as it was shown. */
export class Support {
  #preview = $state.raw<SupportPreview | null>(null)
  #busy = $state.raw(false)
  #problem = $state.raw<Problem | null>(null)
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  /** What the open dialog shows; null: closed. */
  get preview(): SupportPreview | null {
    return this.#preview
  }
  get busy(): boolean {
    return this.#busy
  }
  get problem(): Problem | null {
    return this.#problem
  }

  close(): void {
    this.#preview = null
  }

  look(): Promise<void> {
    return this.#run(async () => {
      this.#preview = await this.#client.support.preview()
    })
  }

  /** @returns the name it was saved under, undefined when it could not be. */
  async save(): Promise<string | undefined> {
    const id = this.#preview?.id
    if (id === undefined) return undefined
    let saved: string | undefined
    await this.#run(async () => {
      const { fileName, base64 } = await this.#client.support.zip({ id })
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      saveBlob(fileName, new Blob([bytes], { type: 'application/zip' }))
      saved = fileName
    })
    return saved
  }

  async #run(action: () => Promise<void>): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    this.#problem = null
    try {
      await action()
    } catch (error) {
      this.#problem = toProblem(error)
    } finally {
      this.#busy = false
    }
  }
}
