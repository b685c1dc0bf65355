import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { WorkbenchError } from '../../../contracts/errors.ts'
import { said, type Wording } from '../../../contracts/wording.ts'

const PACKAGE = 'node-llama-cpp'
/** The one whose interface is written down below. */
const KNOWN_MAJOR = 3

/** The part of node-llama-cpp 3 that is used here (node-llama-cpp.withcat.ai/api). */
export interface LlamaRuntime {
  getLlama(options: {
    readonly gpu: false | 'auto'
    readonly build: 'never'
    readonly skipDownload: true
    readonly progressLogs: false
    readonly logLevel: 'error'
  }): Promise<Llama>
  readonly LlamaChatSession: new (options: {
    readonly contextSequence: LlamaSequence
    readonly systemPrompt: string
    readonly autoDisposeSequence: false
  }) => LlamaSession
}
export interface Llama {
  loadModel(options: { readonly modelPath: string; readonly gpuLayers?: number }): Promise<LlamaModel>
  createGrammarForJsonSchema(schema: object): Promise<object>
}
export interface LlamaModel {
  readonly trainContextSize: number
  tokenize(text: string): { readonly length: number }
  createContext(options: {
    readonly contextSize: { readonly max: number }
    readonly threads: number
  }): Promise<{ getSequence(): LlamaSequence }>
}
export interface LlamaSequence {
  readonly tokenMeter: { getState(): { readonly usedInputTokens: number; readonly usedOutputTokens: number } }
  clearHistory(): Promise<void>
}
export interface LlamaSession {
  prompt(
    text: string,
    options: {
      readonly grammar: object
      readonly maxTokens: number
      readonly temperature: number
      readonly seed: number
      readonly signal: AbortSignal
    },
  ): Promise<string>
  dispose(): void
}

/**
 * Loads node-llama-cpp, which no installation has unless somebody put it there: its binaries are larger than the application.
 * @param folder in which it was installed, or its own folder; null: among the application's packages
 * @throws WorkbenchError NOT_AVAILABLE with the command that installs it
 */
export async function loadRuntime(folder: string | null): Promise<LlamaRuntime> {
  const entry = folder === null ? PACKAGE : entryIn(folder)
  try {
    const loaded = (await import(entry)) as Partial<LlamaRuntime>
    if (typeof loaded.getLlama !== 'function' || typeof loaded.LlamaChatSession !== 'function')
      throw new Error('it does not offer getLlama and LlamaChatSession')
    return loaded as LlamaRuntime
  } catch (error) {
    throw new WorkbenchError(
      'NOT_AVAILABLE',
      said`${remedy(folder)} (${(error as Error).message.split('\n')[0] ?? ''})`,
      {
        cause: error,
      },
    )
  }
}

/** Address of the package's module in a folder. */
function entryIn(folder: string): string {
  const home = [join(folder, 'node_modules', PACKAGE), join(folder, PACKAGE), folder].find((path) =>
    existsSync(join(path, 'package.json')) ? manifestOf(path).name === PACKAGE : false,
  )
  if (home === undefined) throw new WorkbenchError('NOT_AVAILABLE', remedy(folder))
  const { version, main } = manifestOf(home)
  if (!version?.startsWith(`${KNOWN_MAJOR}.`))
    throw new WorkbenchError(
      'NOT_AVAILABLE',
      said`${home} holds ${PACKAGE} ${version ?? said`of unknown version`}; version ${KNOWN_MAJOR} is needed. ${remedy(folder)}`,
    )
  return pathToFileURL(join(home, main ?? 'index.js')).href
}

function manifestOf(home: string): { name?: string; version?: string; main?: string } {
  return JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as ReturnType<typeof manifestOf>
}

function remedy(folder: string | null): Wording {
  const place = folder ?? said`a folder of your choice`
  const { platform, arch } = process
  const system = platform === 'darwin' ? 'mac' : platform === 'win32' ? 'win' : 'linux'
  const binaries = `@${PACKAGE}/${system}-${arch}${system === 'mac' && arch === 'arm64' ? '-metal' : ''}`
  return said`Local models need the package ${PACKAGE}, which is not in ${place}. Install it there: npm install --omit=optional ${PACKAGE}@${KNOWN_MAJOR} ${binaries}@${KNOWN_MAJOR}, and name that folder beside the model. Or use the built-in rules.`
}
