import { WorkbenchError } from '../../contracts/errors.ts'
import { said, type Wording } from '../../contracts/wording.ts'
import type { Judge, PromptStyle } from '../../contracts/curation.ts'
import type { Intent } from '../../contracts/intents.ts'
import type { JobContext, JobHandler } from '../../jobs/index.ts'
import { GeneratorRefusal } from '../../refinement/index.ts'
import type {
  JudgeRepository,
  PairRepository,
  ReviewLogRepository,
  ReviewQueueRepository,
  TrainingTextRepository,
} from '../../storage/index.ts'
import type { DecisionLog } from '../decision-log.ts'
import type { Rating, RelevanceRater } from './relevance-rater.ts'

export interface RateParams {
  readonly intents?: readonly Intent[] | undefined
  /** The suspected passages of the newest mining run as well. */
  readonly suspects: boolean
  /** Pairs and passages at most. */
  readonly limit?: number | undefined
}

export interface RateResult {
  readonly judgeId: number
  readonly rated: number
  /** Given up for good, each with a line in the log. */
  readonly failed: number
  readonly seconds: number
}

export interface RaterSetup {
  readonly rater: Pick<RelevanceRater, 'rate'>
  readonly model: string
  /** Of the prompts: with other ones it is another judge. */
  readonly promptVersion: string
  readonly parallel: number
}

export interface RateDependencies {
  readonly judges: JudgeRepository
  readonly pairs: PairRepository
  readonly texts: TrainingTextRepository
  readonly queueTable: ReviewQueueRepository
  readonly log: ReviewLogRepository
  readonly decisions: DecisionLog
  /** @throws WorkbenchError NOT_AVAILABLE until a person has configured a language model. */
  openRater(): RaterSetup
}

/** So many in a row without an answer: the model is broken, not the passages. */
const MOST_REFUSALS_IN_A_ROW = 25

/**
 * Has a language model grade pairs. It is a judge of its own, marked as a machine; its grades stand beside those of persons
 * and settle nothing. Every grade is stored as it comes: a second run rates what has none yet.
 */
export class RateJob implements JobHandler<RateParams, RateResult> {
  readonly kind = 'rate'
  readonly lane = 'compute'
  readonly pausable = true
  readonly afterRestart = 'resume'
  readonly #deps: RateDependencies

  constructor(dependencies: RateDependencies) {
    this.#deps = dependencies
  }

  title(): Wording {
    return said`Grade pairs with a language model`
  }

  async run(context: JobContext<RateParams>): Promise<RateResult> {
    const started = performance.now()
    const { signal } = context
    const setup = this.#deps.openRater()
    const judge = machineJudge(this.#deps.judges, setup)
    const tasks = this.#tasks(judge.id, context.params)
    const tally = { rated: 0, failed: 0, refusals: 0 }
    const report = (): void =>
      context.report({
        stages: [{ name: said`Grade`, unit: 'pairs', done: tally.rated + tally.failed, total: tasks.length }],
        itemsFailed: tally.failed,
      })
    report()
    let next = 0
    const work = async (): Promise<void> => {
      for (let task = tasks[next++]; task; task = tasks[next++]) {
        signal.throwIfAborted()
        try {
          this.#store(judge.id, task, await setup.rater.rate(this.#textsOf(task), signal))
          tally.rated++
          tally.refusals = 0
        } catch (error) {
          if (!(error instanceof GeneratorRefusal)) throw error
          tally.failed++
          context.log('warning', said`Pair ${task.pairId}: ${error.message}`)
          if (++tally.refusals >= MOST_REFUSALS_IN_A_ROW)
            throw new WorkbenchError(
              'NOT_AVAILABLE',
              said`${setup.model} failed on ${MOST_REFUSALS_IN_A_ROW} pairs in a row, last with: ${error.message} Grades so far are kept; run it again to go on.`,
              { cause: error },
            )
        }
        report()
      }
    }
    // When one worker fails for good the others stop at their next pair: none is left running behind the job's back.
    const outcomes = await Promise.allSettled(
      Array.from({ length: setup.parallel }, () =>
        work().catch((error: unknown) => {
          next = tasks.length
          throw error
        }),
      ),
    )
    const failure = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failure) throw failure.reason
    const { rated, failed } = tally
    return { judgeId: judge.id, rated, failed, seconds: (performance.now() - started) / 1_000 }
  }

  /** What this judge has not graded yet. */
  #tasks(judgeId: number, { intents, suspects, limit }: RateParams): Task[] {
    const { queueTable, log } = this.#deps
    const frame = queueTable.frame(judgeId)
    const narrowed = intents ? { intents: [...intents] } : {}
    const tasks: Task[] = queueTable
      .ids({ ...narrowed, state: 'undecided' }, frame)
      .map((pairId) => ({ pairId, textId: 0 }))
    const suspected = suspects ? queueTable.ids({ ...narrowed, suspects: true, state: 'undecided' }, frame) : []
    for (const pairId of suspected)
      for (const { textId, suspect } of queueTable.negativesOf(pairId, frame.miningId, -1))
        if (suspect && !log.state({ judgeId, pairId, textId })) tasks.push({ pairId, textId })
    return tasks.slice(0, limit)
  }

  #textsOf({ pairId, textId }: Task) {
    const { intent, query, positive } = this.#deps.pairs.byId(pairId)!
    return { intent, query, text: textId === 0 ? positive.text : this.#deps.texts.require(textId).text }
  }

  #store(judgeId: number, task: Task, { grade, byStyle }: Rating): void {
    const styles = Object.entries(byStyle) as [PromptStyle, number][]
    const comment = styles.map(([style, own]) => `${style} ${own}`).join(', ')
    this.#deps.decisions.record({ actorId: judgeId, kind: 'rate' }, [{ judgeId, ...task, change: { grade, comment } }])
  }
}

interface Task {
  readonly pairId: number
  readonly textId: number
}

/** The judge that a model with these prompts is; the same in every library. */
export function machineJudge(judges: JudgeRepository, { model, promptVersion }: RaterSetup): Judge {
  const key = machineKey(model, promptVersion)
  const initials =
    model
      .replace(/[^\p{L}\p{N}]/gu, '')
      .slice(0, 2)
      .toLocaleUpperCase() || 'AI'
  return judges.byKey(key) ?? judges.add({ key, name: model, initials, color: 6, kind: 'machine' })
}

export function machineKey(model: string, promptVersion: string): string {
  return `machine ${promptVersion} ${model}`
}
