import { MODEL_ERROR, ModelError } from '../models/model-error.ts'
import type { TextTokenizer } from '../tokenizer/tokenizer.ts'
import { isFiniteArray } from './vectors.ts'

/** Sentences that every opened model encodes once: is it sane, how fast is a device, how close is int8. */
export const PROBE_TEXTS: readonly string[] = [
  'When should residents evacuate before a hurricane makes landfall?',
  'Move to higher ground and do not drive through flooded roads.',
  'The shelter at the high school opens at noon and accepts pets.',
  'Boil water for one minute before drinking it.',
  'Incident command hands over to the regional coordination centre when three or more counties are affected, unless the governor has declared a state of emergency; in that case the state operations centre decides, and local staff report to it every four hours.',
  'Smoke from the wildfire reduced visibility on the interstate to less than fifty metres.',
  'Vaccines are stored between two and eight degrees.',
  'Magnitude 6.4, depth 12 km, no tsunami expected.',
]

/** Token ids of the probe texts. */
export function probeRows(
  tokenizer: TextTokenizer,
  encode: (text: string) => readonly number[],
): readonly (readonly number[])[] {
  const rows = PROBE_TEXTS.map(encode)
  // A tokenizer of another language may find nothing in English sentences.
  return rows.map((row) => (row.length > 0 ? row : [tokenizer.unknownId ?? tokenizer.padId]))
}

/**
 * @throws ModelError `MODEL_NAN` when a model's output is not finite
 */
export function assertFinite(path: string, values: Float32Array): void {
  if (isFiniteArray(values)) return
  throw new ModelError(
    MODEL_ERROR.nan,
    `${path}: the model gives NaN or infinite values, so its weights are damaged (a diverged training run leaves such files). Use an earlier checkpoint or get the model again.`,
  )
}

/**
 * @throws ModelError `MODEL_INVALID` when the tokenizer and the embedding table are not made for each other
 */
export function assertVocabularyFits(path: string, tokenizer: TextTokenizer, rows: number): void {
  const ids = tokenizer.vocabularySize
  // Tables are padded to round sizes, by a few hundred rows for large vocabularies; a quarter more is another vocabulary.
  if (ids <= rows && rows - ids <= Math.max(2048, rows / 4)) return
  throw new ModelError(
    MODEL_ERROR.invalid,
    `${path}: the tokenizer has ${ids} tokens but the model ${rows}. Put the tokenizer files of this very model into the folder.`,
  )
}
