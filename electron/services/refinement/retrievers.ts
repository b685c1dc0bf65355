import { WorkbenchError } from '../../contracts/errors.ts'
import { said } from '../../contracts/wording.ts'
import { INTENTS } from '../../contracts/intents.ts'
import type { RetrieverShelf } from '../../refinement/index.ts'
import {
  LATENT_SEMANTIC_ID,
  latentSemanticSource,
  LatentSemanticIndex,
  lexicalBatch,
  LexicalRetriever,
  libraryState,
  rerankedBatch,
  vectorBatch,
  type BatchRetriever,
  type InstalledModel,
  type VectorStore,
} from '../../retrieval/index.ts'
import type { Library } from '../library.ts'

/** What refinement may ask in a library: keywords, the latent semantic index, every embedding model with a complete index. */
export class LibraryRetrievers implements RetrieverShelf {
  readonly #library: Library
  readonly #lexical: LexicalRetriever
  /** The last fit, for as long as the library stays as it was. */
  #latent: { readonly state: string; readonly index: Promise<LatentSemanticIndex> } | undefined

  constructor(library: Library) {
    this.#library = library
    this.#lexical = new LexicalRetriever(library.db)
  }

  /** Three different kinds first, in the order in which a fresh machine has them; then further models and rerankings. */
  ids(): string[] {
    const ids = [this.#lexical.id, LATENT_SEMANTIC_ID, ...this.#indexedModels().map(({ id }) => id)]
    const reranker = this.#library.models.installedReranker()
    return reranker ? [...ids, `${this.#lexical.id}+${reranker.id}`] : ids
  }

  async open(id: string, signal: AbortSignal): Promise<BatchRetriever> {
    const { db, models } = this.#library
    if (id === this.#lexical.id) return lexicalBatch(db, this.#lexical)
    if (id === LATENT_SEMANTIC_ID) return vectorBatch(await this.#latentSemantic(signal))
    const [base, rerankerId] = id.split('+')
    if (base !== undefined && rerankerId !== undefined && models.installedReranker()?.id === rerankerId)
      return rerankedBatch(await this.open(base, signal), models.reranker())
    const model = this.#indexedModels().find((one) => one.id === id)
    if (!model) {
      throw new WorkbenchError(
        'NO_MODEL',
        said`There is no retriever "${id}" with an index of the whole library. There are: ${this.ids().join(', ')}. A model gets its index by: dmr models use ID.`,
      )
    }
    return vectorBatch(this.#dense(model, models.vectors(models.keyOf(model))!.store))
  }

  async #latentSemantic(signal: AbortSignal) {
    const state = libraryState(this.#library.db)
    if (this.#latent?.state !== state)
      this.#latent = { state, index: LatentSemanticIndex.fit(this.#library.db, { signal }) }
    try {
      return latentSemanticSource(await this.#latent.index, state)
    } catch (error) {
      this.#latent = undefined
      throw error
    }
  }

  #dense(model: InstalledModel, store: VectorStore) {
    const { models, db } = this.#library
    return {
      id: model.id,
      version: `${store.info.version} ${libraryState(db)}`,
      dimensions: store.info.dimensions,
      blocks: () => store.blocks(),
      vector: (passageId: number) => store.vector(passageId),
      async encode(queries: readonly { text: string; intent: (typeof INTENTS)[number] }[], signal?: AbortSignal) {
        const vectors = new Float32Array(queries.length * store.info.dimensions)
        // Each intent has its own instruction, and a batch is encoded under one.
        for (const intent of INTENTS) {
          const own = queries.flatMap((query, row) => (query.intent === intent ? [{ text: query.text, row }] : []))
          if (own.length === 0) continue
          const encoded = await models.background.encode(
            models.specOf(model),
            own.map(({ text }) => text),
            { kind: 'query', intent, ...(signal ? { signal } : {}) },
          )
          own.forEach(({ row }, i) =>
            vectors.set(
              encoded.vectors.subarray(i * encoded.dimensions, (i + 1) * encoded.dimensions),
              row * encoded.dimensions,
            ),
          )
        }
        return vectors
      },
    }
  }

  /** The model in use first. */
  #indexedModels(): InstalledModel[] {
    const { models } = this.#library
    const active = models.active?.modelId
    return models.registry
      .list()
      .filter((model) => {
        if (model.kind !== 'embedding' || model.problem !== undefined) return false
        const store = models.vectors(models.keyOf(model))?.store
        return store !== undefined && store.passagesWithoutVector(1).length === 0
      })
      .sort((a, b) => Number(b.id === active) - Number(a.id === active))
  }
}
