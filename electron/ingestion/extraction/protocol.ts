/** Messages between the extraction pool and its worker processes. A worker works on one file at a time. */
import type { ExtractedDocument, ExtractedPage } from '../../text/extracted-document.ts'
import type { PassageDraft } from '../../text/page.ts'
import type { ExtractionFailure } from './extraction-error.ts'

export interface ExtractRequest {
  readonly kind: 'extract'
  /** Repeated in every answer, so that a late answer to a cancelled task is told apart. */
  readonly task: number
  /** Bytes for a name that is not valid Unicode. */
  readonly path: string | Uint8Array
  readonly password?: string | undefined
}

export interface CancelRequest {
  readonly kind: 'cancel'
  readonly task: number
}

export type ExtractionRequest = ExtractRequest | CancelRequest

/** Everything of the document but its pages, with their dropped lines, and its passages, which go before it in batches. */
export type DocumentFacts = Omit<ExtractedDocument, 'pages' | 'passages' | 'dropped'>

export type ExtractionReply =
  | { readonly kind: 'ready' }
  /** `page` of `pageCount` is read; 0 when the file is open. */
  | {
      readonly kind: 'progress'
      readonly task: number
      readonly page: number
      readonly pageCount: number
      /** Memory of the worker, where the system does not tell its owner. */
      readonly residentBytes: number
    }
  | { readonly kind: 'pages'; readonly task: number; readonly pages: readonly ExtractedPage[] }
  | { readonly kind: 'passages'; readonly task: number; readonly passages: readonly PassageDraft[] }
  | { readonly kind: 'done'; readonly task: number; readonly facts: DocumentFacts; readonly residentBytes: number }
  | { readonly kind: 'failed'; readonly task: number; readonly failure: ExtractionFailure }
  | { readonly kind: 'cancelled'; readonly task: number }
