import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said, type Wording } from '../../contracts/wording.ts'
import { inspectModel, type Device, type Precision } from '../../ml/session/index.ts'
import { ModelError } from '../../ml/models/model-error.ts'
import { hasEffect, listModelFiles, modelVersion, readModelFiles } from './model-files.ts'
import { readManifest, writeManifest, type ModelManifest } from './model-manifest.ts'
import type { ModelSpec, OpenedModel } from './protocol.ts'

const MANIFEST = 'workbench-model.json'
/** Also the names of folders and of things people type after a command. */
const ID = /^[a-z0-9][a-z0-9._-]{0,63}$/u
/** Mean something else where a model id is expected. */
const RESERVED = new Set(['lexical', 'hybrid', 'dense', 'none', 'auto', 'all'])

/** Files that decide what a model computes. */
const WEIGHTS = /\.(safetensors|onnx|onnx_data|bin)$/u

/** An installed model and whether it can be used now. */
export interface InstalledModel extends ModelManifest {
  /** Absolute path of its files. */
  readonly path: string
  /** Why it cannot be used, as a sentence for people; undefined when it can. */
  readonly problem: Wording | undefined
}

export interface ImportOptions {
  /** Default: the folder's name in lower case. */
  readonly id?: string | undefined
  /** What the copy's folder is called and people read; default: the folder's own name. */
  readonly name?: string | undefined
  /** Refer to the folder where it is, without copying it. */
  readonly link?: boolean | undefined
  readonly precision?: Precision | undefined
  readonly device?: Device | 'auto' | undefined
  readonly signal?: AbortSignal | undefined
  /** @param done bytes copied and hashed. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/**
 * [Note: model places]
 * `<data>/models/<id>/` holds a manifest and, for copies, the model's folder under its own name: the name tells the model's
 * family and with it the wording of queries, whatever id a person chose. Models are shared by all libraries; which one a
 * library searches with is the library's setting.
 */
export class ModelRegistry {
  readonly #place: string
  readonly #builtIn: string
  readonly #allowed: ReadonlySet<string> | undefined
  readonly #probe: (model: ModelSpec) => Promise<OpenedModel>

  /**
   * @param options.place `<data>/models`, made when first needed
   * @param options.builtIn `<resources>/models`: every folder in it is a model, by its name
   * @param options.allowed SHA-256 of the weight files that may be used; undefined: any
   * @param options.probe opens a model in a compute process
   */
  constructor(options: {
    readonly place: string
    readonly builtIn: string
    readonly allowed?: readonly string[] | undefined
    readonly probe: (model: ModelSpec) => Promise<OpenedModel>
  }) {
    this.#place = options.place
    this.#builtIn = options.builtIn
    this.#allowed = options.allowed && new Set(options.allowed)
    this.#probe = options.probe
  }

  /** All installed models by id; those that came with the application first. */
  list(): InstalledModel[] {
    const models = folders(this.#place).flatMap((id) => this.find(id) ?? [])
    return models.sort((a, b) => Number(b.origin === 'built-in') - Number(a.origin === 'built-in') || byId(a, b))
  }

  find(id: string): InstalledModel | undefined {
    if (!ID.test(id)) return undefined
    const manifest = readManifest(join(this.#place, id, MANIFEST))
    if (manifest?.id !== id) return undefined
    const path = this.#pathOf(manifest)
    return { ...manifest, path, problem: problemOf(manifest, path) ?? this.#forbidden(manifest) }
  }

  /** @returns why a policy forbids the model, or undefined. */
  #forbidden({ origin, files }: ModelManifest): Wording | undefined {
    if (!this.#allowed || origin === 'built-in') return undefined
    const foreign = files.find(({ path, sha256 }) => WEIGHTS.test(path) && !this.#allowed?.has(sha256))
    return (
      foreign &&
      said`${foreign.path} (SHA-256 ${foreign.sha256}) is not among the models that your organisation allows. Ask your administrator.`
    )
  }

  /** @throws WorkbenchError NO_MODEL naming those there are; MODEL_INVALID when its files are gone or changed. */
  require(id: string): InstalledModel {
    const model = this.find(id)
    if (!model) {
      const known = this.list().map((other) => other.id)
      throw new WorkbenchError(
        'NO_MODEL',
        said`There is no model "${id}". ${known.length > 0 ? said`Installed: ${known.join(', ')}.` : said`Import one: dmr models import FOLDER.`}`,
      )
    }
    if (model.problem !== undefined) throw new WorkbenchError('MODEL_INVALID', model.problem)
    return model
  }

  /**
   * Opens and probes a folder, then copies it. The same content under the same id is left as it is.
   * @throws WorkbenchError MODEL_INVALID naming the file and the remedy, BAD_INPUT for an id that is taken or not allowed.
   */
  async import(folder: string, options: ImportOptions = {}): Promise<InstalledModel> {
    const path = resolve(folder)
    const { name: own } = await inspect(path)
    const name = options.name ?? own
    const id = options.id ?? idFrom(name)
    checkId(id)
    const existing = this.find(id)
    const files = await listModelFiles(path)
    const manifest = await this.#examine(path, { id, name, origin: options.link ? 'link' : 'copy' }, options)
    await this.#removeAbandoned()
    const staging = join(this.#place, `.${id}.${process.pid}`)
    try {
      mkdirSync(join(staging, name), { recursive: true })
      const { signal, onProgress } = options
      const entries = await readModelFiles(files, {
        ...(options.link ? {} : { copyTo: join(staging, name) }),
        ...(signal ? { signal } : {}),
        ...(onProgress ? { onProgress } : {}),
      })
      const version = modelVersion(entries, manifest.precision)
      if (existing?.version === version && existing.problem === undefined) return existing
      if (existing && existing.problem === undefined) throw taken(id)
      writeManifest(join(staging, MANIFEST), { ...manifest, files: entries, version })
      await rm(join(this.#place, id), { recursive: true, force: true })
      await rename(staging, join(this.#place, id))
    } finally {
      await rm(staging, { recursive: true, force: true })
    }
    return this.require(id)
  }

  /** Copies that a killed import left behind: their names end with the number of its process. */
  async #removeAbandoned(): Promise<void> {
    if (!existsSync(this.#place)) return
    for (const name of readdirSync(this.#place)) {
      const pid = /^\..+\.(\d+)$/u.exec(name)?.[1]
      if (pid !== undefined && !isRunning(Number(pid)))
        await rm(join(this.#place, name), { recursive: true, force: true })
    }
  }

  /**
   * Registers the models that came with the application, when they are new or were changed by an update.
   * @throws WorkbenchError MODEL_INVALID for a damaged installation.
   */
  async registerBuiltIn(): Promise<void> {
    // Beside the models lie the programs that made them.
    const ids = folders(this.#builtIn).filter((id) => existsSync(join(this.#builtIn, id, 'config.json')))
    for (const id of ids) {
      const known = this.find(id)
      if (known && (known.origin !== 'built-in' || known.problem === undefined)) continue
      const path = join(this.#builtIn, id)
      const manifest = await this.#examine(path, { id, name: id, origin: 'built-in' }, {})
      const files = await readModelFiles(await listModelFiles(path))
      mkdirSync(join(this.#place, id), { recursive: true })
      writeManifest(join(this.#place, id, MANIFEST), { ...manifest, files, version: modelVersion(files, 'fp32') })
    }
  }

  /** Stores on which device a model runs best here. */
  setDevice(id: string, change: Pick<ModelManifest, 'device' | 'devices'>): InstalledModel {
    const { path: _path, problem: _problem, ...manifest } = this.require(id)
    writeManifest(join(this.#place, id, MANIFEST), { ...manifest, ...change })
    return this.require(id)
  }

  /**
   * Deletes a model's copy; a linked folder stays.
   * @throws WorkbenchError NO_MODEL, or BAD_INPUT for a model that belongs to the application.
   */
  async remove(id: string): Promise<void> {
    const model = this.find(id)
    if (!model) this.require(id)
    if (model?.origin === 'built-in' && existsSync(model.path))
      throw new WorkbenchError('BAD_INPUT', said`"${id}" comes with the application and cannot be removed.`)
    await rm(join(this.#place, id), { recursive: true, force: true })
  }

  async #examine(
    path: string,
    identity: Pick<ModelManifest, 'id' | 'name' | 'origin'>,
    { device = 'auto', precision = 'fp32' }: ImportOptions,
  ): Promise<Omit<ModelManifest, 'files' | 'version'>> {
    const { kind } = await inspect(path)
    const { info, warnings } = await this.#probe({ path, kind, device, precision })
    const { architecture, parameters, dimensions, pooling, maxTokens, prompts } = info
    return {
      ...identity,
      format: 1,
      folder: identity.origin === 'link' ? path : basename(identity.name),
      addedAt: Date.now(),
      kind,
      architecture,
      parameters,
      dimensions,
      pooling,
      maxTokens,
      prompts: { family: prompts.family, own: { ...prompts.own } },
      ...('device' in info
        ? { device: info.device, precision: info.precision, devices: info.devices.map((report) => ({ ...report })) }
        : { device: 'cpu', precision, devices: [] }),
      warnings: [...warnings],
    }
  }

  #pathOf({ origin, id, folder }: ModelManifest): string {
    if (origin === 'link') return folder
    return origin === 'built-in' ? join(this.#builtIn, id) : join(this.#place, id, folder)
  }
}

/** How a compute process is told to run a model. */
export function modelSpec(model: InstalledModel, threads?: number): ModelSpec {
  const { path, kind, version, device, precision } = model
  return { path, kind, version, device, precision, ...(threads === undefined ? {} : { threads }) }
}

async function inspect(path: string): ReturnType<typeof inspectModel> {
  try {
    return await inspectModel(path)
  } catch (error) {
    if (!(error instanceof ModelError)) throw error
    throw new WorkbenchError('MODEL_INVALID', error.message, { cause: error, details: { reason: error.code } })
  }
}

function problemOf({ files, origin }: ModelManifest, path: string): Wording | undefined {
  const remedy =
    origin === 'built-in'
      ? said`Install the application again.`
      : said`Import the model again, or remove it from the list.`
  for (const file of files) {
    if (!hasEffect(file.path)) continue
    const found = statSync(join(path, ...file.path.split('/')), { throwIfNoEntry: false })
    if (!found) return said`${join(path, file.path)} is gone. ${remedy}`
    // Our own copies may have been restored from a backup, which changes their times.
    const touched = origin !== 'copy' && Math.trunc(found.mtimeMs) !== file.modified
    if (found.size !== file.bytes || touched)
      return said`${join(path, file.path)} was changed since the import. ${remedy}`
  }
  return undefined
}

function idFrom(name: string): string {
  const id = name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/gu, '-')
    .replace(/^[^a-z0-9]+/u, '')
    .slice(0, 64)
  return id === '' ? 'model' : id
}

function checkId(id: string): void {
  if (ID.test(id) && !RESERVED.has(id)) return
  throw new WorkbenchError(
    'BAD_INPUT',
    said`"${id}" cannot be a model id. Use up to 64 small letters, digits, dots, dashes and underscores, such as county-33m (on the command line: --id).`,
  )
}

function taken(id: string): WorkbenchError {
  return new WorkbenchError(
    'BAD_INPUT',
    said`There is another model "${id}" already. Choose another name (on the command line: --id), or remove the other one first.`,
  )
}

function folders(path: string): string[] {
  if (!existsSync(path)) return []
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
}

function byId(a: InstalledModel, b: InstalledModel): number {
  return a.id < b.id ? -1 : 1
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
