// Gradients of one contrastive step, whatever the size of its batch.
import { embeddingLossGraph, type RetrievalObjective } from '../../ml/losses/index.ts'
import { planBatches } from '../../ml/session/batches.ts'
import { TRAINING_ERROR, TrainingError } from '../training-error.ts'
import { type ContrastiveBatch, similarities, type StepStatistics, type TokenRow } from './contrastive-batch.ts'
import { type EncoderPlan, tokenBatch, type TokenBatch } from './encoder-plan.ts'
import { FusedContrastiveGraph } from './fused-contrastive-graph.ts'
import type { TrainableModel } from './trainable-model.ts'
import { floats, floatTensor, TrainingSession } from './training-session.ts'

export interface ContrastiveStepOptions {
  readonly model: TrainableModel
  readonly plan: EncoderPlan
  readonly objective: RetrievalObjective
  readonly padId: number
  /** Padded tokens of a microbatch: what memory is spent on. */
  readonly microbatchTokens: number
  readonly threads?: number | undefined
  /** Called between microbatches; throws to stop. */
  readonly onMicrobatch?: () => Promise<void> | void
}

/**
 * The loss of a batch and its gradients.
 *
 * Small batches run as one graph. Larger ones by GradCache (Gao et al., arXiv 2101.06983): all texts are embedded microbatch by
 * microbatch, the loss gives the gradient of every vector, and each microbatch is run again to take it back to the weights. The batch,
 * and with it the number of in-batch negatives, is then limited by time and not by memory.
 */
export class ContrastiveStep {
  readonly #options: ContrastiveStepOptions
  readonly #losses = new Map<boolean, Promise<TrainingSession>>()
  readonly #fused: FusedContrastiveGraph | undefined

  constructor(options: ContrastiveStepOptions) {
    this.#options = options
    const { plan, objective } = options
    this.#fused = plan.memory && new FusedContrastiveGraph(plan.memory, objective)
  }

  /**
   * Adds the gradients of the batch to those of the plan.
   *
   * @throws TrainingError `TRAINING_MEMORY` naming a microbatch that fits
   */
  async run(batch: ContrastiveBatch): Promise<StepStatistics> {
    try {
      return this.#fitsOneGraph(batch) ? await this.#fused!.run(batch, this.#options.padId) : await this.#cached(batch)
    } catch (error) {
      if (!isMemory(error)) throw error
      const { microbatchTokens, plan } = this.#options
      throw withAdvice(error, { microbatchTokens, plan: plan.name, fits: await this.#sizeThatFits(batch) })
    }
  }

  async release(): Promise<void> {
    for (const session of this.#losses.values()) await (await session).release()
    await this.#fused?.release()
  }

  #fitsOneGraph({ queries, passages, excluded, teacherScores }: ContrastiveBatch): boolean {
    if (!this.#fused || excluded || teacherScores) return false
    return padded(queries) + padded(passages) <= this.#options.microbatchTokens
  }

  async #cached(batch: ContrastiveBatch): Promise<StepStatistics> {
    const { model, plan, objective, onMicrobatch } = this.#options
    const { dimensions } = model
    const texts = [...batch.queries, ...batch.passages]
    const vectors = new Float32Array(texts.length * dimensions)
    const microbatches = this.#microbatches(texts, batch.noiseSeed)
    for (const { indices, tokens } of microbatches) {
      await onMicrobatch?.()
      scatter(await plan.embed(tokens, true), vectors, indices, dimensions)
    }
    const split = batch.queries.length * dimensions
    const [queries, passages] = [vectors.subarray(0, split), vectors.subarray(split)]
    const { loss, gradients } = await this.#loss(batch, queries, passages)
    for (const { indices, tokens } of microbatches) {
      await onMicrobatch?.()
      await plan.backward(tokens, gather(gradients, indices, dimensions))
    }
    return { loss, ...similarities(queries, passages, dimensions, batch, objective) }
  }

  /** The largest microbatch, halving, that this machine has memory for now; found by running one. */
  async #sizeThatFits({ queries, passages, noiseSeed }: ContrastiveBatch): Promise<number | undefined> {
    const { plan, model, microbatchTokens } = this.#options
    const longestFirst = [...queries, ...passages].sort((a, b) => b.length - a.length)
    const least = longestFirst[0]?.length ?? 1
    for (let size = Math.floor(microbatchTokens / 2); size >= least; size = Math.floor(size / 2)) {
      const [first] = this.#microbatches(longestFirst, noiseSeed, size)
      // Sessions keep what a run took, also one that failed.
      await this.#fused?.release()
      await plan.release()
      try {
        // The step has failed, so that its gradients do not count any more.
        await plan.backward(first!.tokens, new Float32Array(first!.indices.length * model.dimensions))
        return size
      } catch (error) {
        if (!isMemory(error)) throw error
      }
    }
    return undefined
  }

  #microbatches(
    texts: readonly TokenRow[],
    seed: number,
    tokensOfOne = this.#options.microbatchTokens,
  ): readonly { readonly indices: readonly number[]; readonly tokens: TokenBatch }[] {
    const { padId, model, plan } = this.#options
    const limits = {
      tokens: tokensOfOne,
      texts: Infinity,
      lengthStep: plan.lengthStep ?? 1,
      maxSequence: model.definition.maxTokens,
    }
    const lengths = texts.map((row) => row.length)
    return planBatches(lengths, limits).map(({ indices, sequence }, number) => ({
      indices,
      tokens: tokenBatch(
        indices.map((index) => texts[index]!),
        padId,
        seed + number,
        sequence,
      ),
    }))
  }

  async #loss(batch: ContrastiveBatch, queries: Float32Array, passages: Float32Array) {
    const { dimensions } = this.#options.model
    const { positives, excluded, teacherScores } = batch
    const rows = batch.queries.length
    const candidates = positives.length / rows
    const session = await this.#lossSession(excluded !== undefined)
    const results = await session.run({
      queries: floatTensor(queries, [rows, dimensions]),
      passages: floatTensor(passages, [batch.passages.length, dimensions]),
      positives: floatTensor(positives, [rows, candidates]),
      ...(excluded ? { excluded: floatTensor(excluded, [rows, candidates]) } : {}),
      ...(teacherScores ? { teacherScores: floatTensor(teacherScores, [rows, teacherScores.length / rows]) } : {}),
    })
    const gradients = new Float32Array(queries.length + passages.length)
    gradients.set(floats(results, 'queries.gradient'))
    gradients.set(floats(results, 'passages.gradient'), queries.length)
    return { loss: floats(results, 'loss')[0]!, gradients }
  }

  #lossSession(excluded: boolean): Promise<TrainingSession> {
    const known = this.#losses.get(excluded)
    if (known) return known
    const { objective, model, plan, threads } = this.#options
    const graph = embeddingLossGraph(objective, { queries: 'queries', size: model.dimensions, excluded })
    const session = plan.memory?.open(graph) ?? TrainingSession.open(graph, threads)
    this.#losses.set(excluded, session)
    return session
  }
}

/** Tokens of texts padded to the longest of them. */
export function padded(rows: readonly TokenRow[]): number {
  return rows.length * Math.max(0, ...rows.map((row) => row.length))
}

function scatter(rows: Float32Array, into: Float32Array, indices: readonly number[], width: number): void {
  for (const [row, index] of indices.entries()) into.set(rows.subarray(row * width, (row + 1) * width), index * width)
}

function gather(rows: Float32Array, indices: readonly number[], width: number): Float32Array {
  const out = new Float32Array(indices.length * width)
  for (const [row, index] of indices.entries()) out.set(rows.subarray(index * width, (index + 1) * width), row * width)
  return out
}

/** Whether the runtime could not allocate. */
export function isMemory(error: unknown): error is TrainingError {
  return error instanceof TrainingError && error.code === TRAINING_ERROR.memory
}

export interface MemoryAdvice {
  readonly microbatchTokens: number
  readonly plan: EncoderPlan['name']
  /** A size that was found to fit; undefined where none did. */
  readonly fits: number | undefined
}

/** A failed allocation says what to try. */
export function withAdvice(cause: TrainingError, { microbatchTokens, plan, fits }: MemoryAdvice): TrainingError {
  const ways = [
    ...(fits === undefined ? [] : [`microbatchTokens to ${fits}, which fits`]),
    ...(plan === 'monolithic' ? ['plan to "layer-wise" (less than half the memory, up to twice the time)'] : []),
    ...(fits === undefined ? ['maxTokens to a smaller length'] : []),
  ]
  const message = `Memory ran out in a microbatch of ${microbatchTokens} tokens. Set ${ways.join(', or ')}.`
  return new TrainingError(TRAINING_ERROR.memory, message, { cause })
}
