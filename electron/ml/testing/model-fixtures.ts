import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MODELS = fileURLToPath(new URL('models', import.meta.url))

/** The path of a tiny random model folder written by make-model-fixtures.py. */
export function modelFixture(name: string): string {
  return join(MODELS, name)
}

/** What an embedding fixture must compute: by an independent forward pass, one text at a time, in float64. */
export interface ExpectedVectors {
  readonly ids: number[][]
  /** Pooled (and projected) vector of each text, not normalized. */
  readonly vectors: number[][]
}

export interface ExpectedScores {
  readonly ids: number[][]
  readonly types: number[][]
  readonly scores: number[]
}

export function expectedVectors(name: string): ExpectedVectors {
  return JSON.parse(readFileSync(join(modelFixture(name), 'expected.json'), 'utf8')) as ExpectedVectors
}

export function expectedScores(name: string): ExpectedScores {
  return JSON.parse(readFileSync(join(modelFixture(name), 'expected.json'), 'utf8')) as ExpectedScores
}

/** Largest absolute difference. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let worst = a.length === b.length ? 0 : Infinity
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i]! - b[i]!))
  return worst
}
