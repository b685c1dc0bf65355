import { elementwiseRules } from './elementwise.ts'
import { linearAlgebraRules } from './linear-algebra.ts'
import { movementRules } from './movement.ts'
import { normalizationRules } from './normalization.ts'
import { reductionRules } from './reductions.ts'
import type { GradientRule } from './rule.ts'

/** Every operator that can be differentiated. The tests check each entry against finite differences and fail for one without a case. */
export const gradientRules: Readonly<Record<string, GradientRule>> = {
  ...elementwiseRules,
  ...linearAlgebraRules,
  ...movementRules,
  ...normalizationRules,
  ...reductionRules,
}

/** Operators whose rules read the gradients of outputs after the first. */
export const multipleOutputOps: ReadonlySet<string> = new Set(['Split'])

export type { GradientRule } from './rule.ts'
