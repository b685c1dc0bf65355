import '../ingestion/extraction/deny-network.ts'
import { connectToOwner } from '../platform/worker-port.ts'
import { serveExtraction } from '../ingestion/extraction/serve-extraction.ts'

serveExtraction(connectToOwner())
