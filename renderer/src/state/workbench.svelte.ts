import { getContext, setContext } from 'svelte'
import type { Client } from '../connection/client.ts'
import { Connection } from '../connection/connection.svelte.ts'
import { Commands } from './commands.svelte.ts'
import { Jobs } from './jobs.svelte.ts'
import { Judges } from './judges.svelte.ts'
import { Library } from './library.svelte.ts'
import { RecentSearches } from './recent-searches.svelte.ts'
import { ReviewOverview } from './review-overview.svelte.ts'
import { Router } from './router.svelte.ts'
import { System } from './system.svelte.ts'
import { Theme } from './theme.svelte.ts'
import { strings } from '../strings/index.ts'
import { Toasts } from './toasts.svelte.ts'
import { TrainingAlerts } from './training-alerts.ts'

/**
 * What every view shares. Made once in main.ts and handed down as context; nothing starts before `start`.
 * A view keeps its own state in a class of its own, made with `workbench.client`.
 */
export class Workbench {
  readonly connection: Connection
  readonly router: Router
  readonly theme = new Theme()
  readonly commands = new Commands()
  readonly toasts = new Toasts()
  readonly recentSearches = new RecentSearches()
  readonly system: System
  readonly jobs: Jobs
  readonly library: Library
  readonly judges: Judges
  readonly reviewOverview: ReviewOverview
  readonly #trainingAlerts: TrainingAlerts
  readonly #kept = new Map<string, unknown>()

  constructor(connection: Connection = new Connection(), firstView = 'library') {
    this.connection = connection
    this.router = new Router(firstView)
    this.system = new System(connection.client, this.theme)
    this.jobs = new Jobs(connection.client)
    this.library = new Library(connection.client)
    this.judges = new Judges(connection.client)
    this.reviewOverview = new ReviewOverview(connection.client, this.judges, this.jobs)
    this.#trainingAlerts = new TrainingAlerts(connection.client, (text, run) => {
      // The view says it itself, at its place.
      if (this.router.view === 'training') return
      this.toasts.show(text, { label: strings.common.open, run: () => this.router.go('training', { run }) })
    })
  }

  get client(): Client {
    return this.connection.client
  }

  /**
   * A view's own state, made on first use and kept while the window lives, so that coming back to a view finds it as it was.
   */
  keep<State>(name: string, make: () => State): State {
    if (!this.#kept.has(name)) {
      // Under a root of its own: what is derived in it would else end with the component that asked first.
      $effect.root(() => void this.#kept.set(name, make()))
    }
    return this.#kept.get(name) as State
  }

  /** Connects and follows what the frame shows, until the returned function is called. */
  start(): () => void {
    const stop = new AbortController()
    const stopTheme = this.theme.start()
    const stopRouter = this.router.start()
    void this.connection.start()
    void this.system.followStatus(stop.signal)
    void this.jobs.follow(stop.signal)
    void this.library.follow(stop.signal)
    void this.reviewOverview.follow(stop.signal)
    void this.#trainingAlerts.follow(stop.signal)
    return () => {
      stop.abort()
      stopTheme()
      stopRouter()
      this.connection.stop()
    }
  }

  /** After every opening of the connection: what is not followed is asked for again. */
  async refresh(): Promise<void> {
    await Promise.allSettled([this.system.load(), this.library.load()])
  }
}

const KEY = Symbol('workbench')

export function provideWorkbench(workbench: Workbench): void {
  setContext(KEY, workbench)
}

/** For use while a component is being made. */
export function useWorkbench(): Workbench {
  return getContext<Workbench>(KEY)
}
