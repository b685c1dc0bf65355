import type { Curation } from './curation/curation.ts'
import { curationService } from './curation-service.ts'
import { documentsService } from './documents-service.ts'
import { evaluationService } from './evaluation-service.ts'
import { jobsService } from './jobs-service.ts'
import type { Library } from './library.ts'
import { libraryService } from './library-service.ts'
import { modelsService } from './models-service.ts'
import type { Refinement } from './refinement/refinement.ts'
import { refinementService } from './refinement-service.ts'
import { searchService } from './search-service.ts'
import { selfChecksService } from './self-checks-service.ts'
import { supportService } from './support-service.ts'
import { systemService } from './system-service.ts'
import { trainingSeriesService } from './training-series-service.ts'
import { trainingService } from './training-service.ts'
import { updatesService } from './updates-service.ts'
import { os } from './base.ts'

/** The contract bound to one open library and what is built on it. */
export function createRouter(library: Library, refinement: Refinement, curation: Curation) {
  return os.router({
    library: libraryService(library),
    search: searchService(library),
    documents: documentsService(library),
    jobs: jobsService(library.queue, library.repositories.jobs),
    models: modelsService(library),
    evaluation: evaluationService(library),
    refinement: refinementService(library, refinement),
    curation: curationService(library, refinement, curation),
    selfChecks: selfChecksService(library),
    training: trainingService(library),
    trainingSeries: trainingSeriesService(library),
    support: supportService(library),
    system: systemService(library),
    updates: updatesService(library),
  })
}

export type WorkbenchRouter = ReturnType<typeof createRouter>
