// What the owner of a compute worker and the worker say to each other. Structured clones: vectors travel as Float32Array.
import type { Intent } from '../../contracts/intents.ts'
import type { TextKind } from '../../contracts/prompts.ts'
import type { BenchmarkResult, Device, EncoderInfo, ModelInfo, Precision } from '../../ml/session/index.ts'

/**
 * A model and how it is to run. Every task carries it, so a worker that was restarted needs to be told nothing: it opens
 * what a task names and keeps the last few open.
 */
export interface ModelSpec {
  readonly path: string
  readonly kind: ModelInfo['kind']
  /** Of the files, so that a folder whose content was replaced is opened anew. */
  readonly version?: string
  readonly device: Device | 'auto'
  readonly precision: Precision
  /** Threads inside an operator, CPU only; all cores when left out. */
  readonly threads?: number
}

/** What came out of opening a model. */
export interface OpenedModel {
  /** With device and precision for an embedding model. */
  readonly info: ModelInfo | EncoderInfo
  /** Odd but not fatal, as sentences for people. */
  readonly warnings: readonly string[]
}

export interface RuntimeReport {
  readonly version: string
  readonly devices: readonly Device[]
}

/** Every task by name: what it takes and what it gives. */
export interface ComputeTasks {
  /** Opens and probes a model as its folder is now; embedding models are also asked whether padding changes their vectors. */
  open: { in: { model: ModelSpec }; out: OpenedModel }
  encode: {
    in: { model: ModelSpec; texts: readonly string[]; kind: TextKind; intent?: Intent }
    /** `[texts, dimensions]` */
    out: { vectors: Float32Array; dimensions: number }
  }
  /** Scores of (query, passage) pairs by a cross-encoder. */
  score: { in: { model: ModelSpec; pairs: readonly (readonly [string, string])[] }; out: Float32Array }
  bench: { in: { model: ModelSpec }; out: readonly BenchmarkResult[] }
  runtime: { in: Record<never, never>; out: RuntimeReport }
  /** Lets go of a model's files, so that its folder can be removed. */
  close: { in: { path: string }; out: null }
}

export type TaskName = keyof ComputeTasks

export type ComputeRequest =
  | { [Name in TaskName]: { kind: 'task'; id: number; name: Name; input: ComputeTasks[Name]['in'] } }[TaskName]
  | { kind: 'cancel'; id: number }

export interface ComputeFailure {
  /** A code of MODEL_ERROR, `CANCELLED`, or `INTERNAL`. */
  readonly code: string
  readonly message: string
}

export type ComputeReply =
  | { kind: 'done'; id: number; output: unknown }
  | { kind: 'failed'; id: number; failure: ComputeFailure }
  | { kind: 'progress'; id: number; done: number; total: number }
