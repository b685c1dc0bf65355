import '../ingestion/extraction/deny-network.ts'
import { connectToOwner } from '../platform/worker-port.ts'
import { serveCompute } from '../retrieval/models/serve-compute.ts'

serveCompute(connectToOwner())
