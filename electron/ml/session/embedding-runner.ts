// One loaded embedding model on one device: padded batches of token ids in, text vectors out.
import type { InferenceSession } from 'onnxruntime-node'
import { INPUT_NAMES } from '../models/encoder-inputs.ts'
import { OUTPUT_NAMES } from '../models/embedding-graph.ts'
import { MODEL_ERROR, ModelError } from '../models/model-error.ts'
import type { Pooling } from '../nn/pooling.ts'
import { padBatch } from './batches.ts'
import { createSession, float32Output, int64Tensor, type SessionSettings } from './ort-session.ts'
import { poolRows } from './pool-rows.ts'
import type { BuiltModel } from './build-model.ts'

/** Runs one model. Not thread-safe: one run at a time. */
export interface EmbeddingRunner {
  /** @returns `[rows.length, width]`, not normalized */
  run(rows: readonly ArrayLike<number>[], sequence: number): Promise<{ vectors: Float32Array; width: number }>
  release(): Promise<void>
}

/** Loads a model that we built. */
export async function openBuiltModel(
  model: BuiltModel,
  settings: SessionSettings,
  padId: number,
): Promise<EmbeddingRunner> {
  const session = await createSession(model.bytes, { ...settings, externalFolder: model.externalFolder })
  return {
    async run(rows, sequence) {
      const { ids, mask } = padBatch(rows, sequence, padId)
      const dims = [rows.length, sequence]
      const results = await session.run({
        [INPUT_NAMES.ids]: int64Tensor(ids, dims),
        [INPUT_NAMES.mask]: int64Tensor(mask, dims),
      })
      const output = float32Output(results, OUTPUT_NAMES.embedding)
      return { vectors: output.data, width: output.dims[1]! }
    },
    release: () => session.release(),
  }
}

const TOKEN_OUTPUTS = ['last_hidden_state', 'token_embeddings']

/**
 * Loads a ready-made .onnx file with the usual inputs (`input_ids`, `attention_mask`, `token_type_ids`) and either pooled
 * (`sentence_embedding`) or token outputs, which are then pooled here.
 *
 * @throws ModelError `MODEL_UNSUPPORTED` when the graph wants or gives anything else
 */
export async function openReadyGraph(
  file: string,
  settings: SessionSettings,
  padId: number,
  pooling: Pooling,
): Promise<EmbeddingRunner> {
  const session = await createSession(file, settings).catch((cause: unknown) => {
    if (settings.device !== 'cpu') throw cause // the device's own reason goes into its report
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ModelError(MODEL_ERROR.invalid, `${file}: cannot be loaded (${reason}). Get the file again.`, { cause })
  })
  const known: readonly string[] = Object.values(INPUT_NAMES)
  const strange = session.inputNames.filter((name) => !known.includes(name))
  const pooled = session.outputNames.find((name) => name === OUTPUT_NAMES.embedding)
  const output = pooled ?? session.outputNames.find((name) => TOKEN_OUTPUTS.includes(name))
  if (strange.length > 0 || !session.inputNames.includes(INPUT_NAMES.ids) || output === undefined) {
    const found = `inputs ${session.inputNames.join(', ')}; outputs ${session.outputNames.join(', ')}`
    await session.release()
    throw new ModelError(
      MODEL_ERROR.unsupported,
      `${file}: not a text embedding model (${found}). It needs input_ids and sentence_embedding or last_hidden_state.`,
    )
  }
  return {
    async run(rows, sequence) {
      const { ids, mask } = padBatch(rows, sequence, padId)
      const result = float32Output(await session.run(feeds(session, ids, mask, [rows.length, sequence])), output)
      if (pooled) return { vectors: result.data, width: result.dims.at(-1)! }
      const width = result.dims[2]!
      const lengths = rows.map((row) => row.length)
      return { vectors: poolRows(pooling, result.data, lengths, sequence, width), width }
    },
    release: () => session.release(),
  }
}

function feeds(session: InferenceSession, ids: BigInt64Array, mask: BigInt64Array, dims: readonly number[]) {
  const all = {
    [INPUT_NAMES.ids]: ids,
    [INPUT_NAMES.mask]: mask,
    [INPUT_NAMES.typeIds]: new BigInt64Array(ids.length),
  }
  const wanted = Object.entries(all).filter(([name]) => session.inputNames.includes(name))
  return Object.fromEntries(wanted.map(([name, values]) => [name, int64Tensor(values, dims)]))
}
