/** Messages between the OCR pool and its worker processes. A worker works on one page at a time. */
import type { PageText } from '../../text/page.ts'
import type { ExtractionFailure } from '../extraction/extraction-error.ts'
import type { OcrEngine } from './ocr-engines.ts'

export interface RecogniseRequest {
  readonly kind: 'recognise'
  readonly path: string | Uint8Array
  readonly password?: string | undefined
  /** 1-based. */
  readonly page: number
  /** Tesseract's codes. */
  readonly languages: readonly string[]
  /** Undefined: the preferred engine. */
  readonly engine?: OcrEngine['kind'] | undefined
}

/** `stop`: end at once, and the engine's own process with you. */
export type OcrRequest = RecogniseRequest | { readonly kind: 'stop' }

export type OcrReply =
  | { readonly kind: 'page'; readonly page: PageText }
  | { readonly kind: 'failed'; readonly failure: ExtractionFailure }
  /** No engine, or a language without data: asking again for another page brings the same answer. */
  | { readonly kind: 'unavailable'; readonly reason: string }
