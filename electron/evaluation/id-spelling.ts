// Ids of queries and documents as TREC tools see them.

// White space as C's isspace sees it. A no-break space is part of an id: trec_eval does not split on it.
const SPACE = /[ \t\n\v\f\r]/
const EVERY_SPACE = /[ \t\n\v\f\r]/g

/**
 * The spelling of an id in a TREC file, whose columns are separated by white space: each white-space character
 * becomes an underscore.
 */
export function trecId(id: string): string {
  return SPACE.test(id) ? id.replace(EVERY_SPACE, '_') : id
}

/**
 * Compares two strings by code point, which is the byte order of their UTF-8 form and so what strcmp gives.
 * JavaScript's `<` compares UTF-16 units and puts an emoji before U+FB01.
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i)
    let y = b.charCodeAt(i)
    if (x === y) continue
    // Surrogates stand for code points above every other UTF-16 unit.
    if (x >= 0xd800 && x <= 0xdfff) x += 0x10000
    if (y >= 0xd800 && y <= 0xdfff) y += 0x10000
    return x - y
  }
  return a.length - b.length
}

/**
 * Finds the id that a file means when it writes underscores for spaces: a BEIR folder has `Polar bear:357`, its TREC
 * run `Polar_bear:357`. An exact match always wins.
 */
export class IdSpellings {
  readonly #ids: { has(id: string): boolean }
  /** TREC spelling -> the ids that have it, for the ids that a TREC file changes. */
  readonly #respelled = new Map<string, string[]>()

  constructor(ids: ReadonlySet<string> | ReadonlyMap<string, unknown>) {
    this.#ids = ids
    for (const id of ids.keys()) {
      const spelled = trecId(id)
      if (spelled === id) continue
      const others = this.#respelled.get(spelled)
      if (others) others.push(id)
      else this.#respelled.set(spelled, [id])
    }
  }

  /**
   * @returns undefined for an id that fits none.
   * @throws RangeError for an id that fits two.
   */
  resolve(id: string): string | undefined {
    if (this.#ids.has(id)) return id
    if (this.#respelled.size === 0) return undefined
    const [found, ...others] = this.#respelled.get(trecId(id)) ?? []
    if (others.length > 0) {
      throw new RangeError(
        `id "${id}" may mean "${found}" or "${others[0]}", which differ only by spaces and underscores; rename one`,
      )
    }
    return found
  }
}
