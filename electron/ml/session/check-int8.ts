// int8 is only used where it is measured to be the same model.
import type { EmbeddingRunner } from './embedding-runner.ts'
import { rowCosines } from './vectors.ts'

/** Cosine of int8 to fp32 vectors on the probe sentences. */
export interface Int8Report {
  readonly minCosine: number
  readonly meanCosine: number
  /** Why fp32 is used after all. */
  readonly refused?: string
}

/** Below this mean cosine int8 is not the same model any more. */
const MIN_MEAN_COSINE = 0.98

/**
 * Opens a model in both precisions, compares them, and keeps int8 where it is close enough, fp32 otherwise.
 *
 * @param open opens the model on the CPU, where the quantized product runs
 * @param rows token ids to compare on
 */
export async function openQuantized(
  open: (precision: 'fp32' | 'int8') => Promise<EmbeddingRunner>,
  rows: readonly (readonly number[])[],
): Promise<{ runner: EmbeddingRunner; report: Int8Report }> {
  const sequence = Math.max(...rows.map((row) => row.length))
  const opened: EmbeddingRunner[] = []
  try {
    for (const precision of ['fp32', 'int8'] as const) opened.push(await open(precision))
    const [full, quantized] = opened as [EmbeddingRunner, EmbeddingRunner]
    const exact = await full.run(rows, sequence)
    const cosines = rowCosines((await quantized.run(rows, sequence)).vectors, exact.vectors, exact.width)
    const meanCosine = cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length
    const report = { minCosine: Math.min(...cosines), meanCosine }
    if (meanCosine >= MIN_MEAN_COSINE) {
      await full.release()
      return { runner: quantized, report }
    }
    await quantized.release()
    const refused = `int8 vectors differ too much from fp32 (mean cosine ${meanCosine.toFixed(4)})`
    return { runner: full, report: { ...report, refused } }
  } catch (error) {
    await Promise.all(opened.map((runner) => runner.release().catch(() => {})))
    throw error
  }
}
