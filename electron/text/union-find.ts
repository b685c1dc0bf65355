/** Disjoint sets over 0..size-1 with path halving and union by size; nearly constant time per call. */
export class UnionFind {
  readonly #parent: Int32Array
  readonly #size: Int32Array

  constructor(size: number) {
    this.#parent = Int32Array.from({ length: size }, (_, i) => i)
    this.#size = new Int32Array(size).fill(1)
  }

  find(element: number): number {
    const parent = this.#parent
    let at = element
    while (parent[at] !== at) {
      const up = parent[at]
      if (up === undefined) throw new RangeError(`UnionFind: ${element} is not one of ${parent.length} elements`)
      at = parent[at] = parent[up] as number
    }
    return at
  }

  connected(a: number, b: number): boolean {
    return this.find(a) === this.find(b)
  }

  union(a: number, b: number): void {
    let large = this.find(a)
    let small = this.find(b)
    if (large === small) return
    if ((this.#size[large] as number) < (this.#size[small] as number)) [large, small] = [small, large]
    this.#parent[small] = large
    this.#size[large] = (this.#size[large] as number) + (this.#size[small] as number)
  }

  /** Per element the smallest element of its set. */
  firsts(): Int32Array {
    const first = new Int32Array(this.#parent.length).fill(-1)
    return Int32Array.from(this.#parent, (_, element) => {
      const root = this.find(element)
      if (first[root] === -1) first[root] = element
      return first[root] as number
    })
  }
}
