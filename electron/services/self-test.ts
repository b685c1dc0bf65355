import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { DoctorCheck } from '../contracts/system.ts'
import { checkHashList, hasHashList } from '../platform/hash-list.ts'
import type { HostPlatform } from '../platform/host-platform.ts'
import { APP_VERSION } from './version.ts'
import { openWorkbench, type Workbench } from './workbench.ts'

/** A document of two pages that comes with the application, and a question that its first page answers. */
const DOCUMENT = 'public-information/heat-safety-leaflet.pdf'
const QUESTION = 'when do cooling centers stay open all night'
const REINSTALL = 'Install the application again.'

export interface SelfTestStep extends DoctorCheck {
  readonly milliseconds: number
}

export interface SelfTestReport {
  readonly ok: boolean
  readonly version: string
  readonly system: string
  readonly steps: readonly SelfTestStep[]
}

interface Step {
  readonly name: string
  readonly remedy: string
  /** @returns what was found, for people. Throws where the step fails. */
  run(): Promise<string>
}

/**
 * Tries what an installation consists of, on a library of its own in the temporary folder: files as they were packed, native
 * libraries, reading, the model that comes with the application, search. Nothing of the person's is opened. Every step runs,
 * so that one report names every fault.
 */
export async function runSelfTest(platform: HostPlatform): Promise<SelfTestReport> {
  const folder = mkdtempSync(join(tmpdir(), 'dmr-selftest-'))
  let opened: Workbench | undefined
  const workbench = (): Workbench => (opened ??= openTrial(platform, folder))
  const steps: SelfTestStep[] = []
  try {
    for (const step of stepsOf(platform, folder, workbench)) steps.push(await timed(step))
  } finally {
    await opened?.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  return {
    ok: steps.every((step) => step.ok),
    version: APP_VERSION,
    system: `${process.platform} ${process.arch}, Node ${process.versions.node}`,
    steps,
  }
}

/** Compares the installation's files with the list made when it was packed. Throws naming the first that differ. */
export async function checkInstalledFiles(resources: string): Promise<string> {
  const installation = dirname(resources)
  if (!hasHashList(installation)) return 'Runs from a checkout, which has no list of files'
  const { files, bytes, faults } = await checkHashList(installation)
  const named = faults.slice(0, 5).map(({ path, fault }) => `${path} is ${fault}`)
  if (faults.length > 0) throw new Error(`${faults.length} of ${files} files differ: ${named.join(', ')}`)
  return `${files} files, ${(bytes / 2 ** 20).toFixed(0)} MB, all as packed`
}

function stepsOf({ paths }: HostPlatform, folder: string, workbench: () => Workbench): Step[] {
  return [
    {
      name: 'Installed files',
      remedy: `${REINSTALL} If it happens again, tell your administrator: somebody may have changed the program.`,
      run: () => checkInstalledFiles(paths.resources),
    },
    {
      name: 'Native libraries',
      remedy: `${REINSTALL} Choose the package for this system and processor.`,
      run: loadNativeLibraries,
    },
    {
      name: 'Library',
      remedy: `Check that the temporary folder (${tmpdir()}) can be written and has space.`,
      run: () => {
        const sql = 'SELECT sqlite_version() AS sqlite, vec_version() AS vector'
        const { sqlite, vector } = workbench().library.db.prepare<[], { sqlite: string; vector: string }>(sql).get()!
        return Promise.resolve(`Created; SQLite ${sqlite}, sqlite-vec ${vector}`)
      },
    },
    {
      name: 'Vector scan',
      remedy: 'Search works, but slowly. Use a system with WebAssembly.',
      run: async () => {
        const { backend, notes } = await workbench().library.models.kernels()
        if (backend === 'typescript') throw new Error(notes.join('; '))
        return [backend, ...notes].join('; ')
      },
    },
    { name: 'Reading', remedy: REINSTALL, run: () => readDocument(workbench(), paths.resources, folder) },
    {
      name: 'Search model',
      remedy: `${REINSTALL} Keyword search works without the model.`,
      run: () => embed(workbench()),
    },
    { name: 'Search', remedy: REINSTALL, run: () => search(workbench()) },
  ]
}

async function timed({ name, remedy, run }: Step): Promise<SelfTestStep> {
  const start = performance.now()
  const milliseconds = (): number => Math.round(performance.now() - start)
  try {
    const detail = await run()
    return { name, ok: true, detail, milliseconds: milliseconds() }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return { name, ok: false, detail, remedy, milliseconds: milliseconds() }
  }
}

/** A policy's folders do not hold for the trial document; everything else of it does. */
function openTrial(platform: HostPlatform, folder: string): Workbench {
  const { watchedRoots: _, ...values } = platform.policy?.values ?? {}
  const trial: HostPlatform = {
    ...platform,
    kind: 'cli',
    paths: { ...platform.paths, data: folder },
    shell: {},
    policy: { values, origin: platform.policy?.origin },
  }
  return openWorkbench(trial, { libraryPath: join(folder, 'library.db'), watch: false })
}

/** Those that the trial does not come by: pictures of pages, and watching folders. Each is loaded by its own package. */
async function loadNativeLibraries(): Promise<string> {
  const { createCanvas } = await import('@napi-rs/canvas')
  const context = createCanvas(2, 2).getContext('2d')
  context.fillStyle = '#ff0000'
  context.fillRect(0, 0, 2, 2)
  if (context.getImageData(1, 1, 1, 1).data[0] !== 255) throw new Error('@napi-rs/canvas draws nothing')
  await import('@parcel/watcher')
  return '@napi-rs/canvas, @parcel/watcher'
}

async function readDocument({ library }: Workbench, resources: string, folder: string): Promise<string> {
  const original = join(resources, 'sample-library', 'pdfs', DOCUMENT)
  if (!existsSync(original)) throw new Error(`${original} is missing`)
  const documents = join(folder, 'documents')
  mkdirSync(documents)
  copyFileSync(original, join(documents, 'trial.pdf'))
  await library.addSource(documents, { watched: false })
  await library.queue.result(library.index({ withoutEmbedding: true }))
  const passages = library.repositories.documents.passageCount()
  if (passages === 0) throw new Error(`${DOCUMENT} gave no passage`)
  return `${passages} passages from ${DOCUMENT}`
}

async function embed({ library }: Workbench): Promise<string> {
  await library.models.registry.registerBuiltIn()
  const job = library.embedMissing()
  if (job === undefined) throw new Error('The model that comes with the application is missing or cannot be used')
  await library.queue.result(job)
  const { active } = library.models
  if (!active) throw new Error('The model was loaded but is not in use')
  return `${active.modelId} made ${library.models.vectors(active)?.store.count ?? 0} vectors`
}

async function search({ client }: Workbench): Promise<string> {
  const { hits, model } = await client.search.query({ query: QUESTION })
  const [first] = hits
  if (first?.page !== 1) throw new Error(`"${QUESTION}" was not found on page 1 of ${DOCUMENT}`)
  if (model !== null && first.legs.dense === undefined)
    throw new Error(`"${QUESTION}" was found by keywords, but not by meaning`)
  return `Found page 1 by keywords${first.legs.dense ? ' and by meaning' : ''}`
}
