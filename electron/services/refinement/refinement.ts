import { basename } from 'node:path'
import * as v from 'valibot'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said } from '../../contracts/wording.ts'
import {
  localModelSettings,
  openAiSettings,
  type LocalModelSettings,
  type OpenAiSettings,
} from '../../contracts/refinement.ts'
import type { JobContext, JobHandler } from '../../jobs/index.ts'
import {
  buildInSteps,
  BuiltInGenerator,
  FilterJob,
  MineJob,
  planMtp,
  planMtt,
  ChatClient,
  ChatGenerator,
  LocalModelClient,
  readSynthesisPrompts,
  SynthesizeJob,
  type BuiltDataset,
  type DatasetStore,
  type PairGenerator,
} from '../../refinement/index.ts'
import {
  DatasetRepository,
  GenerationRepository,
  MiningRunRepository,
  PairRepository,
  PairVoteRepository,
  TrainingTextRepository,
} from '../../storage/index.ts'
import type { Library } from '../library.ts'
import { LibraryRetrievers } from './retrievers.ts'

const LANGUAGE_MODEL = 'refinement.languageModel'
const LOCAL_MODEL = 'refinement.localModel'

/** Everything that turns a library into training data: its tables, retrievers, generators and jobs. */
export class Refinement {
  readonly pairs: PairRepository
  readonly votes: PairVoteRepository
  readonly mining: MiningRunRepository
  readonly datasets: DatasetRepository
  readonly trainingTexts: TrainingTextRepository
  readonly generations: GenerationRepository
  readonly retrievers: LibraryRetrievers
  readonly #library: Library

  constructor(library: Library) {
    const { db } = library
    this.#library = library
    this.pairs = new PairRepository(db)
    this.votes = new PairVoteRepository(db)
    this.mining = new MiningRunRepository(db)
    this.datasets = new DatasetRepository(db)
    this.trainingTexts = new TrainingTextRepository(db)
    this.generations = new GenerationRepository(db)
    this.retrievers = new LibraryRetrievers(library)
    this.#registerJobs()
  }

  get store(): DatasetStore {
    const { datasets, trainingTexts } = this
    return { datasets, trainingTexts, atomically: (action) => this.#library.db.transaction(action).immediate() }
  }

  /** Undefined until a person has said which server to ask. */
  get languageModel(): OpenAiSettings | undefined {
    const parsed = v.safeParse(openAiSettings, this.#library.repositories.settings.get(LANGUAGE_MODEL))
    return parsed.success ? parsed.output : undefined
  }

  set languageModel(settings: OpenAiSettings | undefined) {
    this.#library.repositories.settings.set(LANGUAGE_MODEL, settings ?? null)
  }

  /** Undefined until a person has named a model file. */
  get localModel(): LocalModelSettings | undefined {
    const parsed = v.safeParse(localModelSettings, this.#library.repositories.settings.get(LOCAL_MODEL))
    return parsed.success ? parsed.output : undefined
  }

  set localModel(settings: LocalModelSettings | undefined) {
    this.#library.repositories.settings.set(LOCAL_MODEL, settings ?? null)
  }

  #registerJobs(): void {
    const { db, queue, repositories } = this.#library
    const { documents, searches } = repositories
    const { pairs, votes, mining, datasets, trainingTexts, retrievers } = this
    const shared = { db, pairs, votes, mining, datasets, trainingTexts, retrievers, documents, searches }
    queue.register(new SynthesizeJob({ ...shared, openGenerator: (id) => this.#openGenerator(id) }))
    queue.register(
      followedBy(new FilterJob(shared), async (result, signal) => ({
        ...result,
        dataset: await buildInSteps(shared, planMtp(shared, result.filterId), signal),
      })),
    )
    queue.register(
      followedBy(new MineJob(shared), async (result, signal) => {
        const sets: BuiltDataset[] = []
        for (const plan of planMtt(shared, result.miningId)) sets.push(await buildInSteps(shared, plan, signal))
        return { ...result, sets }
      }),
    )
  }

  #openGenerator(id: PairGenerator['id']): PairGenerator {
    if (id === 'cloze') return new BuiltInGenerator()
    const prompts = readSynthesisPrompts(this.#library.platform.paths.resources)
    const shared = { prompts, generations: this.generations }
    if (id === 'gguf') return this.#openLocalModel(shared)
    const settings = this.languageModel
    if (!settings) {
      throw new WorkbenchError(
        'NOT_AVAILABLE',
        said`No language model is configured. Name a server and its model once: dmr synthesize --generator openai --base-url http://127.0.0.1:11434/v1 --generator-model NAME. Or use the built-in generator.`,
      )
    }
    return new ChatGenerator({ ...shared, id, settings, client: new ChatClient(settings) })
  }

  #openLocalModel(shared: Pick<ConstructorParameters<typeof ChatGenerator>[0], 'prompts' | 'generations'>) {
    const settings = this.localModel
    if (!settings)
      throw new WorkbenchError(
        'NOT_AVAILABLE',
        said`No local model is configured. Name a GGUF file once: dmr synthesize --generator gguf --model-file FILE. Or use the built-in generator.`,
      )
    const { launcher } = this.#library.platform
    const client = new LocalModelClient(launcher, { ...settings, threads: this.#library.threads })
    // One answer after the other: the model has all threads anyway.
    const model = { model: basename(settings.file, '.gguf'), parallel: 1, prices: null }
    return new ChatGenerator({ ...shared, id: 'gguf', settings: model, client })
  }
}

/** The same job, whose result is completed when it has run: the data sets that come of it. */
function followedBy<Params, Result, Completed>(
  job: JobHandler<Params, Result>,
  complete: (result: Result, signal: AbortSignal) => Promise<Completed>,
): JobHandler<Params, Completed> {
  return {
    kind: job.kind,
    lane: job.lane,
    pausable: job.pausable,
    afterRestart: job.afterRestart,
    title: (params) => job.title(params),
    run: async (context: JobContext<Params>) => complete(await job.run(context), context.signal),
  }
}
