// AdamW as part of a graph: for weights and moments that stay on the GPU between runs.

import type { GraphBuilder, Value } from '../ir/index.ts'
import type { AdamWSettings } from './adamw.ts'

/** Scalars that change from step to step, as graph inputs. */
export interface AdamWScalars {
  /** learningRate / (1 - beta1^step) */
  readonly stepSize: Value
  /** 1 / sqrt(1 - beta2^step) */
  readonly inverseRootCorrection: Value
  /** 1 - learningRate * weightDecay */
  readonly keep: Value
  /** Multiplies the gradient: clipping and the mean over accumulated batches. */
  readonly gradScale: Value
}

export interface AdamWTensors {
  readonly parameter: Value
  readonly m: Value
  readonly v: Value
}

/** Declares the four scalars as inputs. */
export function adamWScalars(g: GraphBuilder): AdamWScalars {
  const scalar = (name: string) => g.input(`adamw.${name}`, 'float32', [])
  return {
    stepSize: scalar('stepSize'),
    inverseRootCorrection: scalar('inverseRootCorrection'),
    keep: scalar('keep'),
    gradScale: scalar('gradScale'),
  }
}

/** The numbers to feed for step `step` (from 1), by input name. */
export function adamWScalarValues(
  { beta1, beta2, weightDecay }: AdamWSettings,
  step: number,
  learningRate: number,
  gradScale = 1,
): Readonly<Record<string, number>> {
  return {
    'adamw.stepSize': learningRate / (1 - beta1 ** step),
    'adamw.inverseRootCorrection': 1 / Math.sqrt(1 - beta2 ** step),
    'adamw.keep': 1 - learningRate * weightDecay,
    'adamw.gradScale': gradScale,
  }
}

/** The parameter and its moments after the step. */
export function adamWUpdate(
  g: GraphBuilder,
  { parameter, m, v }: AdamWTensors,
  gradient: Value,
  scalars: AdamWScalars,
  { beta1, beta2, epsilon }: AdamWSettings,
  decays: boolean,
): AdamWTensors {
  return g.scope('adamw', () => {
    const scaled = g.mul(gradient, scalars.gradScale)
    const mean = g.add(g.mul(m, beta1), g.mul(scaled, 1 - beta1))
    const square = g.add(g.mul(v, beta2), g.mul(g.mul(scaled, scaled), 1 - beta2))
    const deviation = g.add(g.mul(g.sqrt(square), scalars.inverseRootCorrection), epsilon)
    const kept = decays ? g.mul(parameter, scalars.keep) : parameter
    return { parameter: g.sub(kept, g.mul(g.div(mean, deviation), scalars.stepSize)), m: mean, v: square }
  })
}
