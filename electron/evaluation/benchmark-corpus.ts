import Database from 'better-sqlite3'
import { migrate } from '../storage/index.ts'
import type { BenchmarkDocument } from './benchmark-dataset.ts'

const DOCUMENTS_PER_TURN = 2_000

/**
 * A benchmark's documents as the passages of a library of their own, so that the very code of the application searches
 * them. SQLite keeps it in a temporary file that goes with the connection.
 */
export class BenchmarkCorpus implements Disposable {
  readonly db: Database.Database
  /** Document ids; the document of passage `p` is at `p - 1`. */
  readonly ids: readonly string[]

  private constructor(db: Database.Database, ids: readonly string[]) {
    this.db = db
    this.ids = ids
  }

  /**
   * @param onProgress called with the number of documents so far.
   * @throws what reading the documents throws; the signal's reason.
   */
  static async read(
    documents: AsyncIterable<BenchmarkDocument>,
    { signal, onProgress }: { signal?: AbortSignal | undefined; onProgress?: (documents: number) => void } = {},
  ): Promise<BenchmarkCorpus> {
    // An empty name is a temporary file, kept in memory while it is small.
    const db = new Database('')
    try {
      db.pragma('journal_mode = OFF')
      db.pragma('synchronous = OFF')
      migrate(db)
      db.exec(
        "INSERT INTO document (id, content_hash, title, page_count, pipeline_version, indexed_at) VALUES (1, '', 'corpus', 1, 1, 0)",
      )
      const insert = db.prepare(
        `INSERT INTO passage (document_id, page_start, page_end, char_start, char_end, headings, context, text, tokens, text_hash)
         VALUES (1, 1, 1, 0, 0, '[]', ?, ?, 0, '')`,
      )
      const ids: string[] = []
      const turn: BenchmarkDocument[] = []
      const flush = db.transaction(() => {
        for (const { title, text } of turn) insert.run(title, text)
      })
      const store = async (): Promise<void> => {
        flush()
        turn.length = 0
        onProgress?.(ids.length)
        await new Promise(setImmediate)
        signal?.throwIfAborted()
      }
      for await (const document of documents) {
        ids.push(document.id)
        turn.push(document)
        if (turn.length === DOCUMENTS_PER_TURN) await store()
      }
      await store()
      return new BenchmarkCorpus(db, ids)
    } catch (error) {
      db.close()
      throw error
    }
  }

  /** Title and text of some passages in order. @param first passage id, from 1. */
  texts(first: number, count: number): { context: string; text: string }[] {
    return this.db
      .prepare<[number, number], { context: string; text: string }>(
        'SELECT context, text FROM passage WHERE id >= ? ORDER BY id LIMIT ?',
      )
      .all(first, count)
  }

  /** A document's title, or the start of its text. */
  titleOf(passageId: number): string {
    const [document] = this.texts(passageId, 1)
    return document ? document.context || document.text.slice(0, 120) : ''
  }

  [Symbol.dispose](): void {
    this.db.close()
  }
}
