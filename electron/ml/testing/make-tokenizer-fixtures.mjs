// Writes testing/tokenizers/: three tiny tokenizers of our own and golden.json, the ids that the reference implementation
// (the Rust library, npm package `tokenizers`) gives for them and, where the development data lies beside the checkout, for
// three published vocabularies. Run again only to extend the cases:
//   npm i --no-save tokenizers@0.23.2 && node electron/ml/testing/make-tokenizer-fixtures.mjs [folder of published tokenizers]
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tokenizer } from 'tokenizers'

const out = new URL('tokenizers/', import.meta.url).pathname
const published = process.argv[2]

const texts = [
  'When should residents evacuate before a hurricane makes landfall?',
  'Move to higher ground. Do NOT drive through flooded roads!',
  'FEMA’s Incident Command System (ICS-100) — section 3.2.1, p. 14',
  'café naïve résumé Ångström',
  'cafe\u0301 with a combining accent',
  '避難所 is "shelter" in 日本語',
  'приют для эвакуированных',
  'tabs\tand\nnew lines\r\n   and   runs of spaces  ',
  '😀 emoji 👩‍👩‍👧 and flags 🇺🇸',
  'zero\u200bwidth and soft\u00adhyphen and nbsp\u00a0here',
  "don't can't we'll I'VE they're",
  '1234567890 3.14 1,000,000 2024-05-01',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  'https://example.org/a_b?c=d&e=f#g user@example.org',
  '[CLS] literal special [SEP] tokens [MASK] <s> </s> <|endoftext|>',
  '',
  '   ',
  'ﬁre ﬂood ½ ① Ⅳ',
]
const pairs = [
  ['where is the shelter', 'The shelter is at the high school on Main Street.'],
  ['flood', ''],
]

const words =
  'the of and to in a is flood fire storm water shelter evacuate hurricane high ground road move drive should when before where school main street do not'.split(
    ' ',
  )
const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789.,!?-()\'"']

function wordPiece() {
  const tokens = [
    '[PAD]',
    '[UNK]',
    '[CLS]',
    '[SEP]',
    '[MASK]',
    ...letters,
    ...letters.slice(0, 36).map((c) => `##${c}`),
    ...words.filter((w) => w.length > 1),
    '##s',
    '##ed',
    '##ing',
    '##er',
  ].filter((t, i, all) => all.indexOf(t) === i)
  const id = (t) => tokens.indexOf(t)
  const special = (t) => ({
    id: id(t),
    content: t,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })
  const item = (t, type) => ({ SpecialToken: { id: t, type_id: type } })
  return {
    version: '1.0',
    truncation: { direction: 'Right', max_length: 8, strategy: 'LongestFirst', stride: 0 },
    padding: {
      strategy: { Fixed: 8 },
      direction: 'Right',
      pad_to_multiple_of: null,
      pad_id: 0,
      pad_type_id: 0,
      pad_token: '[PAD]',
    },
    added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].map(special),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [item('[CLS]', 0), { Sequence: { id: 'A', type_id: 0 } }, item('[SEP]', 0)],
      pair: [
        item('[CLS]', 0),
        { Sequence: { id: 'A', type_id: 0 } },
        item('[SEP]', 0),
        { Sequence: { id: 'B', type_id: 1 } },
        item('[SEP]', 1),
      ],
      special_tokens: Object.fromEntries(['[CLS]', '[SEP]'].map((t) => [t, { id: t, ids: [id(t)], tokens: [t] }])),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(tokens.map((t, i) => [t, i])),
    },
  }
}

/** The printable stand-ins of GPT-2's byte alphabet, in byte order. */
function byteAlphabet() {
  const printable = (b) => (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174
  let next = 256
  return Array.from({ length: 256 }, (_, b) => String.fromCharCode(printable(b) ? b : next++))
}

function byteBpe() {
  const tokens = byteAlphabet()
  const merges = []
  for (const word of words) {
    let piece = 'Ġ'
    for (const c of word) {
      if (!merges.some(([a, b]) => a === piece && b === c)) merges.push([piece, c])
      piece += c
    }
  }
  for (const [a, b] of merges) if (!tokens.includes(a + b)) tokens.push(a + b)
  const end = {
    id: tokens.length,
    content: '<|endoftext|>',
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [end],
    normalizer: { type: 'NFC' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          pattern: {
            Regex:
              "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
          },
          behavior: 'Isolated',
          invert: false,
        },
        byteLevel,
      ],
    },
    post_processor: {
      type: 'Sequence',
      processors: [
        byteLevel,
        {
          type: 'TemplateProcessing',
          single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '<|endoftext|>', type_id: 0 } }],
          pair: [
            { Sequence: { id: 'A', type_id: 0 } },
            { SpecialToken: { id: '<|endoftext|>', type_id: 0 } },
            { Sequence: { id: 'B', type_id: 1 } },
            { SpecialToken: { id: '<|endoftext|>', type_id: 1 } },
          ],
          special_tokens: { '<|endoftext|>': { id: '<|endoftext|>', ids: [end.id], tokens: ['<|endoftext|>'] } },
        },
      ],
    },
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(tokens.map((t, i) => [t, i])),
      merges: merges.map((m) => m.join(' ')),
    },
  }
}

function unigram() {
  const pieces = [
    '<s>',
    '<pad>',
    '</s>',
    '<unk>',
    '▁',
    ...words.map((w) => `▁${w}`),
    ...letters,
    's',
    'ed',
    'ing',
    'er',
  ].filter((t, i, all) => all.indexOf(t) === i)
  const vocab = pieces.map((piece, i) => [
    piece,
    i < 4 ? 0 : -2 - [...piece].length * 0.1 - (i % 7) * 0.3 - (piece.length === 1 ? 4 : 0),
  ])
  const special = (t) => ({
    id: pieces.indexOf(t),
    content: t,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: ['<s>', '<pad>', '</s>', '<unk>'].map(special),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFKC' },
        { type: 'Lowercase' },
        { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'WhitespaceSplit' },
        { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
      ],
    },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '<s>', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '</s>', type_id: 0 } },
      ],
      pair: [
        { SpecialToken: { id: '<s>', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '</s>', type_id: 0 } },
        { SpecialToken: { id: '</s>', type_id: 0 } },
        { Sequence: { id: 'B', type_id: 0 } },
        { SpecialToken: { id: '</s>', type_id: 0 } },
      ],
      special_tokens: Object.fromEntries(
        ['<s>', '</s>'].map((t) => [t, { id: t, ids: [pieces.indexOf(t)], tokens: [t] }]),
      ),
    },
    decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    model: { type: 'Unigram', unk_id: 3, vocab, byte_fallback: false },
  }
}

const sources = { 'word-piece': wordPiece(), 'byte-bpe': byteBpe(), unigram: unigram() }
for (const [name, definition] of Object.entries(sources)) {
  mkdirSync(join(out, name), { recursive: true })
  writeFileSync(join(out, name, 'tokenizer.json'), JSON.stringify(definition))
}
if (published) {
  for (const name of ['tok-bert-base-uncased', 'tok-gte-small', 'tok-qwen2.5']) {
    const path = join(published, name, 'tokenizer.json')
    if (existsSync(path)) sources[name] = JSON.parse(readFileSync(path, 'utf8'))
    else sources[name] = qwen(join(published, name))
  }
}

/** Qwen2 as the Hugging Face converter builds it from vocab.json and merges.txt. */
function qwen(folder) {
  const config = JSON.parse(readFileSync(join(folder, 'tokenizer_config.json'), 'utf8'))
  const template = byteBpe()
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false }
  return {
    ...template,
    added_tokens: Object.entries(config.added_tokens_decoder).map(([id, token]) => ({ id: Number(id), ...token })),
    post_processor: byteLevel,
    model: {
      ...template.model,
      vocab: JSON.parse(readFileSync(join(folder, 'vocab.json'), 'utf8')),
      merges: readFileSync(join(folder, 'merges.txt'), 'utf8').split('\n').filter(Boolean),
    },
  }
}

const golden = { made: 'by the Rust library, npm tokenizers 0.23.2', texts, pairs, ids: {}, pairIds: {}, pairTypes: {} }
for (const [name, definition] of Object.entries(sources)) {
  definition.model.type ??= 'WordPiece'
  const reference = Tokenizer.fromString(JSON.stringify(definition))
  reference.disableTruncation()
  reference.disablePadding()
  golden.ids[name] = []
  for (const text of texts) golden.ids[name].push((await reference.encode(text)).getIds())
  golden.pairIds[name] = []
  golden.pairTypes[name] = []
  for (const [a, b] of pairs) {
    const encoding = await reference.encode(a, b)
    golden.pairIds[name].push(encoding.getIds())
    golden.pairTypes[name].push(encoding.getTypeIds())
  }
  reference.setTruncation(12)
  golden.truncatedPair = { ...golden.truncatedPair, [name]: (await reference.encode(...pairs[0])).getIds() }
}
writeFileSync(join(out, 'golden.json'), JSON.stringify(golden))
