import '../ingestion/extraction/deny-network.ts'
import { constants, setPriority } from 'node:os'
import { serveExtraction } from '../ingestion/extraction/serve-extraction.ts'
import { connectToOwner } from '../platform/worker-port.ts'

// Reading goes on behind the window and behind searches; it takes what they leave.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
serveExtraction(connectToOwner())
