import { curationContract } from './curation.ts'
import { documentsContract } from './documents.ts'
import { evaluationContract } from './evaluation.ts'
import { jobsContract } from './jobs.ts'
import { libraryContract } from './library.ts'
import { modelsContract } from './models.ts'
import { refinementContract } from './refinement.ts'
import { searchContract } from './search.ts'
import { selfChecksContract } from './self-checks.ts'
import { supportContract } from './support.ts'
import { systemContract } from './system.ts'
import { updatesContract } from './updates.ts'
import { trainingContract } from './training.ts'
import { trainingSeriesContract } from './training-series.ts'

/** Everything a window, a browser or the command line may ask of the services. */
export const contract = {
  library: libraryContract,
  search: searchContract,
  documents: documentsContract,
  jobs: jobsContract,
  models: modelsContract,
  evaluation: evaluationContract,
  refinement: refinementContract,
  curation: curationContract,
  selfChecks: selfChecksContract,
  training: trainingContract,
  trainingSeries: trainingSeriesContract,
  support: supportContract,
  system: systemContract,
  updates: updatesContract,
}

export type WorkbenchContract = typeof contract
