import type { Database } from 'better-sqlite3'
import { clusterNearDuplicates } from '../text/cluster.ts'
import { minhash } from '../text/minhash.ts'

export interface PooledPassage {
  readonly id: number
  readonly documentHash: string
  readonly title: string
  readonly page: number
  readonly pageEnd: number
  readonly passageHash: string
  /** Id of the first passage that says nearly the same, this one's own when it is the first or alone. */
  readonly clusterId: number
}

interface Row {
  id: number
  documentHash: string
  title: string
  page: number
  pageEnd: number
  passageHash: string
  text: string
}

const LET_OTHERS_IN_EVERY = 500

/**
 * The passages of a library as refinement sees them, at one moment: where each came from and which say nearly the same
 * (MinHash, similarity 0.8 and up, as METHOD 2 does for chunks). Texts stay in the library; 250,000 passages take some
 * 200 MB while they are grouped and 60 MB afterwards.
 */
export class PassagePool {
  readonly #byId: ReadonlyMap<number, PooledPassage>
  readonly #byContent: ReadonlyMap<string, number>

  private constructor(passages: readonly PooledPassage[]) {
    this.#byId = new Map(passages.map((passage) => [passage.id, passage]))
    this.#byContent = new Map(passages.map((passage) => [contentKey(passage), passage.id]))
  }

  static async load(
    db: Database,
    options: { signal?: AbortSignal; onProgress?: (done: number, total: number) => void } = {},
  ): Promise<PassagePool> {
    const ids = db.prepare<[], number>('SELECT id FROM passage ORDER BY id').pluck().all()
    const read = db.prepare<[number], Row>(
      `SELECT passage.id, document.content_hash AS documentHash, document.title, page_start AS page, page_end AS pageEnd,
         text_hash AS passageHash, text FROM passage JOIN document ON document.id = passage.document_id WHERE passage.id = ?`,
    )
    const rows: Omit<Row, 'text'>[] = []
    const signatures: (Uint32Array | undefined)[] = []
    for (const [i, id] of ids.entries()) {
      if (i % LET_OTHERS_IN_EVERY === 0) {
        options.signal?.throwIfAborted()
        options.onProgress?.(i, ids.length)
        await new Promise(setImmediate)
      }
      const row = read.get(id)
      if (!row) continue
      const { text, ...place } = row
      rows.push(place)
      signatures.push(minhash(text))
    }
    const firsts = clusterNearDuplicates(signatures)
    options.onProgress?.(ids.length, ids.length)
    return new PassagePool(rows.map((row, i) => ({ ...row, clusterId: rows[firsts[i]!]!.id })))
  }

  get size(): number {
    return this.#byId.size
  }

  /** Undefined for a passage that came after the pool was loaded. */
  get(id: number): PooledPassage | undefined {
    return this.#byId.get(id)
  }

  /** The passage with this text in this document; undefined when the library does not hold it (any more). */
  find(place: { readonly documentHash: string; readonly passageHash: string }): PooledPassage | undefined {
    const id = this.#byContent.get(contentKey(place))
    return id === undefined ? undefined : this.#byId.get(id)
  }
}

/** Identity of a passage by content. See [Note: lineage by content]. */
export function contentKey({
  documentHash,
  passageHash,
}: {
  readonly documentHash: string
  readonly passageHash: string
}): string {
  return `${documentHash} ${passageHash}`
}
