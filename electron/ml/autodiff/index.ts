export { backward, GradientError, gradients, type Gradients, type RowGradient, type Seed } from './backward.ts'
export { recomputeCheap } from './recompute.ts'
export { type GradientRule, gradientRules } from './rules/index.ts'
