export type { PassageFinding, ReviewedPairs, ReviewEffect } from './datasets/apply-reviews.ts'
export {
  buildInSteps,
  buildMtp,
  buildMtt,
  planMtp,
  planMtt,
  type BuildDependencies,
  type BuildOptions,
  type BuiltDataset,
} from './datasets/build-datasets.ts'
export { dataCard } from './datasets/data-card.ts'
export { toPlace, withPlace, intentOf } from './datasets/dataset-lines.ts'
export { exportJsonl, importJsonl, type DatasetStore } from './datasets/jsonl-folder.ts'
export { readLines, writeLineFile } from './datasets/line-files.ts'
export { splitGroups, USUAL_SHARES, type SplitShares } from './datasets/split-by-document.ts'
export {
  FilterJob,
  USUAL_RETRIEVERS,
  type FilterDependencies,
  type FilterParams,
  type FilterResult,
  type StoredReport,
} from './filtering/filter-job.ts'
export * from './hard-negatives.ts'
export {
  levelNames,
  MineJob,
  type MineDependencies,
  type MineParams,
  type MineResult,
  type StoredSummary,
} from './mining/mine-job.ts'
export * from './mining-summary.ts'
export * from './mutual-agreement.ts'
export type { CutProfile, NegativeProfile } from './negative-profile.ts'
export type { RetrieverShelf } from './retriever-shelf.ts'
export type { ScoreHistogram } from './score-histogram.ts'
export { BuiltInGenerator } from './synthesis/built-in/built-in-generator.ts'
export { ChatClient } from './synthesis/language-model/chat-client.ts'
export { ChatGenerator } from './synthesis/language-model/chat-generator.ts'
export { readGguf, type GgufFacts } from './synthesis/local-model/gguf-file.ts'
export { LocalModelClient } from './synthesis/local-model/local-model-client.ts'
export { parseAnswer } from './synthesis/language-model/parse-answer.ts'
export { hashOf, readSynthesisPrompts } from './synthesis/language-model/prompts.ts'
export { GeneratorRefusal, type GeneratorUsage, type PairGenerator } from './synthesis/generator.ts'
export { sourcePassages } from './synthesis/source-passages.ts'
export {
  SynthesizeJob,
  type SynthesizeDependencies,
  type SynthesizeParams,
  type SynthesizeResult,
} from './synthesis/synthesize-job.ts'
