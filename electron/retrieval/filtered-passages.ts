import type { Database, Statement } from 'better-sqlite3'
import type { SearchFilters } from '../contracts/search.ts'
import { ChangeStamp } from '../storage/index.ts'
import { documentFilter } from './document-filter.ts'
import { PassageSet } from './passage-set.ts'

/** The filter of the search on screen, those before it, and those of saved searches. */
const KEPT_FILTERS = 8

const ofConnections = new WeakMap<Database, FilteredPassages>()

interface Kept {
  readonly stamp: string
  readonly set: PassageSet
}

/**
 * The passages that pass a filter, for every retriever of a library. Finding them takes two index seeks per document (see
 * [Note: passages in a row]); they are kept for the next search. After a change of the library they are found anew, and
 * where they are the same ones the set is the same object, so that what an index derived from it stays good as well.
 */
export class FilteredPassages {
  readonly #db: Database
  readonly #stamp: ChangeStamp
  readonly #ocr: Statement<[], number>
  /** The last used comes last. */
  readonly #kept = new Map<string, Kept>()

  private constructor(db: Database) {
    this.#db = db
    this.#stamp = new ChangeStamp(db)
    this.#ocr = db.prepare<[], number>('SELECT id FROM passage WHERE ocr = 1').pluck()
  }

  /** One per connection, so that the legs of a search share what is found. */
  static in(db: Database): FilteredPassages {
    const known = ofConnections.get(db) ?? new FilteredPassages(db)
    ofConnections.set(db, known)
    return known
  }

  /** @returns undefined where nothing is filtered. */
  passing(filters: SearchFilters | undefined): PassageSet | undefined {
    const documents = documentFilter(filters)
    const ocr = filters?.ocr
    if (!documents && ocr === undefined) return undefined
    const key = JSON.stringify([documents, ocr])
    const stamp = this.#stamp.read()
    const known = this.#kept.get(key)
    if (known?.stamp === stamp) return this.#keep(key, known)
    const found = this.#withOcr(ocr, this.#ofDocuments(documents))
    return this.#keep(key, { stamp, set: known?.set.equals(found) ? known.set : found })
  }

  #keep(key: string, kept: Kept): PassageSet {
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > KEPT_FILTERS) this.#kept.delete(oldest!)
    return kept.set
  }

  #ofDocuments(filter: ReturnType<typeof documentFilter>): PassageSet {
    const ranges = this.#db
      .prepare<unknown[], [number, number] | [null, null]>(
        `SELECT (SELECT id FROM passage WHERE document_id = document.id ORDER BY id LIMIT 1),
           (SELECT id FROM passage WHERE document_id = document.id ORDER BY id DESC LIMIT 1)
         FROM document WHERE ${filter?.sql ?? 'true'}`,
      )
      .raw()
      .all(...(filter?.values ?? []))
    // A document without text has no passages.
    return PassageSet.ofRanges(ranges.filter((range): range is [number, number] => range[0] !== null))
  }

  #withOcr(ocr: boolean | undefined, set: PassageSet): PassageSet {
    if (ocr === undefined) return set
    const read = this.#ocr.all()
    return ocr ? PassageSet.of(read.filter((id) => set.has(id))) : set.without(read)
  }
}
