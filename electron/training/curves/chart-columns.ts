import type { Curve } from '../../contracts/training-curves.ts'

/** Folds entries in the order of their axis into the columns of a chart; columns without an entry are left out. */
export class ChartColumns {
  readonly #from: number
  readonly #scale: number
  readonly #width: number
  readonly #x: Float64Array
  readonly #min: Float64Array
  readonly #max: Float64Array
  readonly #smoothed: Float64Array
  #used = 0
  #current = -1

  /** @param from and @param to are the ends of the axis */
  constructor(from: number, to: number, width: number) {
    this.#from = from
    this.#width = width
    this.#scale = to > from ? width / (to - from) : 0
    this.#x = new Float64Array(width)
    this.#min = new Float64Array(width)
    this.#max = new Float64Array(width)
    this.#smoothed = new Float64Array(width)
  }

  /** @param min NaN, as max, where the entry has no finite value */
  add(x: number, min: number, max: number, smoothed: number): void {
    const column = Math.min(this.#width - 1, Math.max(0, Math.floor((x - this.#from) * this.#scale)))
    if (column > this.#current) {
      this.#current = column
      this.#min[this.#used] = NaN
      this.#max[this.#used] = NaN
      this.#used++
    }
    const at = this.#used - 1
    this.#x[at] = x
    this.#smoothed[at] = smoothed
    if (!Number.isNaN(min) && !(this.#min[at]! <= min)) this.#min[at] = min
    if (!Number.isNaN(max) && !(this.#max[at]! >= max)) this.#max[at] = max
  }

  finish(): Pick<Curve, 'x' | 'min' | 'max' | 'smoothed'> {
    const cut = (values: Float64Array): Float64Array => values.slice(0, this.#used)
    return { x: cut(this.#x), min: cut(this.#min), max: cut(this.#max), smoothed: cut(this.#smoothed) }
  }
}
