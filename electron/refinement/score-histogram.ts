/** Counts of scores in bins of equal width; what lies outside the range is counted, not lost. */
export interface ScoreHistogram {
  readonly min: number
  readonly max: number
  readonly counts: readonly number[]
  readonly below: number
  readonly above: number
}

/** Collects scores one by one, so that a histogram over millions of candidates needs no list of them. */
export class HistogramBuilder {
  readonly #min: number
  readonly #max: number
  readonly #counts: Float64Array
  #below = 0
  #above = 0

  /** Bins cover [min, max); a score of exactly `max` belongs to the last one. */
  constructor(min: number, max: number, bins: number) {
    if (!(max > min) || !Number.isInteger(bins) || bins < 1) {
      throw new RangeError(`a histogram needs min < max and at least one bin, got ${min}, ${max} and ${bins}`)
    }
    this.#min = min
    this.#max = max
    this.#counts = new Float64Array(bins)
  }

  /** Goes on where another one was built. */
  static from({ min, max, counts, below, above }: ScoreHistogram): HistogramBuilder {
    const builder = new HistogramBuilder(min, max, counts.length)
    builder.#counts.set(counts)
    builder.#below = below
    builder.#above = above
    return builder
  }

  add(score: number): void {
    if (score < this.#min) this.#below++
    else if (score > this.#max) this.#above++
    else {
      const bins = this.#counts.length
      const bin = Math.min(bins - 1, Math.floor(((score - this.#min) / (this.#max - this.#min)) * bins))
      this.#counts[bin] = (this.#counts[bin] as number) + 1
    }
  }

  build(): ScoreHistogram {
    return { min: this.#min, max: this.#max, counts: [...this.#counts], below: this.#below, above: this.#above }
  }
}
