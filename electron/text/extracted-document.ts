import type { DroppedLine, PageText, PassageDraft } from './page.ts'

/** A page as it leaves the extraction process: its lines packed (see packed-lines.ts). */
export interface ExtractedPage extends Omit<PageText, 'lines'> {
  readonly lines: Uint8Array
}

/** Everything ingestion learns from one PDF. Structured-clone safe. */
export interface ExtractedDocument {
  /** SHA-256 of the file's bytes, hex. */
  readonly contentHash: string
  readonly pageCount: number
  readonly title: string
  readonly author: string | undefined
  /** ISO date, or its year or month alone. */
  readonly date: string | undefined
  /** ISO 639-1 code. */
  readonly language: string | undefined
  readonly hazards: readonly string[]
  readonly pages: readonly ExtractedPage[]
  readonly passages: readonly PassageDraft[]
  readonly dropped: readonly DroppedLine[]
  /** MinHash signature of the whole text (128 values), absent for a document too short to compare. */
  readonly signature: Uint32Array | undefined
  /** Set when only a part could be read, such as "File is cut off after page 12". */
  readonly damage: string | undefined
}
