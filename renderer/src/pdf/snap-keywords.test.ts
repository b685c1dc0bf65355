import { describe, expect, it } from 'vitest'
import type { ShownBox } from './page-boxes.ts'
import { snapToWords, type PlacedWord } from './snap-keywords.ts'

const box = (left: number, width: number, top = 100): ShownBox => ({ left, top, width, height: 10 })
const words: PlacedWord[] = [
  { text: 'the', box: box(50, 14) },
  { text: 'evacuation', box: box(68, 52) },
  { text: 'route', box: box(124, 24) },
  { text: 'floods', box: box(152, 30) },
  { text: 'evacuation', box: box(68, 52, 114) },
]

describe('a keyword mark', () => {
  it('moves onto the form of a term next to where it was computed', () => {
    expect(snapToWords([box(76, 50)], words, ['evacuate'])).toEqual([box(68, 52)])
  })
  it('stays on its printed line', () => {
    expect(snapToWords([box(76, 50, 114)], words, ['evacuation'])).toEqual([box(68, 52, 114)])
  })
  it('covers each word of a phrase', () => {
    expect(snapToWords([box(66, 84)], words, ['evacuation route'])).toEqual([box(68, 52), box(124, 24)])
  })
  it('leaves the neighbour alone that the computed box reaches into', () => {
    const line = [
      { text: 'total', box: box(50, 20) },
      { text: 'capacity', box: box(73, 36) },
    ]
    expect(snapToWords([box(58, 38)], line, ['capacity'])).toEqual([box(73, 36)])
  })
  it('takes the word under it when no term is like it', () => {
    expect(snapToWords([box(150, 30)], words, ['inundation'])).toEqual([box(152, 30)])
  })
  it('stays where it is when nothing is printed there, as on a scan', () => {
    expect(snapToWords([box(300, 40)], words, ['shelter'])).toEqual([box(300, 40)])
  })
})
