import { normals, random } from '../../native/testing/random.ts'

/** Vectors one after the other, `[count, dimensions]`, of unit length. */
export interface VectorSet {
  readonly dimensions: number
  readonly passages: Float32Array
  readonly queries: Float32Array
}

/** Latent dimensions of the corpus: text embeddings of n dimensions have far fewer degrees of freedom. */
const LATENT = 128
/** Passages per cluster, about as many as tell of one topic. */
const CLUSTER_SIZE = 83

/**
 * A corpus that behaves like embedded text as far as a scan can tell: clusters in a latent space whose spectrum decays,
 * mapped to unit vectors. A query is a noisy copy of a passage. Real embeddings are harder to tell apart than these.
 */
export function clusteredVectors(passages: number, queries: number, dimensions: number, seed = 1): VectorSet {
  const normal = normals(seed)
  const uniform = random(seed + 1)
  // Sums of three uniform numbers pass for normal ones and cost a tenth; the corpus needs tens of millions.
  const rough = () => (uniform() + uniform() + uniform() - 1.5) * 2
  const decay = Float32Array.from({ length: LATENT }, (_, i) => 1 / Math.sqrt(1 + i / 8))
  const basis = Float32Array.from({ length: LATENT * dimensions }, normal)
  const clusters = Math.max(1, Math.round(passages / CLUSTER_SIZE))
  const centres = Float32Array.from({ length: clusters * dimensions }, () => 0)
  const project = (latent: Float32Array, target: Float32Array) => {
    target.fill(0)
    for (let i = 0; i < LATENT; i++) {
      const weight = latent[i]!
      for (let d = 0; d < dimensions; d++) target[d]! += weight * basis[i * dimensions + d]!
    }
    normalise(target)
  }
  const row = (matrix: Float32Array, i: number) => matrix.subarray(i * dimensions, (i + 1) * dimensions)
  for (let c = 0; c < clusters; c++)
    project(
      decay.map((weight) => weight * normal()),
      row(centres, c),
    )
  const spread = 0.6 / Math.sqrt(dimensions)
  const near = (centre: Float32Array, noise: number, target: Float32Array) => {
    for (let d = 0; d < dimensions; d++) target[d] = centre[d]! + noise * rough()
    normalise(target)
  }
  const set = {
    dimensions,
    passages: new Float32Array(passages * dimensions),
    queries: new Float32Array(queries * dimensions),
  }
  for (let i = 0; i < passages; i++) near(row(centres, Math.floor(uniform() * clusters)), spread, row(set.passages, i))
  for (let i = 0; i < queries; i++) {
    near(row(set.passages, Math.floor(uniform() * passages)), spread, row(set.queries, i))
  }
  return set
}

function normalise(vector: Float32Array): void {
  let sum = 0
  for (const x of vector) sum += x * x
  const scale = 1 / Math.sqrt(sum)
  for (let d = 0; d < vector.length; d++) vector[d]! *= scale
}
