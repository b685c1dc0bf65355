// Dimensions: numbers, or symbols with exact arithmetic ('batch', 'batch*sequence', '2*batch+1').

/** A dimension. A string is a symbolic size: a sum of products of names and integers. `?3` is a size nothing is known about. */
export type Dim = number | string
export type Shape = readonly Dim[]

/** Coefficient by monomial; a monomial is its sorted names joined by `*`, the constant term is ''. */
type Polynomial = Map<string, number>

function parse(dim: Dim): Polynomial {
  const terms: Polynomial = new Map()
  if (typeof dim === 'number') return dim === 0 ? terms : terms.set('', dim)
  for (const term of dim.split('+')) {
    const factors = term.split('*').map((factor) => factor.trim())
    const names = factors.filter((factor) => !isInteger(factor)).sort()
    const coefficient = factors.filter(isInteger).reduce((product, factor) => product * Number(factor), 1)
    addTerm(terms, names.join('*'), coefficient)
  }
  return terms
}

function isInteger(text: string): boolean {
  return /^-?\d+$/.test(text)
}

function addTerm(terms: Polynomial, monomial: string, coefficient: number): void {
  const sum = (terms.get(monomial) ?? 0) + coefficient
  if (sum === 0) terms.delete(monomial)
  else terms.set(monomial, sum)
}

function format(terms: Polynomial): Dim {
  const monomials = [...terms.keys()].sort((a, b) => (a === '' ? 1 : b === '' ? -1 : a < b ? -1 : 1))
  if (monomials.length === 0) return 0
  if (monomials.length === 1 && monomials[0] === '') return terms.get('')!
  return monomials
    .map((monomial) => {
      const coefficient = terms.get(monomial)!
      return monomial === '' ? `${coefficient}` : coefficient === 1 ? monomial : `${coefficient}*${monomial}`
    })
    .join('+')
}

export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b
  const sum = parse(a)
  for (const [monomial, coefficient] of parse(b)) addTerm(sum, monomial, coefficient)
  return format(sum)
}

export function multiplyDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a * b
  const product: Polynomial = new Map()
  for (const [m, x] of parse(a)) {
    for (const [n, y] of parse(b)) addTerm(product, [...names(m), ...names(n)].sort().join('*'), x * y)
  }
  return format(product)
}

export function subtractDims(a: Dim, b: Dim): Dim {
  return addDims(a, multiplyDims(b, -1))
}

/** `a / b` where that is exact, else undefined. A symbol is taken to be non-zero. */
export function divideDims(a: Dim, b: Dim): Dim | undefined {
  if (b === 0) return undefined
  if (a === b) return 1
  const divisor = parse(b)
  if (divisor.size !== 1) return undefined
  const [[monomial, coefficient]] = [...divisor] as [[string, number]]
  const quotient: Polynomial = new Map()
  for (const [m, x] of parse(a)) {
    const rest = names(m)
    for (const name of names(monomial)) {
      const at = rest.indexOf(name)
      if (at < 0) return undefined
      rest.splice(at, 1)
    }
    if (x % coefficient !== 0) return undefined
    addTerm(quotient, rest.join('*'), x / coefficient)
  }
  return format(quotient)
}

function names(monomial: string): string[] {
  return monomial === '' ? [] : monomial.split('*')
}

/** A symbolic dimension as a sum of products: what it takes to compute it at run time. */
export function dimTerms(dim: Dim): readonly { readonly coefficient: number; readonly symbols: readonly string[] }[] {
  return [...parse(dim)].map(([monomial, coefficient]) => ({ coefficient, symbols: names(monomial) }))
}

/** The number of elements of a shape. */
export function elementCount(shape: Shape): Dim {
  return shape.reduce<Dim>(multiplyDims, 1)
}

export function isUnknown(dim: Dim): boolean {
  return typeof dim === 'string' && dim.startsWith('?')
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, index) => dim === b[index])
}

/** Two dimensions that must be equal, as the one that says more; undefined when they cannot be shown to agree. */
export function unifyDims(a: Dim, b: Dim): Dim | undefined {
  if (a === b || isUnknown(b)) return a
  if (isUnknown(a)) return b
  return undefined
}

/** Numpy broadcasting of one axis; undefined when the two cannot be shown to agree. */
function broadcastDims(a: Dim, b: Dim): Dim | undefined {
  if (a === 1) return b
  if (b === 1) return a
  return unifyDims(a, b)
}

/** Numpy (and ONNX multidirectional) broadcasting; undefined when the shapes do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length)
  const result: Dim[] = []
  for (let axis = 0; axis < rank; axis++) {
    const dim = broadcastDims(a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1)
    if (dim === undefined) return undefined
    result.push(dim)
  }
  return result
}

/** An axis counted from the end when negative, as 0..rank-1; throws when it is outside. */
export function normalizeAxis(axis: number, rank: number): number {
  const normalized = axis < 0 ? axis + rank : axis
  if (normalized < 0 || normalized >= rank) throw new Error(`axis ${axis} is outside rank ${rank}`)
  return normalized
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(',')}]`
}
