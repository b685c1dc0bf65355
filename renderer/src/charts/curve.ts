// A curve as charts read it: ordered points, and coarser levels of them that keep every extreme.

/** Points of one curve, in order of x. All arrays have the same length; values that are not finite are gaps. */
export interface CurvePoints {
  /** Ascending. */
  readonly x: ArrayLike<number>
  /** What the line shows: the value itself, or its average. */
  readonly line: ArrayLike<number>
  /** Smallest and largest raw value behind each point; left out where the line is all there is. */
  readonly low?: ArrayLike<number> | undefined
  readonly high?: ArrayLike<number> | undefined
}

/** Places of equal width that curves are put into before they are drawn. */
export interface Grid {
  readonly start: number
  readonly width: number
  readonly count: number
}

export interface Range {
  readonly from: number
  readonly to: number
}

/**
 * Values of a curve on a grid. `undefined`: no point lies there, the line goes on; `null`: the points there have no
 * value, the line breaks.
 */
export interface Binned {
  readonly line: (number | null | undefined)[]
  readonly low: (number | null | undefined)[]
  readonly high: (number | null | undefined)[]
}

interface Level {
  readonly x: ArrayLike<number>
  readonly line: ArrayLike<number>
  readonly low: ArrayLike<number>
  readonly high: ArrayLike<number>
}

/** Points that one point of the first coarser level stands for, and of every level after it. */
const FIRST_FAN = 8
const FAN = 4
/** A level is read when at least this many of its points fall into a place, so that each is at most half a place off. */
const POINTS_A_PLACE = 2
/** Coarser than this no chart asks for. */
const SHORTEST_LEVEL = 1_024

/** A million points are read at the price of some thousand: each drawing takes the coarsest level that is fine enough. */
export class Curve {
  readonly hasBand: boolean
  readonly #levels: Level[]

  constructor({ x, line, low, high }: CurvePoints) {
    this.hasBand = low !== undefined && high !== undefined
    const levels: Level[] = [{ x, line, low: low ?? line, high: high ?? line }]
    for (let top = levels[0]!; top.x.length > FAN * SHORTEST_LEVEL; levels.push(top))
      top = levels.length === 1 ? coarser(top, FIRST_FAN) : coarser(top, FAN)
    this.#levels = levels
  }

  get length(): number {
    return this.#levels[0]!.x.length
  }

  /** First and last x; undefined for a curve without points. */
  get extent(): Range | undefined {
    const { x } = this.#levels[0]!
    return x.length === 0 ? undefined : { from: x[0]!, to: x[x.length - 1]! }
  }

  /** The point nearest to x, undefined for a curve without points. */
  at(
    x: number,
  ): { readonly x: number; readonly line: number; readonly low: number; readonly high: number } | undefined {
    const level = this.#levels[0]!
    if (level.x.length === 0) return undefined
    const after = Math.min(level.x.length - 1, lowerBound(level.x, x))
    const before = Math.max(0, after - 1)
    const index = Math.abs(level.x[before]! - x) <= Math.abs(level.x[after]! - x) ? before : after
    return { x: level.x[index]!, line: level.line[index]!, low: level.low[index]!, high: level.high[index]! }
  }

  /**
   * Puts the curve onto a grid: mean of the line, least and greatest raw value of each place.
   * @param withBand false leaves the least and greatest values out
   */
  bin(grid: Grid, withBand = true): Binned {
    const { start, width, count } = grid
    const binned: Binned = { line: Array(count), low: Array(withBand ? count : 0), high: Array(withBand ? count : 0) }
    const level = this.#levelFor(grid)
    const { x } = level
    const end = start + width * count
    let index = lowerBound(x, start)
    while (index < x.length && x[index]! < end) {
      const place = Math.min(count - 1, Math.floor((x[index]! - start) / width))
      const next = start + width * (place + 1)
      let [sum, values, low, high] = [0, 0, Infinity, -Infinity]
      do {
        const value = level.line[index]!
        if (Number.isFinite(value)) {
          sum += value
          values += 1
        }
        if (withBand) {
          if (level.low[index]! < low) low = level.low[index]!
          if (level.high[index]! > high) high = level.high[index]!
        }
        index += 1
      } while (index < x.length && x[index]! < next)
      binned.line[place] = values === 0 ? null : sum / values
      if (!withBand) continue
      binned.low[place] = Number.isFinite(low) ? low : null
      binned.high[place] = Number.isFinite(high) ? high : null
    }
    this.#reachEdge(level, grid, binned, 0)
    this.#reachEdge(level, grid, binned, count - 1)
    return binned
  }

  #levelFor({ start, width, count }: Grid): Level {
    for (let index = this.#levels.length - 1; index > 0; index -= 1) {
      const level = this.#levels[index]!
      const points = lowerBound(level.x, start + width * count) - lowerBound(level.x, start)
      if (points >= POINTS_A_PLACE * count) return level
    }
    return this.#levels[0]!
  }

  /** The line runs to the edge of the grid where its next point lies beyond. */
  #reachEdge({ x, line }: Level, { start, width }: Grid, { line: drawn }: Binned, place: number): void {
    if (drawn[place] !== undefined) return
    const at = start + width * (place + 0.5)
    const after = lowerBound(x, at)
    if (after === 0 || after === x.length) return
    const share = (at - x[after - 1]!) / (x[after]! - x[after - 1]!)
    const value = line[after - 1]! + (line[after]! - line[after - 1]!) * share
    if (Number.isFinite(value)) drawn[place] = value
  }
}

/**
 * A grid over a range with between `places` and twice as many places. Its lines stand at multiples of a power of two, so
 * that the same points share a place wherever the range is panned to, and nothing shimmers.
 */
export function gridOver({ from, to }: Range, places: number): Grid {
  const width = 2 ** Math.floor(Math.log2((to - from) / places))
  const first = Math.floor(from / width)
  return { start: first * width, width, count: Math.floor(to / width) - first + 1 }
}

/** @param fan points that become one */
function coarser({ x, line, low, high }: Level, fan: number): Level {
  const length = Math.ceil(x.length / fan)
  const level = {
    ...{ x: new Float64Array(length), line: new Float32Array(length) },
    ...{ low: new Float32Array(length), high: new Float32Array(length) },
  }
  // Where the line is all there is, it is read once.
  const isPlain = low === line && high === line
  for (let place = 0, index = 0; place < length; place += 1) {
    const end = Math.min(x.length, index + fan)
    level.x[place] = x[index]!
    let [sum, values, least, greatest] = [0, 0, Infinity, -Infinity]
    for (; index < end; index += 1) {
      const value = line[index]!
      // Not a number minus itself is not 0, and neither is infinity minus itself.
      if (value - value === 0) {
        sum += value
        values += 1
      }
      const below = isPlain ? value : low[index]!
      const above = isPlain ? value : high[index]!
      if (below < least) least = below
      if (above > greatest) greatest = above
    }
    level.line[place] = values === 0 ? NaN : sum / values
    level.low[place] = least
    level.high[place] = greatest
  }
  return level
}

/** Index of the first value that is not less; the length where all are. */
function lowerBound(values: ArrayLike<number>, wanted: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! < wanted) low = middle + 1
    else high = middle
  }
  return low
}
