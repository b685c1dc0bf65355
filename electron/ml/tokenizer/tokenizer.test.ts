import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sharedData } from '../../../tests/shared-data.ts'
import { loadTokenizer } from './load-tokenizer.ts'

const fixtures = fileURLToPath(new URL('../testing/tokenizers', import.meta.url))

interface Golden {
  readonly texts: string[]
  readonly pairs: [string, string][]
  readonly ids: Record<string, number[][]>
  readonly pairIds: Record<string, number[][]>
  readonly pairTypes: Record<string, number[][]>
  readonly truncatedPair: Record<string, number[]>
}
const golden = JSON.parse(await readFile(join(fixtures, 'golden.json'), 'utf8')) as Golden

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenizer-'))
})
afterAll(() => rm(folder, { recursive: true }))

const ours = ['word-piece', 'byte-bpe', 'unigram'].map((name) => ({ name, path: join(fixtures, name) }))
const shared = sharedData('tokenizers')
const published = shared
  ? ['tok-bert-base-uncased', 'tok-gte-small', 'tok-qwen2.5'].map((name) => ({ name, path: join(shared, name) }))
  : []

describe.each([...ours, ...published])('$name', ({ name, path }) => {
  it('gives the ids of the reference implementation, whatever truncation the file carries', async () => {
    const tokenizer = await loadTokenizer(path)
    expect(golden.texts.map((text) => tokenizer.encode(text).ids)).toEqual(golden.ids[name])
  })

  it('wraps and truncates pairs as the reference implementation does', async () => {
    const tokenizer = await loadTokenizer(path)
    const pairs = golden.pairs.map(([a, b]) => tokenizer.encodePair(a, b))
    expect(pairs.map((pair) => pair.ids)).toEqual(golden.pairIds[name])
    const [a, b] = golden.pairs[0]!
    const cut = tokenizer.encodePair(a, b, { maxTokens: 12 })
    expect(cut.ids).toEqual(golden.truncatedPair[name])
    expect(cut.truncated).toBe(true)
  })

  it('keeps the special tokens when it truncates', async () => {
    const tokenizer = await loadTokenizer(path)
    const text = golden.texts[1]!
    const whole = tokenizer.encode(text)
    const cut = tokenizer.encode(text, { maxTokens: 7 })
    expect(whole.truncated).toBe(false)
    expect(cut.truncated).toBe(true)
    expect(cut.ids).toHaveLength(7)
    const { single } = tokenizer.specialTokens
    const [before, after] = [
      tokenizer.encode('').ids.slice(0, single > 1 ? 1 : 0),
      single > 0 ? whole.ids.slice(-1) : [],
    ]
    expect(cut.ids.slice(0, before.length)).toEqual(before)
    expect(cut.ids.slice(7 - after.length)).toEqual(after)
    expect(tokenizer.tokenCount(text)).toBe(whole.ids.length - single)
  })
})

it('marks the second text of a BERT pair with segment 1', async () => {
  const tokenizer = await loadTokenizer(join(fixtures, 'word-piece'))
  const types = golden.pairs.map(([a, b]) => tokenizer.encodePair(a, b).typeIds)
  expect(types).toEqual(golden.pairTypes['word-piece'])
})

it('decodes what it encoded', async () => {
  const tokenizer = await loadTokenizer(join(fixtures, 'byte-bpe'))
  for (const text of golden.texts.filter((text) => text !== '' && !text.includes('<|endoftext|>'))) {
    expect(tokenizer.decode(tokenizer.encode(text).ids)).toBe(text.normalize('NFC'))
  }
})

describe('folders without tokenizer.json', () => {
  it('builds the same WordPiece tokenizer from vocab.txt', async () => {
    const definition = JSON.parse(await readFile(join(fixtures, 'word-piece', 'tokenizer.json'), 'utf8')) as {
      model: { vocab: Record<string, number> }
    }
    await writeFile(
      join(folder, 'vocab.txt'),
      Object.keys(definition.model.vocab)
        .sort((a, b) => definition.model.vocab[a]! - definition.model.vocab[b]!)
        .join('\r\n') + '\r\n',
    )
    const tokenizer = await loadTokenizer(folder)
    expect(golden.texts.map((text) => tokenizer.encode(text).ids)).toEqual(golden.ids['word-piece'])
    expect(golden.pairs.map(([a, b]) => tokenizer.encodePair(a, b).typeIds)).toEqual(golden.pairTypes['word-piece'])
    await rm(join(folder, 'vocab.txt'))
  })

  it.skipIf(!shared)('agrees with the published tokenizer.json of BERT when only vocab.txt is left', async () => {
    const only = await mkdtemp(join(folder, 'bert-'))
    await cp(join(shared!, 'tok-bert-base-uncased', 'vocab.txt'), join(only, 'vocab.txt'))
    await writeFile(join(only, 'tokenizer_config.json'), '{"do_lower_case": true, "model_max_length": 512}')
    const tokenizer = await loadTokenizer(only)
    expect(golden.texts.map((text) => tokenizer.encode(text).ids)).toEqual(golden.ids['tok-bert-base-uncased'])
    expect(tokenizer.modelMaxTokens).toBe(512)
    expect(tokenizer.vocabularySize).toBe(30_522)
  })

  it('says what to do when there is nothing to load, or only SentencePiece', async () => {
    const empty = await mkdtemp(join(folder, 'empty-'))
    await expect(loadTokenizer(empty)).rejects.toThrow(/no tokenizer\.json.*Add/)
    await writeFile(join(empty, 'sentencepiece.bpe.model'), '')
    await expect(loadTokenizer(empty)).rejects.toThrow(/SentencePiece.*tokenizer\.json/)
    await writeFile(join(empty, 'vocab.txt'), '[PAD]\n[UNK]\n')
    await expect(loadTokenizer(empty)).rejects.toThrow(/special token \[CLS\] is not in the vocabulary/)
    await writeFile(join(empty, 'tokenizer_config.json'), '{"tokenizer_class": "XLNetTokenizer"}')
    await expect(loadTokenizer(empty)).rejects.toThrow(/XLNetTokenizer is not supported/)
  })
})
