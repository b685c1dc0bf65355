import type { Database } from 'better-sqlite3'
import { INTENTS, type Intent } from '../../contracts/intents.ts'
import { WorkbenchError } from '../../contracts/errors.ts'
import { said, type Wording } from '../../contracts/wording.ts'
import type { JobContext, JobHandler } from '../../jobs/index.ts'
import { sampleWithoutReplacement, seededRandom } from '../../platform/seeded-random.ts'
import type { DocumentRepository, PairRepository, TrainingTextRepository } from '../../storage/index.ts'
import { CLEAN_PROFILES } from '../../text/clean.ts'
import { GeneratorRefusal, type GeneratorUsage, type PairGenerator, type SourcePassage } from './generator.ts'
import { sourcePassages } from './source-passages.ts'

export interface SynthesizeParams {
  readonly generator: PairGenerator['id']
  /** All six unless given. */
  readonly intents?: readonly Intent[]
  /** Passages per intent at most, drawn at random by the seed. All unless given. */
  readonly limit?: number
  readonly perPassage?: number
  readonly seed?: number
  /** Leaves out passages that the training profile of cleaning mostly drops. Off unless set. */
  readonly trainingProfile?: boolean
}

export interface SynthesizeResult {
  /** Pairs written in this run, whether new or already there from an earlier one. */
  readonly pairs: number
  readonly added: number
  /** Passages that failed for good, once per intent. */
  readonly failed: number
  readonly byIntent: Readonly<Partial<Record<Intent, { readonly passages: number; readonly pairs: number }>>>
  readonly usage: GeneratorUsage
  readonly seconds: number
}

export interface SynthesizeDependencies {
  readonly db: Database
  readonly documents: DocumentRepository
  readonly pairs: PairRepository
  readonly trainingTexts: TrainingTextRepository
  /** @throws WorkbenchError NOT_AVAILABLE when the generator is not configured. */
  openGenerator(id: PairGenerator['id']): PairGenerator
}

/** So many passages in a row without a pair: the generator is broken, not the passages. */
const MOST_REFUSALS_IN_A_ROW = 25
const LET_OTHERS_IN_EVERY = 50

/**
 * Writes pairs from the library's passages. Every pair is stored as it comes; a second run writes what is missing, because
 * the built-in generator repeats itself and answers of a language model are kept.
 */
export class SynthesizeJob implements JobHandler<SynthesizeParams, SynthesizeResult> {
  readonly kind = 'synthesize'
  readonly lane = 'compute'
  readonly pausable = true
  readonly afterRestart = 'resume'
  readonly #deps: SynthesizeDependencies

  constructor(dependencies: SynthesizeDependencies) {
    this.#deps = dependencies
  }

  title({ generator }: SynthesizeParams): Wording {
    return generator === 'cloze' ? said`Write queries by rules` : said`Write queries with a language model`
  }

  async run(context: JobContext<SynthesizeParams>): Promise<SynthesizeResult> {
    const started = performance.now()
    const { params, signal } = context
    const generator = this.#deps.openGenerator(params.generator)
    const tasks = this.#tasks(params)
    if (tasks.length === 0)
      throw new WorkbenchError(
        'BAD_INPUT',
        said`${this.#deps.db.name} holds no passage of 10 tokens or more to write queries from. Index documents first: dmr index FOLDER.`,
      )
    const counts: Partial<Record<Intent, { passages: number; pairs: number }>> = {}
    const tally = { pairs: 0, added: 0, failed: 0, done: 0, refusals: 0 }
    const report = (current: string): void =>
      context.report({
        stages: [{ name: said`Write queries`, unit: 'passages', done: tally.done, total: tasks.length }],
        current,
        itemsFailed: tally.failed,
      })
    let next = 0
    const work = async (): Promise<void> => {
      for (let task = tasks[next++]; task; task = tasks[next++]) {
        signal.throwIfAborted()
        const { passage, intent } = task
        try {
          const { perPassage = 1, seed = 1 } = params
          const written = await generator.generate(passage, intent, { perPassage, seed, signal })
          tally.refusals = 0
          tally.added += this.#store(passage, intent, generator, written)
          tally.pairs += written.length
          const count = (counts[intent] ??= { passages: 0, pairs: 0 })
          count.passages++
          count.pairs += written.length
        } catch (error) {
          if (!(error instanceof GeneratorRefusal)) throw error
          tally.failed++
          context.log('warning', said`${passage.title}, page ${passage.page} (${intent}): ${error.message}`)
          if (++tally.refusals >= MOST_REFUSALS_IN_A_ROW)
            throw new WorkbenchError(
              'NOT_AVAILABLE',
              said`The generator failed on ${MOST_REFUSALS_IN_A_ROW} passages in a row, last with: ${error.message} What was written is kept; run it again to go on.`,
              { cause: error },
            )
        }
        if (++tally.done % LET_OTHERS_IN_EVERY === 0) await new Promise(setImmediate)
        report(`${passage.title}, page ${passage.page}`)
      }
    }
    // When one worker fails for good the others stop at their next passage: none is left running behind the job's back.
    const workers = Promise.allSettled(
      Array.from({ length: generator.concurrency }, () =>
        work().catch((error: unknown) => {
          next = tasks.length
          throw error
        }),
      ),
    )
    const outcomes = await workers.finally(() => generator.close?.())
    const failure = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failure) throw failure.reason
    return {
      pairs: tally.pairs,
      added: tally.added,
      failed: tally.failed,
      byIntent: counts,
      usage: generator.usage(),
      seconds: (performance.now() - started) / 1_000,
    }
  }

  #tasks({ intents = INTENTS, limit, seed = 1, trainingProfile }: SynthesizeParams) {
    const options = trainingProfile ? { profile: CLEAN_PROFILES.training } : {}
    const passages = [...sourcePassages(this.#deps.db, this.#deps.documents, options)]
    return intents.flatMap((intent) => {
      const eligible = intent === 'QAdoc' ? passages.filter(({ isAbstract }) => isAbstract) : passages
      const chosen = limit === undefined ? eligible : sampleWithoutReplacement(eligible, limit, seededRandom(seed))
      return chosen.map((passage) => ({ passage, intent }))
    })
  }

  /** @returns how many were new. */
  #store(
    passage: SourcePassage,
    intent: Intent,
    generator: PairGenerator,
    written: Awaited<ReturnType<PairGenerator['generate']>>,
  ): number {
    const { db, pairs, trainingTexts } = this.#deps
    if (written.length === 0) return 0
    const { documentHash, title, page, pageEnd, textHash: passageHash } = passage
    const place = { documentHash, title, page, pageEnd, passageHash }
    return db
      .transaction(() => {
        const sourceId = trainingTexts.add({ text: passage.text, ...place })
        return written.filter(({ query, positive, promptHash, ...details }) =>
          pairs.add({
            intent,
            query,
            positiveId: trainingTexts.add({ text: positive, ...place }),
            sourceId,
            generator: generator.id,
            model: generator.model,
            promptHash: promptHash ?? null,
            details,
          }),
        ).length
      })
      .immediate()
  }
}
