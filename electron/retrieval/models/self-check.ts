// What a probe run cannot see: does padding leak into the vectors, do different texts get different vectors.
import { MODEL_ERROR, ModelError, type Encoder } from '../../ml/session/index.ts'

const SHORT = 'Boil water for one minute before drinking it.'
const LONG =
  'Incident command hands over to the regional coordination centre when three or more counties are affected, unless the governor has declared a state of emergency; in that case the state operations centre decides, and local staff report to it every four hours.'

/** Padding changes a sound model's vectors by rounding only; a graph that forgets its mask loses far more. */
const MIN_PADDING_COSINE = 0.999
/** Two sentences about different things are this close only in a model that says the same of every text. */
const MAX_UNRELATED_COSINE = 0.99999

/**
 * Encodes a short text alone and beside a long one.
 * @returns warnings, as sentences for people.
 * @throws ModelError `MODEL_INVALID` when every text gets the same vector: that is no embedding model.
 */
export async function checkEncoder(encoder: Encoder): Promise<readonly string[]> {
  const { info, dimensions } = encoder
  const alone = await encoder.encode([SHORT], { kind: 'passage' })
  const together = await encoder.encode([SHORT, LONG], { kind: 'passage' })
  const [short, long] = [together.subarray(0, dimensions), together.subarray(dimensions)]
  if (dot(short, long) > MAX_UNRELATED_COSINE) {
    throw new ModelError(
      MODEL_ERROR.invalid,
      `${info.path}: gives the same vector for every text, so it cannot search. Choose an embedding model.`,
    )
  }
  const warnings: string[] = []
  if (dot(alone, short) < MIN_PADDING_COSINE)
    warnings.push('Its vectors change with the texts beside them: its graph ignores the attention mask. Results vary.')
  if (!info.poolingStated)
    warnings.push(
      'The folder does not say how token vectors are pooled; their mean is taken (no 1_Pooling/config.json).',
    )
  if (info.prompts.family === 'plain' && Object.keys(info.prompts.own).length === 0)
    warnings.push(
      'No query wording is known for this model, so queries go in as typed. If its authors name one, put it into config_sentence_transformers.json as "prompts".',
    )
  if (info.int8?.refused) warnings.push(`It runs in full precision: ${info.int8.refused}.`)
  return warnings
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0)
}
