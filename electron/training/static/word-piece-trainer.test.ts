import { describe, expect, it } from 'vitest'
import { trainWordPiece } from './word-piece-trainer.ts'

const OPTIONS = { size: 10_000, minCount: 2, minWordCount: 1 }

describe('pieces of words are merged', () => {
  it('most frequent pair first', () => {
    const vocabulary = trainWordPiece(new Map(Object.entries({ low: 50, lot: 40, new: 30 })), OPTIONS)
    const merged = vocabulary.filter((token) => token.replace('##', '').length > 1 && !token.startsWith('['))
    // "l" and "##o" stand together 90 times, "lo" and "##w" 50 times.
    expect(merged.slice(0, 2)).toEqual(['lo', 'low'])
    expect(merged).toEqual(expect.arrayContaining(['lot', 'new']))
  })

  it('until the wanted size, or until pairs are too rare', () => {
    const words = new Map(Object.entries({ shelter: 60, shelters: 55, water: 70, watering: 3 }))
    const all = trainWordPiece(words, OPTIONS)
    expect(trainWordPiece(words, { ...OPTIONS, size: all.length - 2 })).toEqual(all.slice(0, -2))
    expect(all).toContain('watering')
    expect(trainWordPiece(words, { ...OPTIONS, minCount: 10 })).not.toContain('watering')
  })
})
