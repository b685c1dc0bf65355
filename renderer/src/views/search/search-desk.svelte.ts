import { SvelteMap } from 'svelte/reactivity'
import type {
  BriefingFormat,
  SearchFacets,
  SearchFilters,
  SearchResponse,
} from '../../../../electron/contracts/search.ts'
import { INTENTS } from '../../../../electron/contracts/intents.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import type { ParamChanges } from '../../state/router.svelte.ts'
import type { Workbench } from '../../state/workbench.svelte.ts'
import { strings } from '../../strings/index.ts'
import { Briefing, type Quote } from './briefing.svelte.ts'
import { filterChips, filtersFromParams, filtersToParams, type FilterChip } from './filters.ts'
import { HandOn } from './hand-on.svelte.ts'
import { HitSelection } from './hit-selection.svelte.ts'
import { OpenPage } from './open-page.svelte.ts'
import { SavedSearches } from './saved-searches.svelte.ts'
import { SearchSession, type IntentChoice } from './search-session.svelte.ts'
import { SpellingHelp } from './spelling.svelte.ts'

type Grade = 0 | 1 | 2 | 3
type Params = Readonly<Record<string, string>>

/** Everything on the Search view and what its keys and buttons do. The question and the open page stand in the address. */
export class SearchDesk {
  readonly session: SearchSession
  readonly selection = new HitSelection()
  readonly page: OpenPage
  readonly briefing: Briefing
  readonly saved: SavedSearches
  readonly spelling: SpellingHelp
  readonly handOn: HandOn

  #facets = $state.raw<SearchFacets | null>(null)
  #problem = $state.raw<Problem | null>(null)
  #newSince = $state.raw<{ readonly count: number; readonly since: number } | null>(null)
  /** Passage whose rank is being explained. */
  explained = $state.raw<number | null>(null)

  readonly #workbench: Workbench
  readonly #titles = new SvelteMap<number, string>()
  /** What this view wrote into the address last: coming back from there it is no news. */
  #written = ''
  #passageInAddress: number | null = null

  constructor(workbench: Workbench) {
    const { client } = workbench
    this.#workbench = workbench
    this.session = new SearchSession(client, (response, same) => this.#take(response, same))
    this.page = new OpenPage(client)
    this.briefing = new Briefing(client)
    this.saved = new SavedSearches(client)
    this.spelling = new SpellingHelp(client)
    this.handOn = new HandOn(workbench, this.page)
  }

  /** What the filters can be set to; null until read. */
  get facets(): SearchFacets | null {
    return this.#facets
  }
  /** What went wrong with a judgement, a citation or an export; shown at the page. */
  get problem(): Problem | null {
    return this.#problem ?? this.handOn.problem
  }
  /** How much of the saved search on show is new since the last look. */
  get newSince(): { readonly count: number; readonly since: number } | null {
    return this.#newSince
  }
  readonly chips: readonly FilterChip[] = $derived.by(() =>
    filterChips(this.session.question.filters, {
      source: (id) => this.#workbench.library.overview?.sources.find((source) => source.id === id)?.name,
      document: (id) => this.#titles.get(id),
    }),
  )

  async loadFacets(): Promise<void> {
    try {
      this.#facets = await this.#workbench.client.search.facets()
    } catch {
      // Without them the filter menus are short; searching works all the same.
    }
  }

  /** A new question from the box, the palette, an example or a selected text. */
  async ask(text: string, intent: IntentChoice = 'auto'): Promise<void> {
    await this.session.set({ text, intent })
    this.remember()
  }

  /** Enter: asks at once and keeps the query among the last searches. */
  async submit(): Promise<void> {
    this.remember()
    await this.session.ask()
  }

  remember(): void {
    this.#workbench.recentSearches.add(this.session.text)
  }

  setFilters(filters: SearchFilters): void {
    void this.session.set({ filters })
  }

  nameDocument(id: number, title: string): void {
    this.#titles.set(id, title)
  }

  choose(index: number): void {
    this.selection.choose(index)
    this.#showChosen()
  }

  /** Makes the page on show the chosen hit's; after another hit of the document was looked at. */
  showChosen(): void {
    this.remember()
    this.#showChosen()
  }

  /** Outlines another hit of the open document, and chooses it if it is in the list. */
  showHitHere(passageId: number): void {
    this.selection.choosePassage(passageId)
    void this.page.showHitHere(passageId)
  }

  /** The next (1) or previous (-1) hit of the open document. */
  stepHit(direction: 1 | -1): void {
    const hit = this.page.hitAfter(direction)
    if (hit !== undefined) this.showHitHere(hit.passageId)
  }

  async openSaved(id: number): Promise<void> {
    if (this.saved.find(id) === undefined) await this.saved.load()
    const saved = this.saved.find(id)
    if (saved === undefined) return
    const { query, intent = 'auto', filters = {} } = saved.request
    await this.session.set({ text: query, intent, filters })
    this.#newSince = saved.newHits > 0 ? { count: saved.newHits, since: saved.lastSeenAt } : null
    if (this.session.problem === null) await this.saved.markSeen(id)
  }

  findSimilar(): void {
    const hit = this.selection.hit
    if (hit === undefined) return
    const { passageId, title, page } = hit
    void this.session.findSimilar({ passageId, title, page })
  }

  copyCitation(): void {
    const hit = this.selection.hit
    if (hit !== undefined) void this.handOn.copyCitation(hit)
  }

  /** Citations of all passages found. */
  copyCitations(): void {
    void this.handOn.copyCitations(this.session.hits, this.session.answeredQuery)
  }

  exportHits(format: BriefingFormat): void {
    void this.handOn.save(this.session.hits, this.session.answeredQuery, format)
  }

  addToBriefing(): void {
    const hit = this.selection.hit
    if (hit === undefined) return
    if (this.briefing.add(hit, this.session.answeredQuery)) {
      const { quotes, isOpen } = this.briefing
      if (isOpen) return
      this.#workbench.toasts.show(strings.briefing.added(quotes.length), {
        label: strings.common.open,
        run: () => this.briefing.open(),
      })
    } else {
      this.#workbench.toasts.dismiss()
      this.briefing.open()
    }
  }

  /** Shows the page of a quote, which need not be among the hits. */
  showQuote(quote: Quote): Promise<void> {
    return this.page.showPassage(quote)
  }

  /** Gives the chosen hit a grade; the same grade again takes it back. */
  async judge(grade: Grade): Promise<void> {
    const hit = this.selection.hit
    if (hit === undefined || this.session.similarTo !== null) return
    try {
      await this.session.judge(hit.passageId, hit.judgement === grade ? null : grade)
      this.#problem = null
    } catch (error) {
      this.#problem = toProblem(error)
    } finally {
      this.selection.take(this.session.hits, true)
    }
  }

  dismissProblem(): void {
    this.#problem = null
    this.handOn.dismiss()
  }

  /** What of this view stands in the address. */
  readonly place: ParamChanges = $derived.by(() => {
    const { intent, filters } = this.session.question
    const asked = this.session.response !== null && this.session.similarTo === null
    const passageId = this.page.passageId
    return {
      ...filtersToParams(filters),
      q: asked ? this.session.answeredQuery : null,
      intent: intent === 'auto' ? null : intent,
      passage: passageId,
      document: passageId === null ? (this.page.document?.id ?? null) : null,
      saved: null,
      page: null,
    }
  })

  writePlace(place: ParamChanges): void {
    const { router } = this.#workbench
    const isSo = Object.entries(place).every(
      ([key, value]) => (router.params[key] ?? null) === (value === null ? null : String(value)),
    )
    // The browser counts changes of the address and refuses too many.
    if (!isSo) router.set(place)
    this.#written = JSON.stringify(this.#workbench.router.params)
  }

  /** Does what the address says, when it was not this view that wrote it. */
  followPlace(params: Params): void {
    const text = JSON.stringify(params)
    if (text === this.#written) return
    this.#written = text
    const { saved, document, page, passage, q, intent } = params
    if (saved !== undefined) return void this.openSaved(Number(saved))
    const filters = filtersFromParams(params)
    this.#nameUnknown(filters)
    this.#passageInAddress = passage === undefined ? null : Number(passage)
    if (q !== undefined || document === undefined) {
      void this.session.set({ text: q ?? '', intent: INTENTS.find((one) => one === intent) ?? 'auto', filters })
    }
    if (document !== undefined) void this.page.showDocument(Number(document), Number(page ?? 1))
  }

  #take(response: SearchResponse | null, same: boolean): void {
    this.#newSince = null
    this.spelling.look(this.session.similarTo === null ? response : null, this.session.answeredQuery)
    if (response === null) return this.selection.take([], false)
    this.selection.take(response.hits, same)
    if (this.#passageInAddress !== null) this.selection.choosePassage(this.#passageInAddress)
    this.#passageInAddress = null
    if (!same) this.explained = null
    for (const { documentId, title } of response.hits) this.#titles.set(documentId, title)
    this.#showChosen()
  }

  #showChosen(): void {
    const hit = this.selection.hit
    this.#problem = null
    this.handOn.dismiss()
    if (hit === undefined) return
    const similar = this.session.similarTo !== null
    void this.page.showHit(hit, similar ? '' : this.session.answeredQuery)
  }

  #nameUnknown(filters: SearchFilters): void {
    for (const id of filters.documentIds ?? []) {
      if (this.#titles.has(id)) continue
      this.page.documentOf(id).then(
        ({ title }) => this.#titles.set(id, title),
        // The chip then shows the number, and the search says that the document is gone.
        () => undefined,
      )
    }
  }
}
