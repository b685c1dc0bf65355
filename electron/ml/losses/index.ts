export {
  infoNce,
  infoNceBothWays,
  type MultiplePositives,
  multiplePositives,
  multiplePositivesLoss,
} from './contrastive.ts'
export { listwiseDistillation, type ListwiseOptions, m3Distillation } from './distillation.ts'
export {
  type Batch,
  falseNegatives,
  type FalseNegativeRules,
  type PassageIdentity,
  type TeacherRule,
} from './false-negatives.ts'
export {
  type MaskedText,
  type MaskedTokens,
  maskedNextTokenLoss,
  type MaskingOptions,
  maskTokens,
} from './masked-next-token.ts'
export { matryoshka, type MatryoshkaSize } from './matryoshka.ts'
export {
  embeddingLossGraph,
  type EmbeddingLossShape,
  type Labels,
  retrievalLoss,
  type RetrievalObjective,
} from './objective.ts'
export { allScores, type CandidateRoles, groupScores } from './scores.ts'
