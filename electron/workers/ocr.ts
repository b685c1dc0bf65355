import '../ingestion/extraction/deny-network.ts'
import { serveOcr } from '../ingestion/ocr/serve-ocr.ts'
import { connectToOwner } from '../platform/worker-port.ts'

serveOcr(connectToOwner())
