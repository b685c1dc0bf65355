import { InferenceSession, Tensor } from 'onnxruntime-node'
import { GraphBuilder, model, writeModel } from '../../ml/ir/index.ts'
import { seededRandom } from '../../platform/seeded-random.ts'
import type { SparseMatrix } from './sparse-matrix.ts'
import { symmetricEigen } from './symmetric-eigen.ts'

/** More directions than asked for make the first ones exact; ten are usual. */
const OVERSAMPLING = 10
/** Each sharpens the directions by the square of the singular values; texts have a flat spectrum and need them. */
const POWER_ITERATIONS = 3
/** Directions this much weaker than the strongest are rounding noise: Gram matrices in float32 hold seven digits of their square. */
const WEAKEST = 1e-3

export interface TruncatedSvd {
  /** Largest first. */
  readonly singularValues: Float64Array
  /** Right singular vectors as columns, `[columns, rank]`. */
  readonly basis: Float32Array
  readonly rank: number
}

export interface SvdOptions {
  readonly rank: number
  readonly seed: number
  readonly signal?: AbortSignal
}

/**
 * Truncated singular value decomposition by random projection (Halko, Martinsson and Tropp 2011, algorithms 4.4 and 5.1).
 *
 * Products of two dense matrices run as ONNX graphs; products with the sparse matrix run over its entries, of which there
 * are a hundred times fewer than cells. The result may have a lower rank than asked for where the matrix has.
 */
export async function randomisedSvd(matrix: SparseMatrix, options: SvdOptions): Promise<TruncatedSvd> {
  const { signal } = options
  const width = Math.min(options.rank + OVERSAMPLING, matrix.rows, matrix.columns)
  const products = await DenseProducts.create()
  try {
    let projected: Dense = { data: matrix.times(normals(matrix.columns * width, options.seed), width), width }
    for (let iteration = 0; iteration < POWER_ITERATIONS; iteration++) {
      signal?.throwIfAborted()
      const rows = await orthonormalise(projected, products)
      const back = matrix.transposedTimes(rows.data, rows.width)
      await breathe()
      const columns = await orthonormalise({ data: back, width: rows.width }, products)
      projected = { data: matrix.times(columns.data, columns.width), width: columns.width }
      await breathe()
    }
    // Twice is enough (Cholesky-QR2 has the same remedy): the first pass leaves errors of the order of the condition number.
    const range = await orthonormalise(await orthonormalise(projected, products), products)
    const small: Dense = { data: matrix.transposedTimes(range.data, range.width), width: range.width }
    // small = V S U', so small'small = U S^2 U' and V = small U / S.
    const { values, vectors } = symmetricEigen(await products.gram(small), small.width)
    const rank = Math.min(options.rank, countStrong(values))
    const weights = new Float32Array(small.width * rank)
    for (let row = 0; row < small.width; row++)
      for (let i = 0; i < rank; i++) weights[row * rank + i] = vectors[row * small.width + i]! / Math.sqrt(values[i]!)
    return {
      singularValues: values.subarray(0, rank).map(Math.sqrt),
      basis: await products.multiply(small, { data: weights, width: rank }),
      rank,
    }
  } finally {
    await products.release()
  }
}

/** Row-major, `[data.length / width, width]`. */
interface Dense {
  readonly data: Float32Array
  readonly width: number
}

/** Columns of unit length at right angles that span the same space: Y G^-1/2, G = Y'Y, without its vanishing directions. */
async function orthonormalise(matrix: Dense, products: DenseProducts): Promise<Dense> {
  const { values, vectors } = symmetricEigen(await products.gram(matrix), matrix.width)
  const kept = countStrong(values)
  const weights = new Float32Array(matrix.width * kept)
  for (let row = 0; row < matrix.width; row++)
    for (let i = 0; i < kept; i++) weights[row * kept + i] = vectors[row * matrix.width + i]! / Math.sqrt(values[i]!)
  return { data: await products.multiply(matrix, { data: weights, width: kept }), width: kept }
}

/** Eigenvalues of a Gram matrix, largest first, that are more than rounding noise. */
function countStrong(values: Float64Array): number {
  return values.filter((value) => value > WEAKEST ** 2 * values[0]!).length
}

/** The two dense products as ONNX graphs. */
class DenseProducts {
  readonly #gram: InferenceSession
  readonly #multiply: InferenceSession

  private constructor(gram: InferenceSession, multiply: InferenceSession) {
    this.#gram = gram
    this.#multiply = multiply
  }

  static async create(): Promise<DenseProducts> {
    const gram = new GraphBuilder('gram')
    const y = gram.input('y', 'float32', ['n', 'k'])
    gram.output('product', gram.gemm(y, y, { transposeA: true }))
    const multiply = new GraphBuilder('multiply')
    const a = multiply.input('a', 'float32', ['n', 'k'])
    multiply.output('product', multiply.gemm(a, multiply.input('b', 'float32', ['k', 'm'])))
    const open = (graph: GraphBuilder) =>
      InferenceSession.create(writeModel(model(graph.build())), { executionProviders: ['cpu'] })
    return new DenseProducts(await open(gram), await open(multiply))
  }

  /** `Y'Y`, `[width, width]`. */
  async gram(y: Dense): Promise<Float64Array> {
    const { product } = await this.#gram.run({ y: tensor(y) })
    return Float64Array.from(product!.data as Float32Array)
  }

  async multiply(a: Dense, b: Dense): Promise<Float32Array> {
    const { product } = await this.#multiply.run({ a: tensor(a), b: tensor(b) })
    return product!.data as Float32Array
  }

  async release(): Promise<void> {
    await this.#gram.release()
    await this.#multiply.release()
  }
}

function tensor({ data, width }: Dense): Tensor {
  return new Tensor('float32', data, [data.length / width, width])
}

/** Standard normal numbers (Box and Muller 1958). */
function normals(count: number, seed: number): Float32Array {
  const random = seededRandom(seed)
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  )
}

const breathe = (): Promise<void> => new Promise(setImmediate)
