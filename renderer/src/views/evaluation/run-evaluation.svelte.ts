import type { Evaluation } from '../../../../electron/contracts/evaluation.ts'
import type { Intent } from '../../../../electron/contracts/intents.ts'
import type { ModelCard } from '../../../../electron/contracts/models.ts'
import type { SearchMode } from '../../../../electron/contracts/search.ts'
import type { Client } from '../../connection/client.ts'
import { toProblem, type Problem } from '../../connection/problem.ts'
import { cleanPath } from '../../state/add-folder.svelte.ts'
import type { Unjudged } from './evaluation-list.ts'

export type Source = 'folder' | 'library' | 'run'
/** Where a folder is expected, this names the judgements of the library itself. */
const LIBRARY = 'library'

/** The dialog that starts an evaluation or scores a run made elsewhere. Its choices stay for the next time. */
export class RunEvaluation {
  asking = $state(false)
  source = $state<Source>('folder')
  folder = $state('')
  split = $state('')
  qrels = $state('')
  runFile = $state('')
  name = $state('')
  mode = $state<SearchMode>('dense')
  model = $state<string | null>(null)
  rerank = $state(false)
  intent = $state<Intent | null>(null)
  unjudged = $state<Unjudged>('zero-fill')
  #models = $state.raw<readonly ModelCard[]>([])
  #busy = $state.raw(false)
  #problem = $state.raw<Problem | null>(null)
  readonly #client: Client
  readonly #ondone: (imported: Evaluation | null) => void

  /** @param ondone called with null when a job was queued, with the evaluation when a run was scored */
  constructor(client: Client, ondone: (imported: Evaluation | null) => void) {
    this.#client = client
    this.#ondone = ondone
  }

  get busy(): boolean {
    return this.#busy
  }
  get problem(): Problem | null {
    return this.#problem
  }
  /** Models that can rank a corpus now. */
  readonly models: readonly ModelCard[] = $derived(
    this.#models.filter(({ kind, state }) => kind === 'embedding' && state === 'ready'),
  )
  readonly hasReranker: boolean = $derived(
    this.#models.some(({ kind, state }) => kind === 'cross-encoder' && state === 'ready'),
  )
  /** Everything that has to be filled in is. */
  readonly complete: boolean = $derived.by(() => {
    if (this.source === 'run') return this.qrels.trim() !== '' && this.runFile.trim() !== ''
    const hasSystem = this.mode === 'lexical' || this.model !== null
    return hasSystem && (this.source === 'library' || this.folder.trim() !== '')
  })

  /** @param folder of the test set, where one is known */
  async ask(folder?: string): Promise<void> {
    this.#problem = null
    if (folder !== undefined) {
      this.source = 'folder'
      this.folder = folder
      this.split = ''
    }
    this.asking = true
    try {
      this.#models = await this.#client.models.list()
      const wanted = this.models.find(({ id }) => id === this.model) ?? this.models.find(({ active }) => active)
      this.model = (wanted ?? this.models[0])?.id ?? null
      if (this.model === null) this.mode = 'lexical'
    } catch (error) {
      this.#problem = toProblem(error)
    }
  }

  cancel(): void {
    this.asking = false
    this.#problem = null
  }

  async start(): Promise<void> {
    if (this.#busy || !this.complete) return
    this.#busy = true
    this.#problem = null
    try {
      const imported = await (this.source === 'run' ? this.#import() : this.#run())
      this.asking = false
      this.#ondone(imported)
    } catch (error) {
      this.#problem = toProblem(error)
    } finally {
      this.#busy = false
    }
  }

  #import(): Promise<Evaluation> {
    const { unjudged, intent } = this
    return this.#client.evaluation.importRun({
      qrels: cleanPath(this.qrels),
      run: cleanPath(this.runFile),
      unjudged,
      ...(intent === null ? {} : { intent }),
      ...(this.name.trim() === '' ? {} : { name: this.name.trim() }),
    })
  }

  async #run(): Promise<null> {
    const { mode, model, unjudged, intent, rerank } = this
    const split = this.split.trim()
    await this.#client.evaluation.run({
      dataset: this.source === 'library' ? LIBRARY : cleanPath(this.folder),
      ...{ mode, unjudged, rerank: rerank && this.hasReranker },
      ...(mode === 'lexical' || model === null ? {} : { model }),
      ...(intent === null || this.source === 'library' ? {} : { intent }),
      ...(split === '' || this.source === 'library' ? {} : { split }),
    })
    return null
  }
}
