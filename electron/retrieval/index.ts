export {
  latentSemanticSource,
  lexicalBatch,
  libraryState,
  rerankedBatch,
  vectorBatch,
  type BatchQuery,
  type BatchRankings,
  type BatchRetriever,
  type VectorSource,
} from './batch-retriever.ts'
export { topPassages, type TopPassages } from './batch-scores.ts'
export { briefing } from './briefing.ts'
export { EmbedJob, type EmbedParams, type EmbedResult } from './embed-job.ts'
export { fuseLegs, HybridRetriever, LEG_DEPTH } from './hybrid-retriever.ts'
export { LatentSemanticIndex } from './latent-semantic/latent-semantic-index.ts'
export { LATENT_SEMANTIC_ID, LatentSemanticRetriever } from './latent-semantic-retriever.ts'
export { LexicalRetriever } from './lexical-retriever.ts'
export { ComputeClient } from './models/compute-client.ts'
export { ModelRegistry, type ImportOptions, type InstalledModel } from './models/model-registry.ts'
export { isSame, SearchModels } from './models/search-models.ts'
export { passageInput } from './passage-input.ts'
export { keywordBoxes, passageBoxes } from './passage-boxes.ts'
export { fuse, RRF_K, type FusionLeg } from './reciprocal-rank-fusion.ts'
export { fuseScores } from './score-fusion.ts'
export { RERANK_DEPTH, Reranker, RerankingRetriever, type PassageScorer } from './reranking.ts'
export type { RankedPassage, RetrievalQuery, Retriever } from './retriever.ts'
export { SearchEngine, type EngineRequest } from './search-engine.ts'
export { Spelling } from './spelling.ts'
export type { VectorBlock } from './vector-blocks.ts'
export { VectorStore, type VectorIndexKey } from './vector-store.ts'
