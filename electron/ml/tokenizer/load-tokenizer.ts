import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isFile } from '../checkpoint/files.ts'
import { readJsonObject, readJsonObjectIfPresent } from '../checkpoint/json-file.ts'
import { MODEL_ERROR, ModelError } from '../models/model-error.ts'
import { byteLevelBpeDefinition, wordPieceDefinition, type TokenizerDefinition } from './definition.ts'
import { TextTokenizer } from './tokenizer.ts'

/**
 * Loads the tokenizer of a Hugging Face folder: `tokenizer.json`, or `vocab.json` + `merges.txt`, or `vocab.txt`,
 * with `tokenizer_config.json` and `special_tokens_map.json` where present.
 *
 * @throws ModelError `MODEL_NOT_FOUND` when the folder holds none of them, `MODEL_INVALID` or `MODEL_UNSUPPORTED` when they cannot be used
 */
export async function loadTokenizer(folder: string): Promise<TextTokenizer> {
  const special = (await readJsonObjectIfPresent(join(folder, 'special_tokens_map.json'))) ?? {}
  const config = { ...special, ...(await readJsonObjectIfPresent(join(folder, 'tokenizer_config.json'))) }
  return new TextTokenizer(folder, await definitionOf(folder, config), config)
}

async function definitionOf(folder: string, config: Readonly<Record<string, unknown>>): Promise<TokenizerDefinition> {
  const at = (name: string) => join(folder, name)
  if (await isFile(at('tokenizer.json'))) return tokenizerJson(at('tokenizer.json'))
  if ((await isFile(at('vocab.json'))) && (await isFile(at('merges.txt')))) {
    const merges = await readFile(at('merges.txt'), 'utf8')
    return byteLevelBpeDefinition(folder, await readJsonObject(at('vocab.json')), merges, config)
  }
  if (await isFile(at('vocab.txt'))) return wordPieceDefinition(folder, await readFile(at('vocab.txt'), 'utf8'), config)
  const sentencePiece = ['sentencepiece.bpe.model', 'tokenizer.model', 'spiece.model']
  for (const name of sentencePiece) {
    if (!(await isFile(at(name)))) continue
    throw new ModelError(
      MODEL_ERROR.unsupported,
      `${at(name)}: SentencePiece files are not read. Add the model's tokenizer.json to the folder.`,
    )
  }
  throw new ModelError(
    MODEL_ERROR.notFound,
    `${folder}: no tokenizer.json. Add the model's tokenizer files to the folder.`,
  )
}

/** Components a file leaves out are absent, not an error; published files before tokenizers 0.9 do so. */
async function tokenizerJson(path: string): Promise<TokenizerDefinition> {
  const json = await readJsonObject(path)
  const { model, added_tokens } = json
  if (typeof model !== 'object' || model === null) {
    throw new ModelError(MODEL_ERROR.invalid, `${path}: no "model". Download or copy the file again.`)
  }
  return {
    normalizer: json['normalizer'] ?? null,
    pre_tokenizer: json['pre_tokenizer'] ?? null,
    post_processor: json['post_processor'] ?? null,
    decoder: json['decoder'] ?? null,
    model: model as TokenizerDefinition['model'],
    added_tokens: Array.isArray(added_tokens) ? (added_tokens as TokenizerDefinition['added_tokens']) : [],
  }
}
