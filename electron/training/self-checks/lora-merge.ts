// Does a model with adapters compute what it computes once they are merged?
import { mergeAdapter } from '../../ml/lora/index.ts'
import { tokenBatch } from '../engine/encoder-plan.ts'
import { MonolithicPlan } from '../engine/monolithic-plan.ts'
import type { TrainableModel } from '../engine/trainable-model.ts'
import { probeTexts } from './probe-model.ts'

export interface MergeComparison {
  readonly adapters: number
  /** Largest difference of a coordinate between vectors with adapters and vectors of the merged model; vectors have length 1. */
  readonly difference: number
  /** Largest difference between vectors with and without adapters: what there was to merge. */
  readonly effect: number
}

/**
 * Compares vectors with adapters to those after merging.
 *
 * @param model opened with adapters that are not zero; afterwards they are merged into its frozen weights and zero
 */
export async function compareMerge(model: TrainableModel, threads?: number): Promise<MergeComparison> {
  const { tuning, layout, parameters } = model
  if (tuning === 'full') throw new Error('the model was opened without adapters')
  const plan = new MonolithicPlan(model, new Float32Array(0), { threads })
  const batch = tokenBatch(probeTexts(model, 6, 6), 0, 0)
  const layers = layout.slots.flatMap(({ name }) =>
    name.endsWith('.lora_A.weight') ? [name.slice(0, -'.lora_A.weight'.length)] : [],
  )
  const adapted = layers.map((layer) => ({
    weight: model.values(`${layer}.weight`),
    a: layout.view(parameters, `${layer}.lora_A.weight`),
    b: layout.view(parameters, `${layer}.lora_B.weight`),
  }))
  try {
    const withAdapters = await plan.embed(batch, false)
    const outputs = adapted.map(({ b }) => b.slice())
    for (const { b } of adapted) b.fill(0)
    const without = await plan.embed(batch, false)
    for (const [index, { weight, a }] of adapted.entries()) mergeAdapter({ weight, a, b: outputs[index]! }, tuning)
    const merged = await plan.embed(batch, false)
    return {
      adapters: layers.length,
      difference: largestDifference(withAdapters, merged),
      effect: largestDifference(withAdapters, without),
    }
  } finally {
    await plan.release()
  }
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0)
}
