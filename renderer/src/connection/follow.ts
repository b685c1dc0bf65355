import { isAbort } from './problem.ts'

const PAUSE_AFTER_FAILURE_MS = 2_000

/**
 * Reads an event iterator of the services for as long as `signal` allows, and opens it again whenever it ends: after a
 * lost connection the call itself waits for the next one. Every iterator of the contract begins with the present state,
 * so nothing is missed.
 * @param open the call, e.g. `(signal) => client.jobs.watch(undefined, { signal })`
 */
export async function follow<Value>(
  open: (signal: AbortSignal) => Promise<AsyncIterable<Value>>,
  onvalue: (value: Value) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const value of await open(signal)) {
        if (signal.aborted) return
        onvalue(value)
      }
    } catch (error) {
      if (signal.aborted && isAbort(error)) return
    }
    await pause(PAUSE_AFTER_FAILURE_MS, signal)
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(done, ms)
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done, { once: true })
  })
}
