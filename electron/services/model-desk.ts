import { rm } from 'node:fs/promises'
import { WorkbenchError } from '../contracts/errors.ts'
import { said } from '../contracts/wording.ts'
import { INTENTS, type Intent } from '../contracts/intents.ts'
import type { ModelBenchRow, ModelCard, ModelIndex } from '../contracts/models.ts'
import { promptFor } from '../contracts/prompts.ts'
import { cachedCorpora } from '../evaluation/index.ts'
import { DEVICES, type Device } from '../ml/session/index.ts'
import { isSame, VectorStore, type EmbedParams, type InstalledModel, type VectorIndexKey } from '../retrieval/index.ts'
import type { Library } from './library.ts'

/** What the Models view shows. */
const QUALITY_MEASURE = 'nDCG@10(exp)'

/** What people do with models in one library. */
export class ModelDesk {
  readonly #library: Library

  constructor(library: Library) {
    this.#library = library
  }

  /** Installed models, and those of which only an index is left. */
  cards(): ModelCard[] {
    const { db, models } = this.#library
    const installed = models.registry.list()
    const known = new Set(installed.map((model) => model.id))
    const orphans = [...new Set(VectorStore.list(db).map(({ modelId }) => modelId))].filter((id) => !known.has(id))
    return [...installed.map((model) => this.#cardOf(model)), ...orphans.map((id) => this.#orphanCard(id))]
  }

  /** @throws WorkbenchError NO_MODEL. */
  card(id: string): ModelCard {
    const card = this.cards().find((candidate) => candidate.id === id)
    if (!card) this.#library.models.registry.require(id)
    return card!
  }

  /** @throws WorkbenchError NO_MODEL, MODEL_INVALID; BAD_INPUT for a reranker. */
  requireEmbedder(id: string): InstalledModel {
    const model = this.#library.models.registry.require(id)
    if (model.kind === 'embedding') return model
    throw new WorkbenchError(
      'BAD_INPUT',
      said`"${id}" is a reranker: searches with --rerank use it as it is. Choose an embedding model.`,
    )
  }

  /** Switches search to a model. @returns the job that builds its index first, or brings it up to date. */
  use(id: string): number | undefined {
    const { models, repositories } = this.#library
    this.#library.requireWritable()
    const key = models.keyOf(this.requireEmbedder(id))
    if (typeof repositories.vectorIndexes.of(key)?.completedAt !== 'number' || !models.vectors(key))
      return this.#library.embed(id, { activate: true })
    models.switchTo(key)
    this.#library.changes.emit()
    return this.#library.embedMissing()
  }

  /**
   * Removes a model, its copy and its indexes in this library.
   * @throws WorkbenchError BAD_INPUT when search uses it and that was not said.
   */
  async remove(id: string, evenIfInUse: boolean): Promise<void> {
    const { models } = this.#library
    this.#library.requireWritable()
    const model = models.registry.find(id)
    const keys = this.#keysOf(id)
    if (!model && keys.length === 0) models.registry.require(id)
    const isInUse = keys.some((key) => isSame(key, models.active))
    if (isInUse && !evenIfInUse) {
      throw new WorkbenchError(
        'BAD_INPUT',
        said`Search uses "${id}". Switch to another model first, or remove it with --force and search by keywords only.`,
      )
    }
    this.dropIndexes(id)
    if (!model) return
    await models.releaseFiles(model)
    await models.registry.remove(id)
    await rm(cachedCorpora(this.#library.evaluation.cacheFolder, id), { recursive: true, force: true })
  }

  /** Removes all vectors of a model from this library; search falls back to keywords when it used them. */
  dropIndexes(id: string): void {
    const { models, queue, repositories } = this.#library
    this.#library.requireWritable()
    for (const job of repositories.jobs.unfinished())
      if (job.kind === 'embed' && (job.params as { modelId?: string }).modelId === id) queue.cancel(job.id)
    for (const key of this.#keysOf(id)) {
      if (isSame(key, models.active)) models.switchTo(undefined)
      models.dropVectors(key)
    }
    this.#library.changes.emit()
  }

  /** Switches back to the index in use before. @returns the model, and the job that embeds what was added since. */
  rollBack(): { active: string; jobId: number | null } {
    const { models } = this.#library
    this.#library.requireWritable()
    const { previous } = models
    if (!previous || !models.vectors(previous))
      throw new WorkbenchError('NO_MODEL', said`There is no earlier index to roll back to.`)
    if (!isSame(models.keyOf(this.requireEmbedder(previous.modelId)), previous)) {
      throw new WorkbenchError(
        'MODEL_INVALID',
        said`"${previous.modelId}" was replaced since: its earlier index belongs to files that are gone. Use it anew: dmr models use ${previous.modelId}.`,
      )
    }
    models.switchTo(previous)
    this.#library.changes.emit()
    return { active: previous.modelId, jobId: this.#library.embedMissing() ?? null }
  }

  async bench(id: string, signal?: AbortSignal): Promise<ModelBenchRow[]> {
    const { models } = this.#library
    const model = this.requireEmbedder(id)
    const rows = await models.background.bench(models.specOf(model), signal ? { signal } : {})
    const full = rows.filter((row) => row.precision === 'fp32')
    const fastest = full.toSorted((a, b) => (b.tokensPerSecond ?? 0) - (a.tokensPerSecond ?? 0))[0]
    if (fastest?.tokensPerSecond && model.precision === 'fp32' && isDevice(fastest.device)) {
      const devices = full.map(({ device, tokensPerSecond, reason }) => ({
        ...{ device },
        ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }),
        ...(reason === undefined ? {} : { reason }),
      }))
      models.registry.setDevice(id, { device: fastest.device, devices })
    }
    return rows.map((row) => ({ ...row }))
  }

  #keysOf(id: string): VectorIndexKey[] {
    return VectorStore.list(this.#library.db).filter(({ modelId }) => modelId === id)
  }

  #cardOf(model: InstalledModel): ModelCard {
    const { models } = this.#library
    const key = models.keyOf(model)
    const { prompts } = model
    const queryPrompts = INTENTS.map((intent) => [intent, promptFor(prompts, 'query', intent)] as const)
    return {
      id: model.id,
      name: model.name,
      kind: model.kind,
      origin: model.origin,
      state: model.problem === undefined ? 'ready' : 'missing',
      reason: model.problem ? String(model.problem) : null,
      reasonWording: model.problem?.toJSON(),
      architecture: model.architecture,
      parameters: model.parameters,
      dimensions: model.dimensions,
      pooling: model.pooling,
      maxTokens: model.maxTokens,
      prompts: {
        query: Object.fromEntries(queryPrompts) as Record<Intent, string>,
        passage: promptFor(prompts, 'passage'),
      },
      version: model.version,
      bytes: model.files.reduce((sum, file) => sum + file.bytes, 0),
      addedAt: model.addedAt,
      path: model.path,
      device: model.device,
      precision: model.precision,
      devices: model.devices.map((report) => definedOnly(report)),
      warnings: model.warnings,
      active: isSame(models.active, key),
      previous: isSame(models.previous, key),
      indexed: model.kind === 'embedding' ? this.#indexOf(key) : null,
      quality: this.#qualityOf(model),
    }
  }

  #orphanCard(id: string): ModelCard {
    const { models } = this.#library
    const info = VectorStore.list(this.#library.db).find(({ modelId }) => modelId === id)!
    const reason = said`The model itself is not on this computer; only its index is here. Import it again, or remove the index.`
    return {
      ...{ id, name: id, kind: 'embedding', origin: 'copy', state: 'missing' },
      ...{ reason: String(reason), reasonWording: reason.toJSON() },
      ...{ architecture: 'unknown', parameters: 0, dimensions: info.dimensions, pooling: 'unknown', maxTokens: 0 },
      prompts: {
        query: Object.fromEntries(INTENTS.map((intent) => [intent, ''])) as Record<Intent, string>,
        passage: '',
      },
      ...{ version: info.version, bytes: 0, addedAt: 0, path: '', device: 'cpu', precision: 'fp32' },
      ...{ devices: [], warnings: [] },
      active: isSame(models.active, info),
      previous: isSame(models.previous, info),
      indexed: this.#indexOf(info),
      quality: null,
    }
  }

  #indexOf(key: VectorIndexKey): ModelIndex | null {
    const { models, repositories } = this.#library
    const store = models.vectors(key)?.store
    const jobs = repositories.jobs
      .unfinished()
      .filter(({ kind, params }) => kind === 'embed' && (params as Partial<EmbedParams>).modelId === key.modelId)
    if (!store && jobs.length === 0) return null
    const report = repositories.vectorIndexes.of(key)
    const passages = store?.count ?? 0
    return {
      passages,
      total: repositories.documents.passageCount(),
      complete: typeof report?.completedAt === 'number',
      bytes: passages * (store?.info.dimensions ?? 0) * Float32Array.BYTES_PER_ELEMENT,
      recall: report?.recall ?? null,
      jobId: jobs[0]?.id ?? null,
      switches:
        jobs.some(({ params }) => (params as Partial<EmbedParams>).activate === true) && !isSame(models.active, key),
    }
  }

  #qualityOf(model: InstalledModel): ModelCard['quality'] {
    const evaluation = this.#library.repositories.evaluations.latestOfModel(model.id)
    const value = evaluation?.metrics[QUALITY_MEASURE]
    if (!evaluation || evaluation.modelVersion !== model.version || value === undefined) return null
    return { evaluationId: evaluation.id, dataset: evaluation.dataset, measure: QUALITY_MEASURE, value }
  }
}

function isDevice(name: string): name is Device {
  return (DEVICES as readonly string[]).includes(name)
}

function definedOnly<T extends object>(values: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}
