import { describe, expect, it } from 'vitest'
import { HitSelection, listKey } from './hit-selection.svelte.ts'
import { hitOf } from './testing.ts'

const hits = [1, 2, 3, 4].map((id) => hitOf(id))

describe('the chosen hit', () => {
  it('is the first of another answer', () => {
    const selection = new HitSelection()
    selection.take(hits, false)
    selection.choose(2)
    selection.take([...hits].reverse(), false)
    expect(selection.hit?.passageId).toBe(4)
    expect(selection.index).toBe(0)
  })
  it('stays chosen in a longer list of the same question', () => {
    const selection = new HitSelection()
    selection.take(hits.slice(0, 3), false)
    selection.choose(1)
    selection.take(hits, true)
    expect(selection.hit?.passageId).toBe(2)
  })
  it('stops at the ends of the list', () => {
    const selection = new HitSelection()
    selection.take(hits, false)
    selection.choose(99)
    expect(selection.index).toBe(3)
    selection.choose(-5)
    expect(selection.index).toBe(0)
  })
  it('is none in an empty list', () => {
    const selection = new HitSelection()
    selection.take([], false)
    expect(selection.index).toBe(-1)
    expect(selection.hit).toBeUndefined()
  })
  it('shows its whole text until another one is chosen', () => {
    const selection = new HitSelection()
    selection.take(hits, false)
    selection.togglePeek()
    expect(selection.isPeeked(1)).toBe(true)
    selection.choose(1)
    expect(selection.isPeeked(1)).toBe(false)
    selection.togglePeek()
    selection.togglePeek()
    expect(selection.isPeeked(2)).toBe(false)
  })
})

describe('the keys of the list', () => {
  const key = (name: string, index: number) => listKey(name, index, 10, 4)
  it('move by one, by a window and to the ends', () => {
    expect(key('ArrowDown', 3)).toBe(4)
    expect(key('ArrowUp', 3)).toBe(2)
    expect(key('PageDown', 3)).toBe(7)
    expect(key('PageUp', 3)).toBe(-1)
    expect(key('Home', 3)).toBe(0)
    expect(key('End', 3)).toBe(9)
  })
  it('open, peek and lead back to the query box', () => {
    expect(key('Enter', 3)).toBe('open')
    expect(key(' ', 3)).toBe('peek')
    expect(key('Escape', 3)).toBe('leave')
    expect(key('ArrowUp', 0)).toBe('leave')
  })
  it('leave all others to the commands', () => {
    for (const name of ['c', 's', 'b', '0', 'Tab', 'a']) expect(key(name, 3)).toBeUndefined()
  })
})
