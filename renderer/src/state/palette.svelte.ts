import type { Component } from 'svelte'
import type { FileRow } from '../../../electron/contracts/library.ts'
import type { SavedSearch } from '../../../electron/contracts/search.ts'
import type { Client } from '../connection/client.ts'
import { count } from '../format/number.ts'
import { strings } from '../strings/index.ts'
import { titleOf } from './file-actions.ts'
import type { Commands } from './commands.svelte.ts'
import { matchTitle, type Ranges } from './match.ts'
import type { RecentSearches } from './recent-searches.svelte.ts'

export type PaletteIcon = 'search' | 'file' | 'recent' | 'saved' | 'command'

export interface PaletteItem {
  readonly id: string
  readonly title: string
  readonly ranges: Ranges
  readonly hint: string
  readonly icon: PaletteIcon | Component
  readonly keys?: string | undefined
  readonly run: () => void
}

export interface PaletteGroup {
  readonly title: string
  readonly items: readonly PaletteItem[]
}

/** What the palette may do to the rest of the application. */
export interface PaletteActions {
  /** Absent while there is no Search view. */
  readonly search?: ((query: string) => void) | undefined
  readonly openSaved?: ((search: SavedSearch) => void) | undefined
  readonly openFile: (file: FileRow) => void
}

const FILES_SHOWN = 6
const COMMANDS_SHOWN = 8
const RECENT_SHOWN = 4
const TYPING_PAUSE_MS = 80

/** The command palette: views, commands, files by name, recent and saved searches. '>' asks for commands only, '@' for files only. */
export class Palette {
  #open = $state.raw(false)
  #query = $state.raw('')
  #active = $state.raw(0)
  #files = $state.raw<readonly FileRow[]>([])
  #saved = $state.raw<readonly SavedSearch[]>([])
  #request: AbortController | undefined

  readonly #client: Client
  readonly #commands: Commands
  readonly #recent: RecentSearches
  readonly #actions: PaletteActions

  constructor(client: Client, commands: Commands, recent: RecentSearches, actions: PaletteActions) {
    this.#client = client
    this.#commands = commands
    this.#recent = recent
    this.#actions = actions
  }

  readonly groups: readonly PaletteGroup[] = $derived.by(() => this.#groups())
  readonly items: readonly PaletteItem[] = $derived(this.groups.flatMap((group) => group.items))

  get isOpen(): boolean {
    return this.#open
  }

  get active(): number {
    return Math.min(this.#active, Math.max(0, this.items.length - 1))
  }

  get query(): string {
    return this.#query
  }

  set query(query: string) {
    this.#query = query
    this.#active = 0
    void this.#findFiles()
  }

  open(): void {
    this.#open = true
    this.query = ''
    this.#client.search.saved().then(
      (saved) => {
        this.#saved = saved
      },
      () => {
        this.#saved = []
      },
    )
  }

  close(): void {
    this.#open = false
    this.#request?.abort()
  }

  move(step: number): void {
    const total = this.items.length
    if (total > 0) this.#active = (this.active + step + total) % total
  }

  point(index: number): void {
    this.#active = index
  }

  run(item: PaletteItem | undefined = this.items[this.active]): void {
    if (item === undefined) return
    this.close()
    item.run()
  }

  async #findFiles(): Promise<void> {
    this.#request?.abort()
    const request = (this.#request = new AbortController())
    const find = this.#text()
    if (find === '' || this.#query.startsWith('>')) {
      this.#files = []
      return
    }
    try {
      await new Promise((resolve) => setTimeout(resolve, TYPING_PAUSE_MS))
      if (request.signal.aborted) return
      const input = { find, sort: 'title', limit: FILES_SHOWN } as const
      const answer = await this.#client.library.files(input, { signal: request.signal })
      if (!request.signal.aborted) this.#files = answer.rows
    } catch {
      // commands and views still work without the services
    }
  }

  #text(): string {
    return this.#query.replace(/^[>@]/, '').trim()
  }

  #groups(): PaletteGroup[] {
    const words = strings.palette
    const text = this.#text()
    const onlyCommands = this.#query.startsWith('>')
    const onlyFiles = this.#query.startsWith('@')
    const groups: PaletteGroup[] = []
    if (!onlyCommands && !onlyFiles) groups.push({ title: words.search, items: this.#searchItems(text) })
    if (!onlyCommands) groups.push({ title: words.documents, items: this.#fileItems(text) })
    if (!onlyCommands && !onlyFiles) groups.push({ title: words.saved, items: this.#savedItems(text) })
    if (!onlyFiles) groups.push(...this.#commandGroups(text))
    return groups.filter((group) => group.items.length > 0)
  }

  #searchItems(text: string): PaletteItem[] {
    const search = this.#actions.search
    if (search === undefined) return []
    if (text !== '') {
      const title = strings.palette.searchFor(text)
      return [{ id: 'search', title, ranges: [], hint: '', icon: 'search', keys: 'Enter', run: () => search(text) }]
    }
    return this.#recent.queries.slice(0, RECENT_SHOWN).map((query) => ({
      id: `recent:${query}`,
      title: query,
      ranges: [],
      hint: strings.palette.recent,
      icon: 'recent',
      run: () => search(query),
    }))
  }

  #fileItems(text: string): PaletteItem[] {
    return this.#files.map((file) => ({
      id: `file:${file.id}`,
      title: titleOf(file),
      ranges: matchTitle(titleOf(file), text)?.ranges ?? [],
      hint: strings.palette.fileHint(file.path, count(file.pages), file.pages),
      icon: 'file',
      run: () => this.#actions.openFile(file),
    }))
  }

  #savedItems(text: string): PaletteItem[] {
    const openSaved = this.#actions.openSaved
    if (openSaved === undefined) return []
    return this.#saved.flatMap((saved): PaletteItem[] => {
      const match = matchTitle(saved.name, text)
      if (match === null) return []
      const hint = saved.newHits > 0 ? strings.palette.newHits(saved.newHits) : ''
      return [
        {
          id: `saved:${saved.id}`,
          title: saved.name,
          ranges: match.ranges,
          hint,
          icon: 'saved',
          run: () => openSaved(saved),
        },
      ]
    })
  }

  #commandGroups(text: string): PaletteGroup[] {
    const found = this.#commands.all
      .filter((command) => command.listed !== false && (command.enabled?.() ?? true))
      .flatMap((command) => {
        const match = matchTitle(command.title, text)
        return match === null ? [] : [{ command, match }]
      })
      .toSorted((a, b) => b.match.score - a.match.score)
      .slice(0, text === '' ? undefined : COMMANDS_SHOWN)
    const groups = new Map<string, PaletteItem[]>()
    for (const { command, match } of found) {
      const items = groups.get(command.group) ?? []
      groups.set(command.group, items)
      items.push({
        id: command.id,
        title: command.title,
        ranges: match.ranges,
        hint: command.hint ?? '',
        icon: command.icon ?? 'command',
        keys: command.keys?.[0],
        run: command.run,
      })
    }
    return [...groups].map(([title, items]) => ({ title, items }))
  }
}
