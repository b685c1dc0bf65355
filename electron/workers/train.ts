import '../ingestion/extraction/deny-network.ts'
import { loadKernels } from '../../native/index.ts'
import { measureQuery } from '../evaluation/index.ts'
import { connectToOwner } from '../platform/worker-port.ts'
import { serveSelfChecks, serveTraining, type RankingMeasure } from '../training/index.ts'

/** nDCG@10 with one grade, as every other evaluation here computes it. */
const ndcg10: RankingMeasure = (relevant, ranked) =>
  measureQuery(
    new Map([...relevant].map((id) => [id, 1])),
    ranked.map((docId, rank) => ({ docId, score: -rank })),
  )['nDCG@10']

// One channel for both, untyped here: each answers the requests of its own kind.
const owner = connectToOwner<never, unknown>()
const kernels = loadKernels()
serveSelfChecks(owner, kernels)
serveTraining(
  owner,
  kernels.then((loaded) => ({ kernels: loaded, measure: ndcg10 })),
)
