// A process, and also the thread of that process in which texts are tokenized ahead: that one must not load the native runtime.
import '../ingestion/extraction/deny-network.ts'
import { isMainThread } from 'node:worker_threads'

if (isMainThread) {
  const { connectToOwner } = await import('../platform/worker-port.ts')
  const { serveCompute } = await import('../retrieval/models/serve-compute.ts')
  serveCompute(connectToOwner(), new URL(import.meta.url))
} else {
  const { serveTokenizer } = await import('../ml/tokenizer/tokenizer-thread.ts')
  serveTokenizer()
}
