import { describe, expect, it } from 'vitest'
import type { Intent } from '../../../contracts/intents.ts'
import type { SourcePassage } from '../generator.ts'
import { BuiltInGenerator } from './built-in-generator.ts'
import { keyPhrases } from './key-phrases.ts'
import { proseSentences } from './prose.ts'
import { questionFrom } from './questions.ts'
import { claimFrom, entailed, paraphrase } from './rewording.ts'

const passage: SourcePassage = {
  documentHash: 'd1',
  title: 'Shelter Plan',
  language: 'en',
  page: 3,
  pageEnd: 3,
  headings: ['Shelter Plan', '5 Health and hygiene'],
  text:
    '5 Health and hygiene\n\nThe health lead walks the dormitory at 08:00, 14:00 and 21:00 and writes down who has a fever. ' +
    'A trigger point is a place or a time that starts an action without further discussion. ' +
    'If the pump fails, the upper tank lasts six hours at normal use. ' +
    'Every cot (with or without a wheelchair) is given at least 40 square feet; aisles stay free. ' +
    'They are cleaned twice a day.',
  textHash: 't1',
  tokens: 90,
  isAbstract: true,
}
const write = (intent: Intent, changes: Partial<SourcePassage> = {}, seed = 1) =>
  new BuiltInGenerator().generate({ ...passage, ...changes }, intent, {
    seed,
    perPassage: 10,
    signal: new AbortController().signal,
  })

describe('sentences that can stand alone', () => {
  it('leave out headings and list fragments, and mark those that point back', () => {
    expect(
      proseSentences(`${passage.text}\n\n• Water\n• Food`).map(({ text, standsAlone }) => [
        text.slice(0, 12),
        standsAlone,
      ]),
    ).toEqual([
      ['The health l', true],
      ['A trigger po', true],
      ['If the pump ', true],
      ['Every cot (w', true],
      ['They are cle', false],
    ])
  })
})

describe('questions by the form of a sentence', () => {
  it.each([
    ['A trigger point is a place or a time that starts an action.', 'What is a trigger point?'],
    ['The health lead walks the dormitory at 08:00, and notes fevers.', 'Who walks the dormitory at 08:00?'],
    ['The log was kept by the night supervisor.', 'Who kept the log?'],
    ['The bridge must be inspected by two engineers within 12 hours.', 'When must the bridge be inspected?'],
    ['Seven centers opened on the first night.', 'How many centers opened on the first night?'],
    ['If the pump fails, the tank lasts six hours.', 'What happens if the pump fails?'],
  ])('%s -> %s', (sentence, question) => expect(questionFrom(sentence)).toBe(question))

  it.each([
    'Close the gate and lock it with the blue key.',
    'The director asks it of every section.',
    'Sidewalks were a problem.',
  ])('none from: %s', (sentence) => expect(questionFrom(sentence)).toBeUndefined())
})

describe('rewording', () => {
  it('keeps the meaning: interchangeable words, a condition moved to the end', () => {
    expect(paraphrase('If roads flood, notify residents prior to nightfall.')).toBe(
      'Inform inhabitants before nightfall if roads flood.',
    )
    expect(paraphrase('Gulls fly.')).toBeUndefined()
  })

  it('shortens to what follows from the sentence, and never drops a condition', () => {
    expect(entailed('Aisles, which are marked in yellow, stay free (44 inches) at night.')).toBe(
      'Aisles stay free at night.',
    )
    expect(entailed('The gate stays open unless water reaches the lower mark.')).toBeUndefined()
  })

  it('refutes a claim by a count and leaves names, times and dates alone', () => {
    const always = () => 0.9
    expect(claimFrom('The county keeps 24 boats on Route 41 roads.', always)).toEqual({
      claim: 'The county keeps 72 boats on Route 41 roads.',
      stance: 'refutes',
    })
    expect(claimFrom('Patrols on Route 41 leave at 08:30 daily in 2024.', always).stance).toBe('supports')
  })
})

describe('key phrases', () => {
  it('prefer longer runs of content words', () => {
    expect(keyPhrases('The cooling center at Oxley Hall is open until the heat wave ends.', 2)).toEqual([
      'heat wave ends',
      'cooling center',
    ])
  })
})

describe('the built-in generator', () => {
  it('repeats itself for a seed and names the method of every pair', async () => {
    const first = await write('QA')
    expect(await write('QA')).toEqual(first)
    expect(new Set(first.map(({ method }) => method))).toEqual(
      new Set(['question-template', 'heading-to-section', 'inverse-cloze']),
    )
  })

  it('takes the query out of the text that must answer it (inverse cloze)', async () => {
    const cloze = (await write('QA')).filter(({ method }) => method === 'inverse-cloze')
    expect(cloze.length).toBeGreaterThan(0)
    for (const { query, positive } of cloze) expect(positive).not.toContain(query)
  })

  it('writes sentences for the sentence intents and never a pair of one text with itself', async () => {
    for (const intent of ['NLI', 'STS', 'Twitter'] as const) {
      const pairs = await write(intent)
      expect(pairs.length, intent).toBeGreaterThan(0)
      for (const { query, positive } of pairs) {
        expect(positive).not.toBe(query)
        expect(positive.length).toBeLessThan(passage.text.length)
      }
    }
  })

  it('asks for documents by their abstracts only, and in other languages without English rules', async () => {
    expect(await write('QAdoc')).toHaveLength(1)
    expect(await write('QAdoc', { isAbstract: false })).toHaveLength(0)
    const methods = (await write('QA', { language: 'es' })).map(({ method }) => method)
    expect(methods).not.toContain('question-template')
    expect(await write('FactCheck', { language: 'es' })).toHaveLength(0)
  })
})
