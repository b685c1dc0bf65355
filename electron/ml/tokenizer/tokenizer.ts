// Text to token ids and back, by @huggingface/tokenizers. Truncation is ours: what a published tokenizer.json says about
// truncation and padding is how its author last called it (128 tokens, often), not what the model can do.
import { Tokenizer } from '@huggingface/tokenizers'
import { MODEL_ERROR, ModelError } from '../models/model-error.ts'
import { tokenContent, type TokenizerConfig, type TokenizerDefinition } from './definition.ts'

export interface EncodedText {
  readonly ids: readonly number[]
  /** Segment of each token: 0, or 1 for the second text of a pair. */
  readonly typeIds: readonly number[]
  /** Whether tokens were cut off to respect `maxTokens`. */
  readonly truncated: boolean
}

export interface EncodeOptions {
  /** Upper bound of `ids.length`, special tokens included. */
  readonly maxTokens?: number
  /** Default true. Static embedding tables are looked up without them. */
  readonly addSpecialTokens?: boolean
}

/** The only call the library's post-processors need; their own type says nothing. */
type PostProcess = (
  tokens: readonly string[],
  pair: readonly string[] | null,
  addSpecialTokens: boolean,
) => { tokens: string[]; token_type_ids?: number[]; tokens_pair?: string[] | null }

/** Letters of several scripts, digits, marks, spaces and a line end: every step of a tokenizer has something to do. */
const PROBE = 'Levee 12: \u00e9v\u00e9nement, \u6d2a\u6c34!\n \u{1f30a}'

export class TextTokenizer {
  /** One more than the largest token id: how many rows the embedding table needs. */
  readonly vocabularySize: number
  /** Id to fill batches with; masked out, so any valid id would do. */
  readonly padId: number
  readonly unknownId: number | undefined
  /** `model_max_length` of tokenizer_config.json, where it is a real bound. */
  readonly modelMaxTokens: number | undefined
  /** How many special tokens one text, and a pair, are wrapped in. */
  readonly specialTokens: { readonly single: number; readonly pair: number }
  readonly #library: Tokenizer
  readonly #truncateLeft: boolean

  /**
   * @param source the file or folder that error messages name
   * @throws ModelError `MODEL_UNSUPPORTED` when the library does not know a component
   */
  constructor(source: string, definition: TokenizerDefinition, config: TokenizerConfig) {
    this.modelMaxTokens = realMaxLength(config['model_max_length'])
    this.#truncateLeft = config['truncation_side'] === 'left'
    try {
      this.#library = new Tokenizer(definition, config)
      this.vocabularySize = vocabularySize(this.#library)
      this.unknownId = this.#library.model?.unk_token_id
      this.padId = this.#padId(config)
      this.specialTokens = { single: this.#wrap([], null).tokens.length, pair: this.#wrap([], []).tokens.length }
      // The library looks at most of a definition when it is used first.
      this.encode(PROBE)
    } catch (cause) {
      if (cause instanceof ModelError) throw new ModelError(cause.code, `${source}: ${cause.message}`, { cause })
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new ModelError(MODEL_ERROR.unsupported, `${source}: this tokenizer cannot be used (${reason}).`, { cause })
    }
  }

  /** Token ids of one text. @throws ModelError `MODEL_INVALID` for a token without an id in a vocabulary without "unknown" */
  encode(text: string, { maxTokens = Infinity, addSpecialTokens = true }: EncodeOptions = {}): EncodedText {
    const tokens = this.#library.tokenize(text)
    const room = maxTokens - (addSpecialTokens ? this.specialTokens.single : 0)
    const kept = this.#cut(tokens, room)
    const wrapped = addSpecialTokens ? this.#wrap(kept, null) : { tokens: kept, types: kept.map(() => 0) }
    return { ids: this.#ids(wrapped.tokens), typeIds: wrapped.types, truncated: kept.length < tokens.length }
  }

  /** Token ids of a pair for a cross-encoder; the longer text gives way first (`longest_first`). */
  encodePair(
    first: string,
    second: string,
    { maxTokens = Infinity }: Pick<EncodeOptions, 'maxTokens'> = {},
  ): EncodedText {
    const a = this.#library.tokenize(first)
    const b = this.#library.tokenize(second)
    const room = Math.max(0, maxTokens - this.specialTokens.pair)
    const excess = Math.max(0, a.length + b.length - room)
    const lengths = longestFirst(a.length, b.length, excess)
    const { tokens, types } = this.#wrap(this.#cut(a, lengths[0]), this.#cut(b, lengths[1]))
    return { ids: this.#ids(tokens), typeIds: types, truncated: excess > 0 }
  }

  /** Number of tokens of a text, special tokens not counted. */
  tokenCount(text: string): number {
    return this.#library.tokenize(text).length
  }

  /** Text of token ids, spaces exactly as the tokens carry them. */
  decode(ids: readonly number[], { skipSpecialTokens = true }: { skipSpecialTokens?: boolean } = {}): string {
    if (ids.length === 0) return '' // the library refuses an empty list
    return this.#library.decode([...ids], {
      skip_special_tokens: skipSpecialTokens,
      clean_up_tokenization_spaces: false,
    })
  }

  /** Id of a token as it is written in the vocabulary. */
  idOf(token: string): number | undefined {
    return this.#library.token_to_id(token)
  }

  #cut(tokens: string[], room: number): string[] {
    if (tokens.length <= room) return tokens
    return this.#truncateLeft ? tokens.slice(tokens.length - Math.max(0, room)) : tokens.slice(0, Math.max(0, room))
  }

  #wrap(tokens: readonly string[], pair: readonly string[] | null): { tokens: string[]; types: number[] } {
    const process = this.#library.post_processor as unknown as PostProcess | null
    const result = process ? process(tokens, pair, true) : { tokens: [...tokens], tokens_pair: pair }
    // Post-processors that add nothing leave a pair apart.
    const all = result.tokens_pair ? [...result.tokens, ...result.tokens_pair] : result.tokens
    const types = 'token_type_ids' in result ? result.token_type_ids : undefined
    return { tokens: all, types: types ?? all.map((_, index) => (pair && index >= tokens.length ? 1 : 0)) }
  }

  #ids(tokens: readonly string[]): number[] {
    return tokens.map((token) => {
      const id = this.#library.token_to_id(token) ?? this.unknownId
      if (isId(id)) return id
      throw new ModelError(
        MODEL_ERROR.invalid,
        `The tokenizer has no id for "${token}" and no unknown token. Get its tokenizer.json again.`,
      )
    })
  }

  #padId(config: TokenizerConfig): number {
    const candidates = [tokenContent(config['pad_token']), '[PAD]', '<pad>', tokenContent(config['eos_token'])]
    for (const token of candidates) {
      const id = token === undefined ? undefined : this.#library.token_to_id(token)
      if (id !== undefined) return id
    }
    return 0
  }
}

/** Added tokens carry whatever their file says. */
function isId(value: number | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function vocabularySize(library: Tokenizer): number {
  let largest = -1
  for (const [token, id] of library.get_vocab(true)) {
    if (!isId(id))
      throw new ModelError(
        MODEL_ERROR.invalid,
        `the id of "${token}" is no whole number. Get its tokenizer.json again.`,
      )
    largest = Math.max(largest, id)
  }
  return largest + 1
}

/** Published files write 1e30 for "no limit". */
function realMaxLength(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 && value < 1e9 ? value : undefined
}

/** Lengths after removing `excess` tokens one by one from whichever text is longer (the first at a tie, as the Rust library does). */
function longestFirst(a: number, b: number, excess: number): [number, number] {
  let [first, second] = [a, b]
  for (let i = 0; i < excess; i++) {
    if (first > second) first--
    else second--
  }
  return [Math.max(0, first), Math.max(0, second)]
}
