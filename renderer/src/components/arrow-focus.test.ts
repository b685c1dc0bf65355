import { describe, expect, it } from 'vitest'
import { neighbour } from './arrow-focus.ts'

/** Two cards in a row, three rows; the last row has one. */
const CARDS = [...[0, 200, 400].flatMap((top) => [0, 360].map((left) => ({ left, top })))].slice(0, 5)
const from = (index: number, ...keys: string[]): (number | undefined)[] =>
  keys.map((key) => neighbour(key, index, CARDS))

describe('arrow keys between cards', () => {
  it('go to the card beside, above or below', () => {
    expect(from(0, 'ArrowRight', 'ArrowDown', 'End')).toEqual([1, 2, 4])
    expect(from(3, 'ArrowLeft', 'ArrowUp', 'Home')).toEqual([2, 1, 0])
  })

  it('stay where there is none, except that a last row that is not full is reached', () => {
    expect(from(0, 'ArrowLeft', 'ArrowUp')).toEqual([undefined, undefined])
    expect(from(3, 'ArrowRight', 'ArrowDown')).toEqual([undefined, 4])
    expect(from(0, 'a')).toEqual([undefined])
  })
})
