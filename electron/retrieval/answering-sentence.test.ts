import { expect, it } from 'vitest'
import type { SearchHit } from '../contracts/search.ts'
import { markAnsweringSentences } from './answering-sentence.ts'

const TEXT = '3. Who decides\nThe commander orders it. A mayor may too.\nTable E-4\nZone Boundaries'

it('offers sentences line by line, without headings, and marks the one chosen', async () => {
  const hit = {
    headings: ['Annex E', '3. Who decides'],
    legs: { dense: { rank: 1, score: 1 } },
    snippet: { text: TEXT, keywords: [] },
  } as unknown as SearchHit
  const offered: (readonly string[])[] = []
  const [marked] = await markAnsweringSentences([hit], (lists) => {
    offered.push(...lists)
    return Promise.resolve(lists.map((sentences) => sentences.indexOf('A mayor may too.')))
  })
  expect(offered).toEqual([['The commander orders it.', 'A mayor may too.', 'Table E-4', 'Zone Boundaries']])
  expect(marked!.snippet.meaning!.map(([start, end]) => TEXT.slice(start, end))).toEqual(['A mayor may too.'])
})
