import '../ingestion/extraction/deny-network.ts'
import { constants, setPriority } from 'node:os'
import { connectToOwner } from '../platform/worker-port.ts'
import { serveGenerate } from '../refinement/synthesis/local-model/serve-generate.ts'

// Writing goes on behind the window and behind searches; it takes what they leave.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
serveGenerate(connectToOwner())
