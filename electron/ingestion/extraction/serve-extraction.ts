/** The worker's side of the protocol: takes one request at a time and answers in batches. */
import type { WorkerPort } from '../../platform/worker-port.ts'
import { ExtractionError, type ExtractionFailure } from './extraction-error.ts'
import { extractFile, packPage, type ReadDocument } from './extract-file.ts'
import { pdfLibrary } from './pdf-document.ts'
import type { ExtractionReply, ExtractionRequest, ExtractRequest } from './protocol.ts'

/** Messages stay small (about a megabyte), so that neither end holds a large document twice. */
const PAGES_PER_MESSAGE = 128
const PASSAGES_PER_MESSAGE = 512

class Cancelled extends Error {}

/** Asking the system takes as long as a tenth of a page, so the answer is kept for a while. */
class MemoryGauge {
  #bytes = 0
  #asOf = -Infinity

  bytes(): number {
    if (performance.now() - this.#asOf > MEMORY_ANSWER_MS) {
      this.#bytes = process.memoryUsage.rss()
      this.#asOf = performance.now()
    }
    return this.#bytes
  }
}

const MEMORY_ANSWER_MS = 250

export function serveExtraction(port: WorkerPort<ExtractionRequest, ExtractionReply>): void {
  const cancelled = new Set<number>()
  port.onMessage((request) => {
    if (request.kind === 'cancel') cancelled.add(request.task)
    else void serve(port, request, () => cancelled.has(request.task)).finally(() => cancelled.delete(request.task))
  })
  // Loading pdf.js takes longer than a short file: have it ready before the first request.
  void pdfLibrary().then(() => {
    // On damaged files pdf.js leaves promises behind that nobody waits for. A page that fails says so by itself, one that
    // never ends meets its cap; neither is a reason to end the process and with it the file.
    process.on('unhandledRejection', () => {})
    port.post({ kind: 'ready' })
  })
}

async function serve(
  port: WorkerPort<ExtractionRequest, ExtractionReply>,
  { task, path, password }: ExtractRequest,
  isCancelled: () => boolean,
): Promise<void> {
  const memory = new MemoryGauge()
  try {
    const document = await extractFile(typeof path === 'string' ? path : Buffer.from(path), {
      password,
      onPage: async (page, pageCount) => {
        port.post({ kind: 'progress', task, page, pageCount, residentBytes: memory.bytes() })
        // pdf.js runs on promises alone; without this turn of the event loop a cancellation would never arrive.
        await new Promise((resolve) => setImmediate(resolve))
        if (isCancelled()) throw new Cancelled()
      },
    })
    send(port, task, document)
  } catch (error) {
    port.post(
      error instanceof Cancelled ? { kind: 'cancelled', task } : { kind: 'failed', task, failure: failureOf(error) },
    )
  }
}

function send(port: WorkerPort<ExtractionRequest, ExtractionReply>, task: number, document: ReadDocument): void {
  for (let from = 0; from < document.pages.length; from += PAGES_PER_MESSAGE) {
    port.post({ kind: 'pages', task, pages: document.pages.slice(from, from + PAGES_PER_MESSAGE).map(packPage) })
  }
  for (let from = 0; from < document.passages.length; from += PASSAGES_PER_MESSAGE) {
    port.post({ kind: 'passages', task, passages: document.passages.slice(from, from + PASSAGES_PER_MESSAGE) })
  }
  port.post({ kind: 'done', task, facts: document.facts, residentBytes: process.memoryUsage.rss() })
}

/** A fault of ours while reading a file is that file's failure: it must not stop the others. */
function failureOf(error: unknown): ExtractionFailure {
  if (error instanceof ExtractionError) return error.toFailure()
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return { code: 'CRASHED', reason: `Reading the file failed (${message}); please report this file` }
}
