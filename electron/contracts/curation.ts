// Vetting pairs: the Review view. What each part means stands beside it in `curation/`.
import { adjudicationContract } from './curation/adjudication.ts'
import { agreementContract } from './curation/agreement.ts'
import { decidingContract } from './curation/deciding.ts'
import { judgesContract } from './curation/decisions.ts'
import { packagesContract } from './curation/packages.ts'
import { queueContract } from './curation/queue.ts'
import { ratingContract } from './curation/rating.ts'
import { reviewedDatasetsContract } from './curation/reviewed-datasets.ts'

export type { ReviewDisagreement } from './curation/adjudication.ts'
export { COEFFICIENTS, type Coefficient, type AgreementRow, type AgreementReport } from './curation/agreement.ts'
export type { ReviewHistoryEntry, ReviewHistory, ReviewStep } from './curation/deciding.ts'
export {
  GRADES,
  ANSWERS_FROM,
  SECOND_ANSWER_FROM,
  VERDICTS,
  JUDGE_KINDS,
  decisionChange,
  type Grade,
  type Verdict,
  type JudgeKind,
  type Judge,
  type DecisionChange,
  type Decision,
} from './curation/decisions.ts'
export type { WorkPackage, MergeConflict, MergeReport } from './curation/packages.ts'
export {
  QUEUE_ORDERS,
  QUEUE_STATES,
  FILTER_VERDICTS,
  reviewFilter,
  type QueueOrder,
  type QueueState,
  type FilterVerdict,
  type ReviewFilter,
  type ReviewQueueRow,
  type ReviewProgress,
} from './curation/queue.ts'
export { PROMPT_STYLES, type PromptStyle } from './curation/rating.ts'
export type { ReviewText, ReviewProvenance, ReviewNegative, ReviewItem } from './curation/review-item.ts'
export { RESOLUTION_POLICIES, type ResolutionPolicy, type ReviewedDataset } from './curation/reviewed-datasets.ts'

export const curationContract = {
  ...queueContract,
  ...judgesContract,
  ...decidingContract,
  ...adjudicationContract,
  ...agreementContract,
  ...packagesContract,
  ...ratingContract,
  ...reviewedDatasetsContract,
}
