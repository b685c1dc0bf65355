import { describe, expect, it } from 'vitest'
import { detectIntent } from './detect-intent.ts'

describe('the intent of a query', () => {
  it.each([
    ['who decides to open a shelter', 'QA'],
    ['My car stalled in floodwater. Do I stay in?', 'QA'],
    ['boil water notice', 'QA'],
    ['flood annex Larkin River', 'QAdoc'],
    ['situation report 14 of the Harlow fire', 'QAdoc'],
    ['Half a foot of rushing water is enough to make a person fall.', 'FactCheck'],
    ['masks prevent the spread of the virus in shelters', 'FactCheck'],
    ['', 'QA'],
  ])('of "%s" is %s', (query, intent) => expect(detectIntent(query)).toBe(intent))
})
