/** Tells its listeners that something changed; what, they ask. */
export class ChangeSignal {
  readonly #listeners = new Set<() => void>()

  emit(): void {
    for (const listener of this.#listeners) listener()
  }

  /** @returns the function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

/**
 * The current value, then a new one after every change, at most one per `intervalMs`; changes in between are folded into
 * the next one. Ends with the signal.
 */
export async function* snapshots<T>(
  read: () => T,
  onChange: (listener: () => void) => () => void,
  options: { intervalMs: number; signal: AbortSignal | undefined },
): AsyncGenerator<T, void> {
  const { intervalMs, signal } = options
  let dirty = false
  let wake: (() => void) | undefined
  const notice = (): void => {
    dirty = true
    wake?.()
  }
  const stop = onChange(notice)
  const onAbort = (): void => wake?.()
  signal?.addEventListener('abort', onAbort)
  try {
    while (!signal?.aborted) {
      dirty = false
      yield read()
      // The clock of the wall may be set back, and a pause must not last until it has caught up.
      const next = performance.now() + intervalMs
      if (!dirty && !signal?.aborted) await new Promise<void>((resolve) => (wake = resolve))
      wake = undefined
      const pause = next - performance.now()
      if (pause > 0 && !signal?.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, pause)
          wake = () => {
            if (!signal?.aborted) return
            clearTimeout(timer)
            resolve()
          }
        })
        wake = undefined
      }
    }
  } finally {
    stop()
    signal?.removeEventListener('abort', onAbort)
  }
}
