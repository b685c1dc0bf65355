export {
  inverseDocumentFrequencies,
  type PairBags,
  type StaticProgress,
  type StaticTrainingOptions,
  trainStatic,
} from './static-trainer.ts'
export { addBagGradients, bagCount, packBags, poolBags, type TokenBags, type TokenTable } from './token-bags.ts'
export { countWords, SPECIAL_TOKENS, trainWordPiece, wordsOf } from './word-piece-trainer.ts'
