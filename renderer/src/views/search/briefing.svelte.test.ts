import { describe, expect, it, vi } from 'vitest'
import { Briefing } from './briefing.svelte.ts'
import { clientOf, hitOf } from './testing.ts'

function storage() {
  const map = new Map<string, string>()
  return {
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
  }
}

describe('the briefing', () => {
  it('keeps each passage once, in the order it was collected or moved to', () => {
    const briefing = new Briefing(clientOf({}), storage())
    for (const id of [1, 2, 3]) expect(briefing.add(hitOf(id), 'shelter')).toBe(true)
    expect(briefing.add(hitOf(2), 'other')).toBe(false)
    briefing.move(3, -1)
    briefing.move(1, -1)
    expect(briefing.quotes.map((quote) => quote.passageId)).toEqual([1, 3, 2])
  })
  it('puts a removed quote back where it was', () => {
    const briefing = new Briefing(clientOf({}), storage())
    for (const id of [1, 2, 3]) briefing.add(hitOf(id), 'shelter')
    const undo = briefing.remove(2)
    expect(briefing.has(2)).toBe(false)
    undo()
    expect(briefing.quotes.map((quote) => quote.passageId)).toEqual([1, 2, 3])
  })
  it('is there again after a restart, for its own library only', () => {
    const store = storage()
    const before = new Briefing(clientOf({}), store)
    before.load('/plans.db')
    before.add(hitOf(1), 'shelter')
    before.title = 'Shelters'
    const after = new Briefing(clientOf({}), store)
    after.load('/plans.db')
    expect(after.title).toBe('Shelters')
    expect(after.has(1)).toBe(true)
    after.load('/other.db')
    expect(after.quotes).toEqual([])
  })
  it('does not stumble over what another version left behind', () => {
    const store = storage()
    store.setItem('briefing:/plans.db', '{"quotes":[{"passageId":"x"}],"title":5}')
    const briefing = new Briefing(clientOf({}), store)
    briefing.load('/plans.db')
    expect(briefing.quotes).toEqual([])
    expect(briefing.title).toBe('')
  })
  it('exports in the shown order, with every query once, and says what went wrong', async () => {
    const write = vi.fn(() => Promise.resolve({ fileName: 'Shelters.md', text: '# Shelters' }))
    const briefing = new Briefing(clientOf({ search: { briefing: write } }), storage())
    briefing.add(hitOf(2), 'shelter')
    briefing.add(hitOf(1), 'shelter')
    briefing.add(hitOf(3), 'fuel')
    expect(await briefing.export('markdown', 'Briefing')).toEqual({ fileName: 'Shelters.md', text: '# Shelters' })
    expect(write).toHaveBeenCalledWith({
      title: 'Briefing',
      query: 'shelter; fuel',
      passageIds: [2, 1, 3],
      format: 'markdown',
    })
    write.mockReturnValueOnce(Promise.reject(new Error('This passage is not in the library any more.')))
    expect(await briefing.export('csv', 'Briefing')).toBeUndefined()
    expect(briefing.problem?.message).toContain('not in the library')
    expect(briefing.busy).toBeNull()
  })
})
