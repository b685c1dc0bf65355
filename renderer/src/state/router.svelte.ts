import { SvelteMap } from 'svelte/reactivity'

/** A place in the application: a view and what is chosen in it. Kept in the address, so that a reload comes back to it. */
export interface Place {
  readonly view: string
  readonly params: Readonly<Record<string, string>>
}

/** Reads '#/library?source=3'. An empty or foreign hash gives an empty view name. */
export function parsePlace(hash: string): Place {
  const match = /^#\/([a-z-]*)(?:\?(.*))?$/.exec(hash)
  return { view: match?.[1] ?? '', params: Object.fromEntries(new URLSearchParams(match?.[2] ?? '')) }
}

/** Writes what `parsePlace` reads. */
export function formatPlace(place: Place): string {
  const query = new URLSearchParams(place.params).toString()
  return query === '' ? `#/${place.view}` : `#/${place.view}?${query}`
}

/** Values to set in the place; null takes a key away. */
export type ParamChanges = Readonly<Record<string, string | number | null>>

export function changeParams(params: Place['params'], changes: ParamChanges): Place['params'] {
  const next: Record<string, string> = { ...params }
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) delete next[key]
    else next[key] = String(value)
  }
  return next
}

export class Router {
  #place = $state.raw<Place>({ view: '', params: {} })
  readonly #fallback: string
  /** Where each view was left, so that the rail leads back to it. */
  readonly #left = new SvelteMap<string, Place['params']>()

  constructor(fallback: string) {
    this.#fallback = fallback
    this.#read()
  }

  get view(): string {
    return this.#place.view || this.#fallback
  }

  get params(): Place['params'] {
    return this.#place.params
  }

  /** What was chosen in a view when it was last shown. */
  paramsOf(view: string): Place['params'] {
    return view === this.view ? this.params : (this.#left.get(view) ?? {})
  }

  /** Follows the address; returns what stops it. */
  start(): () => void {
    const read = (): void => this.#read()
    window.addEventListener('hashchange', read)
    return () => window.removeEventListener('hashchange', read)
  }

  /** Goes to a view; the way back is kept. */
  go(view: string, params: ParamChanges = {}): void {
    location.hash = formatPlace({ view, params: changeParams({}, params) })
    this.#read()
  }

  /** Changes what is chosen in this view, without a step in the history. */
  set(changes: ParamChanges): void {
    const place = { view: this.view, params: changeParams(this.params, changes) }
    history.replaceState(history.state, '', formatPlace(place))
    this.#accept(place)
  }

  #read(): void {
    this.#accept(parsePlace(location.hash))
  }

  #accept(place: Place): void {
    this.#left.set(place.view || this.#fallback, place.params)
    this.#place = place
  }
}
