// Both encoders, the loss and the backward pass in one graph: no vector is computed twice.
import { GraphBuilder, multiplyDims } from '../../ml/ir/index.ts'
import { retrievalLoss, type RetrievalObjective } from '../../ml/losses/index.ts'
import { type ContrastiveBatch, similarities, type StepStatistics, type TokenRow } from './contrastive-batch.ts'
import { unitVectors } from './encoder-definition.ts'
import { batchFeeds, noiseFeeds, paddedLength, tokenBatch } from './encoder-plan.ts'
import type { GraphMemory, LoadedGraph } from './graph-memory.ts'
import { floats, floatTensor } from './training-session.ts'

/** One contrastive step as one graph, loaded when it is first run. */
export class FusedContrastiveGraph {
  readonly #memory: GraphMemory
  readonly #objective: RetrievalObjective
  #loaded: Promise<LoadedGraph> | undefined

  constructor(memory: GraphMemory, objective: RetrievalObjective) {
    this.#memory = memory
    this.#objective = objective
  }

  /** Adds the gradients of the batch to those so far. */
  async run(batch: ContrastiveBatch, padId: number): Promise<StepStatistics> {
    const graph = await (this.#loaded ??= this.#load())
    const { dimensions } = this.#memory.model
    const padded = (rows: readonly TokenRow[]) =>
      tokenBatch(rows, padId, batch.noiseSeed, paddedLength(rows, this.#memory))
    const [queries, passages] = [padded(batch.queries), padded(batch.passages)]
    const sizes = {
      queries: queries.rows,
      querySequence: queries.sequence,
      passageSequence: passages.sequence,
    }
    const results = await this.#memory.run(graph, {
      ...batchFeeds(queries, 'query.'),
      ...batchFeeds(passages, 'passage.'),
      ...noiseFeeds(graph.weights.noise, sizes, batch.noiseSeed),
      positives: floatTensor(batch.positives, [queries.rows, batch.positives.length / queries.rows]),
    })
    const vectors = [floats(results, 'queries'), floats(results, 'passages')] as const
    return { loss: floats(results, 'loss')[0]!, ...similarities(...vectors, dimensions, batch, this.#objective) }
  }

  async release(): Promise<void> {
    if (this.#loaded) await this.#memory.close(await this.#loaded)
    this.#loaded = undefined
  }

  #load(): Promise<LoadedGraph> {
    const { model } = this.#memory
    const { group, negatives } = this.#objective
    const g = new GraphBuilder('contrastive-step')
    const weights = model.weights(true)
    const encode = (prefix: string, batch: number | string, sequence: string) =>
      g.scope(prefix, () => unitVectors(g, weights.source, model.definition, { batch, sequence, prefix: `${prefix}.` }))
    const all = multiplyDims('queries', group)
    const queries = encode('query', 'queries', 'querySequence')
    const passages = encode('passage', all, 'passageSequence')
    const positives = g.input('positives', 'float32', ['queries', negatives === 'in-batch' ? all : group])
    const loss = retrievalLoss(g, queries, passages, { positives }, this.#objective)
    const outputs = this.#memory.addBackward(g, weights, [[loss, g.scalar(1)]])
    g.output('loss', loss)
    g.output('queries', queries)
    g.output('passages', passages)
    return this.#memory.load(g, weights, outputs)
  }
}
