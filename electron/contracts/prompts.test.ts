import { describe, expect, it } from 'vitest'
import { INTENTS } from './intents.ts'
import { DMRETRIEVER_INSTRUCTIONS, modelFamily, promptFor } from './prompts.ts'

describe('model families', () => {
  it.each([
    ['/models/DMIR01/DMRetriever-33M', 'dmretriever'],
    ['/cache/models--intfloat--e5-small-v2/snapshots/ffb93f', 'e5'],
    ['multilingual-e5-large', 'e5'],
    ['intfloat/multilingual-e5-large-instruct', 'e5-instruct'],
    ['intfloat/e5-mistral-7b-instruct', 'e5-instruct'],
    ['C:\\models\\bge-small-en-v1.5', 'bge'],
    ['BAAI/bge-m3', 'plain'],
    ['BAAI/bge-reranker-base', 'plain'],
    ['Qwen/Qwen3-Embedding-0.6B', 'qwen3-embedding'],
    ['sentence-transformers/all-MiniLM-L6-v2', 'plain'],
    ['thenlper/gte-small', 'plain'],
    ['one5-model', 'plain'],
  ])('%s is %s', (name, family) => {
    expect(modelFamily(name)).toBe(family)
  })
})

describe('prompts', () => {
  it('puts the instruction and a colon before DMRetriever queries and nothing before passages', () => {
    for (const intent of INTENTS) {
      const prompts = { family: 'dmretriever', own: {} } as const
      expect(promptFor(prompts, 'query', intent)).toBe(`${DMRETRIEVER_INSTRUCTIONS[intent]}: `)
      expect(promptFor(prompts, 'passage', intent)).toBe('')
    }
  })

  it('lets the folder override its family, by intent before query', () => {
    const prompts = { family: 'e5', own: { query: 'q> ', document: 'd> ', STS: 'sts> ' } } as const
    expect(promptFor(prompts, 'query', 'QA')).toBe('q> ')
    expect(promptFor(prompts, 'query', 'STS')).toBe('sts> ')
    expect(promptFor(prompts, 'passage')).toBe('d> ')
  })

  it('keeps the instruction of the intent where a folder ships only the example prompt of its family', () => {
    const query = 'Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:'
    const prompts = { family: 'qwen3-embedding', own: { query, document: '' } } as const
    expect(promptFor(prompts, 'query', 'NLI')).toBe(`Instruct: ${DMRETRIEVER_INSTRUCTIONS.NLI}\nQuery:`)
    expect(promptFor({ family: 'plain', own: { query } }, 'query', 'NLI')).toBe(query)
  })
})
