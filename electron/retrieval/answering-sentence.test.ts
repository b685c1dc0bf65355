import { expect, it } from 'vitest'
import type { SearchHit } from '../contracts/search.ts'
import { markAnsweringSentences } from './answering-sentence.ts'

const TEXT =
  '3. Who decides\nThe commander orders it. “A mayor may order it too.”\nTable E-4. Zones\nZone Boundaries Route out Clearing time\nThe order is given by …'

it('offers sentences line by line, without headings and cells, and marks the one chosen', async () => {
  const hit = {
    legs: { dense: { rank: 1, score: 1 } },
    snippet: { text: TEXT, keywords: [] },
  } as unknown as SearchHit
  const offered: (readonly string[])[] = []
  const [marked] = await markAnsweringSentences([hit], (lists) => {
    offered.push(...lists)
    return Promise.resolve(lists.map(() => 1))
  })
  expect(offered).toEqual([['The commander orders it.', '“A mayor may order it too.”', 'The order is given by …']])
  expect(marked!.snippet.meaning!.map(([start, end]) => TEXT.slice(start, end))).toEqual([
    '“A mayor may order it too.”',
  ])
})
