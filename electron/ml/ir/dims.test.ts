import { describe, expect, it } from 'vitest'
import { addDims, broadcastShapes, divideDims, elementCount, multiplyDims, subtractDims } from './dims.ts'

describe('symbolic dimensions', () => {
  it('come out in one canonical form', () => {
    expect(multiplyDims('sequence', 'batch')).toBe('batch*sequence')
    expect(multiplyDims('batch', 'sequence')).toBe('batch*sequence')
    expect(addDims('batch', 'batch')).toBe('2*batch')
    expect(addDims(1, 'batch')).toBe('batch+1')
    expect(multiplyDims(addDims('batch', 1), addDims('batch', -1))).toBe('batch*batch+-1')
  })

  it('become numbers again when the symbols cancel', () => {
    expect(subtractDims(addDims('sequence', 3), 'sequence')).toBe(3)
    expect(multiplyDims('batch', 0)).toBe(0)
  })

  it('divide exactly or not at all', () => {
    expect(divideDims('batch*sequence', 'sequence')).toBe('batch')
    expect(divideDims('12*batch', 4)).toBe('3*batch')
    expect(divideDims('batch', 'sequence')).toBeUndefined()
    expect(divideDims(7, 2)).toBeUndefined()
    expect(divideDims('batch+1', 'batch+1')).toBe(1)
    expect(divideDims(4, 0)).toBeUndefined()
  })

  it('count elements', () => {
    expect(elementCount(['batch', 2, 'sequence', 3])).toBe('6*batch*sequence')
    expect(elementCount([])).toBe(1)
  })
})

describe('broadcastShapes', () => {
  it('aligns from the right and lets 1 give way', () => {
    expect(broadcastShapes(['batch', 1, 3], [4, 1])).toEqual(['batch', 4, 3])
    expect(broadcastShapes([], [2, 2])).toEqual([2, 2])
  })

  it('refuses sizes that cannot be shown to agree', () => {
    expect(broadcastShapes([2], [3])).toBeUndefined()
    expect(broadcastShapes(['batch'], ['sequence'])).toBeUndefined()
  })

  it('takes the known size where the other is unknown', () => {
    expect(broadcastShapes(['?x.0'], [3])).toEqual([3])
  })
})
