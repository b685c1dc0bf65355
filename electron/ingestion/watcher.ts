import { subscribe, type AsyncSubscription } from '@parcel/watcher'
import type { Source } from '../contracts/library.ts'
import type { Logger } from '../platform/logger.ts'

/** A burst of changes (a copy of a thousand files) is answered once it has been quiet for this long. */
const QUIET_MS = 1_500
/** A burst that never ends is answered this often. */
const AT_LEAST_EVERY_MS = 20_000

interface Watch {
  readonly path: string
  readonly subscription: Promise<AsyncSubscription | undefined>
}

/**
 * Watches sources and asks for a scan when something below them changed. What changed is found by the scan, so a lost
 * or doubled event does no harm.
 */
export class SourceWatcher {
  readonly #logger: Logger
  readonly #onChange: (sourceId: number) => void
  readonly #watches = new Map<number, Watch>()
  readonly #pending = new Map<number, { timer: NodeJS.Timeout; since: number }>()

  constructor(logger: Logger, onChange: (sourceId: number) => void) {
    this.#logger = logger
    this.#onChange = onChange
  }

  /** Watches exactly these sources from now on. */
  follow(sources: readonly Source[]): void {
    const wanted = new Map(
      sources.filter((source) => source.watched && !source.paused).map((source) => [source.id, source]),
    )
    for (const [id, watch] of this.#watches) {
      if (wanted.get(id)?.path === watch.path) continue
      this.#watches.delete(id)
      void this.#end(watch)
    }
    for (const [id, source] of wanted) {
      if (!this.#watches.has(id)) this.#watches.set(id, { path: source.path, subscription: this.#begin(source) })
    }
  }

  async close(): Promise<void> {
    for (const { timer } of this.#pending.values()) clearTimeout(timer)
    this.#pending.clear()
    const watches = [...this.#watches.values()]
    this.#watches.clear()
    await Promise.all(watches.map((watch) => this.#end(watch)))
  }

  async #begin(source: Source): Promise<AsyncSubscription | undefined> {
    try {
      return await subscribe(source.path, (error) => {
        if (error) this.#logger.warn({ err: error, source: source.path }, 'watching a folder was interrupted')
        this.#touched(source.id)
      })
    } catch (error) {
      // A missing drive or a system limit on watches: the folder is still scanned at every start and on request.
      this.#logger.warn({ err: error, source: source.path }, 'a folder cannot be watched')
      return undefined
    }
  }

  async #end(watch: Watch): Promise<void> {
    try {
      await (await watch.subscription)?.unsubscribe()
    } catch (error) {
      this.#logger.debug({ err: error, path: watch.path }, 'a watch had ended by itself')
    }
  }

  #touched(sourceId: number): void {
    const pending = this.#pending.get(sourceId)
    if (pending) clearTimeout(pending.timer)
    const since = pending?.since ?? performance.now()
    const wait = performance.now() - since > AT_LEAST_EVERY_MS ? 0 : QUIET_MS
    const timer = setTimeout(() => {
      this.#pending.delete(sourceId)
      if (this.#watches.has(sourceId)) this.#onChange(sourceId)
    }, wait)
    this.#pending.set(sourceId, { timer, since })
  }
}
