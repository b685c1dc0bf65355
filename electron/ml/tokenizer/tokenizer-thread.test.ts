import { afterEach, describe, expect, it } from 'vitest'
import { modelFixture } from '../testing/model-fixtures.ts'
import { loadTokenizer } from './load-tokenizer.ts'
import { TokenizerThread } from './tokenizer-thread.ts'

const ENTRY = new URL('../../workers/compute.ts', import.meta.url)
const TEXTS = ['Boil water for one minute.', '', 'Sandbags 💧 à la carte', 'shelter '.repeat(100)]

let thread: TokenizerThread
afterEach(() => thread.close())

describe('a tokenizer in a thread', () => {
  it.each(['bert', 'qwen3'])('gives the ids of the same tokenizer in this thread: %s', async (name) => {
    thread = new TokenizerThread(ENTRY, modelFixture(name))
    const own = await loadTokenizer(modelFixture(name))
    for (const options of [{ maxTokens: 16 }, { addSpecialTokens: false }]) {
      const rows = await thread.encode(TEXTS, options)
      expect(rows!.map((row) => Array.from(row))).toEqual(TEXTS.map((text) => own.encode(text, options).ids))
    }
  })

  it('gives nothing, and does not throw, where the folder has no tokenizer', async () => {
    thread = new TokenizerThread(ENTRY, '/nowhere')
    expect(await thread.encode(TEXTS, {})).toBeUndefined()
  })

  it('leaves nobody waiting when it is closed', async () => {
    thread = new TokenizerThread(ENTRY, modelFixture('bert'))
    const waiting = thread.encode(TEXTS, {})
    await thread.close()
    expect(await waiting).toBeUndefined()
    expect(await thread.encode(TEXTS, {})).toBeUndefined()
  })
})
