// What a tokenizer.json holds, and how to make one for folders that only have the older vocabulary files.
import { MODEL_ERROR, ModelError } from '../models/model-error.ts'

/** The parsed tokenizer.json, as far as this program looks into it; the library reads the rest. */
export interface TokenizerDefinition {
  readonly model: {
    readonly type?: string
    readonly vocab?: unknown
    readonly unk_token?: string | null
    readonly [key: string]: unknown
  }
  readonly added_tokens: readonly AddedToken[]
  readonly normalizer: unknown
  readonly pre_tokenizer: unknown
  readonly post_processor: unknown
  readonly decoder: unknown
}

export interface AddedToken {
  readonly id: number
  readonly content: string
  readonly special?: boolean
  readonly [key: string]: unknown
}

/** tokenizer_config.json: free-form, every field checked where it is used. */
export type TokenizerConfig = Readonly<Record<string, unknown>>

/** A special token is written as a string or as an object with `content`. */
export function tokenContent(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'object' && value !== null && 'content' in value && typeof value.content === 'string')
    return value.content
  return undefined
}

/**
 * The tokenizer.json equivalent of a `vocab.txt` folder (BERT, DistilBERT, MPNet), as the Hugging Face converter builds it.
 *
 * @param vocabText one token a line, its id the line number
 * @throws ModelError `MODEL_UNSUPPORTED` for a tokenizer class that is not WordPiece, `MODEL_INVALID` when a special token is missing
 */
export function wordPieceDefinition(source: string, vocabText: string, config: TokenizerConfig): TokenizerDefinition {
  const className = tokenizerClass(config) ?? 'BertTokenizer'
  const isMpnet = className === 'MPNetTokenizer'
  if (!isMpnet && !['BertTokenizer', 'DistilBertTokenizer', 'ElectraTokenizer'].includes(className)) {
    throw unsupportedClass(source, className, 'vocab.txt')
  }
  const lines = vocabText.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  const vocab = Object.fromEntries(lines.map((token, id) => [token, id]))
  const special = (field: string, fallback: string) => tokenContent(config[field]) ?? fallback
  const unk = special('unk_token', '[UNK]')
  const pad = special('pad_token', isMpnet ? '<pad>' : '[PAD]')
  const cls = special('cls_token', isMpnet ? '<s>' : '[CLS]')
  const sep = special('sep_token', isMpnet ? '</s>' : '[SEP]')
  const mask = special('mask_token', isMpnet ? '<mask>' : '[MASK]')
  const added = [...new Set([pad, unk, cls, sep, mask])].map((content) => ({
    ...addedToken(content, idOf(source, vocab, content)),
    // MPNet's mask token swallows the space before it; the converter keeps that.
    lstrip: isMpnet && content === mask,
  }))
  const ids = (token: string) => [token, idOf(source, vocab, token)] as const
  return {
    model: { type: 'WordPiece', unk_token: unk, continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab },
    added_tokens: added,
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: config['tokenize_chinese_chars'] ?? true,
      strip_accents: config['strip_accents'] ?? null,
      lowercase: config['do_lower_case'] ?? true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: isMpnet
      ? { type: 'RobertaProcessing', cls: ids(cls), sep: ids(sep), trim_offsets: true, add_prefix_space: false }
      : { type: 'BertProcessing', cls: ids(cls), sep: ids(sep) },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  }
}

/** How Qwen2 and Qwen3 cut text into words before byte-pair encoding. */
const QWEN_WORDS =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

/**
 * The tokenizer.json equivalent of a `vocab.json` + `merges.txt` folder (Qwen2/3, GPT-2, RoBERTa).
 *
 * @throws ModelError `MODEL_UNSUPPORTED` for other tokenizer classes, whose rules these two files do not tell
 */
export function byteLevelBpeDefinition(
  source: string,
  vocab: Readonly<Record<string, unknown>>,
  mergesText: string,
  config: TokenizerConfig,
): TokenizerDefinition {
  const className = tokenizerClass(config) ?? 'none'
  const isQwen = className === 'Qwen2Tokenizer'
  const isRoberta = className === 'RobertaTokenizer'
  if (!isQwen && !isRoberta && className !== 'GPT2Tokenizer') throw unsupportedClass(source, className, 'vocab.json')
  const merges = mergesText
    .split(/\r?\n/)
    .filter((line, index) => line !== '' && !(index === 0 && line.startsWith('#version')))
  const addPrefixSpace = config['add_prefix_space'] === true
  const byteLevel = { type: 'ByteLevel', add_prefix_space: addPrefixSpace, trim_offsets: true }
  const special = (field: string, fallback: string): [string, number] => {
    const token = tokenContent(config[field]) ?? fallback
    return [token, idOf(source, vocab, token)]
  }
  return {
    model: {
      type: 'BPE',
      vocab,
      merges,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
    },
    added_tokens: addedTokens(source, vocab, config),
    normalizer: isQwen ? { type: 'NFC' } : null,
    pre_tokenizer: isQwen
      ? {
          type: 'Sequence',
          pretokenizers: [
            { type: 'Split', pattern: { Regex: QWEN_WORDS }, behavior: 'Isolated', invert: false },
            { ...byteLevel, use_regex: false },
          ],
        }
      : { ...byteLevel, use_regex: true },
    post_processor: isRoberta
      ? { type: 'RobertaProcessing', cls: special('cls_token', '<s>'), sep: special('sep_token', '</s>') }
      : byteLevel,
    decoder: byteLevel,
  }
}

/** Tokens outside the vocabulary, from `added_tokens_decoder`, and the named special ones that lie inside it. */
function addedTokens(source: string, vocab: Readonly<Record<string, unknown>>, config: TokenizerConfig): AddedToken[] {
  const tokens = new Map<string, AddedToken>()
  const decoder = config['added_tokens_decoder']
  if (typeof decoder === 'object' && decoder !== null) {
    for (const [id, entry] of Object.entries(decoder)) {
      const content = tokenContent(entry)
      if (content !== undefined) tokens.set(content, { ...addedToken(content, Number(id)), ...(entry as object) })
    }
  }
  for (const field of ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token']) {
    const content = tokenContent(config[field])
    if (content !== undefined && !tokens.has(content))
      tokens.set(content, addedToken(content, idOf(source, vocab, content)))
  }
  return [...tokens.values()]
}

function addedToken(content: string, id: number): AddedToken {
  return { id, content, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false }
}

function idOf(source: string, vocab: Readonly<Record<string, unknown>>, token: string): number {
  const id = vocab[token]
  if (typeof id === 'number') return id
  throw new ModelError(
    MODEL_ERROR.invalid,
    `${source}: the special token ${token} is not in the vocabulary. Check that tokenizer_config.json and the vocabulary belong to the same model.`,
  )
}

/** `tokenizer_class` without the suffix of the compiled variant. */
function tokenizerClass(config: TokenizerConfig): string | undefined {
  const name = config['tokenizer_class']
  return typeof name === 'string' ? name.replace(/Fast$/, '') : undefined
}

function unsupportedClass(source: string, name: string, file: string): ModelError {
  return new ModelError(
    MODEL_ERROR.unsupported,
    `${source}: ${file} with tokenizer class ${name} is not supported. Add the model's tokenizer.json to the folder.`,
  )
}
