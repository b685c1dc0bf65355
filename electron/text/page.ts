/** A page of text as ingestion passes it on: what the extractor produces and the chunker reads. */
export interface PageText {
  /** 1-based PDF page number. */
  readonly number: number
  /** Size of the unrotated page in PDF points. */
  readonly width: number
  readonly height: number
  /** Clockwise rotation the viewer applies: 0, 90, 180 or 270 degrees. */
  readonly rotation: number
  /** Reading-order text, NFC, line ends joined and dehyphenated inside a paragraph, paragraphs separated by a blank line. */
  readonly text: string
  readonly lines: readonly TextLine[]
  readonly source: TextSource
  readonly quality: PageQuality
  /** Mean word confidence 0-100, for pages read by OCR. */
  readonly ocrConfidence?: number
  /** Lines of the page that are not in `text`, and why. */
  readonly dropped: readonly DroppedLine[]
}

/** One printed line: its characters in `PageText.text` and its box on the page. */
export interface TextLine {
  /** Half-open range in UTF-16 units of `PageText.text`. */
  readonly start: number
  readonly end: number
  /** Box in PDF points of the unrotated page, origin at the bottom left, y of the lower edge. */
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** Dominant font size in points, for telling headings from body text. */
  readonly fontSize: number
  readonly bold: boolean
}

export type TextSource = 'pdf' | 'ocr' | 'none'

/**
 * `no-text`: nothing to search (a scan). `garbage`: glyphs without usable Unicode; treated like a scan. A blank page has
 * quality `text` and source `none`: nothing of it is missing.
 */
export type PageQuality = 'text' | 'no-text' | 'garbage'

export interface DroppedLine {
  readonly page: number
  readonly text: string
  readonly reason:
    'page-number' | 'running-header' | 'control-characters' | 'hidden' | 'short-words' | 'one-word' | 'references'
}

/** A passage before it has an id: a run of text of one document, 32 to 512 tokens where the document allows. */
export interface PassageDraft {
  readonly pageStart: number
  readonly pageEnd: number
  /** Offset in the text of `pageStart`. */
  readonly charStart: number
  /** Offset in the text of `pageEnd`, exclusive. */
  readonly charEnd: number
  /** The headings above it, outermost first. */
  readonly headings: readonly string[]
  readonly text: string
  readonly tokens: number
}
