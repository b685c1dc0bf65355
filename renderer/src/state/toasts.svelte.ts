export interface Toast {
  readonly text: string
  readonly action?: { readonly label: string; readonly run: () => void } | undefined
}

const SHOWN_MS = 6_000

/** One message at a time about what happened elsewhere, with Undo or Open. Never for errors: those stay at their place. */
export class Toasts {
  #current = $state.raw<Toast | null>(null)
  #timer: ReturnType<typeof setTimeout> | undefined

  get current(): Toast | null {
    return this.#current
  }

  show(text: string, action?: Toast['action']): void {
    this.#current = { text, action }
    this.release()
  }

  /** Keeps the message while the pointer is on it. */
  hold(): void {
    clearTimeout(this.#timer)
  }

  release(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.dismiss(), SHOWN_MS)
  }

  act(): void {
    this.#current?.action?.run()
    this.dismiss()
  }

  dismiss(): void {
    clearTimeout(this.#timer)
    this.#current = null
  }
}
