import { describe, expect, it } from 'vitest'
import { decodeTensor, encodeTensor } from './tensors.ts'

describe('tensor bytes', () => {
  it('round-trip every numeric type', () => {
    for (const type of ['float32', 'float64', 'float16', 'bfloat16', 'int8', 'int16', 'int32', 'int64'] as const) {
      expect(decodeTensor(type, encodeTensor(type, [0, 1, -2, 100]))).toEqual([0, 1, -2, 100])
    }
    for (const type of ['uint8', 'uint16', 'uint32', 'uint64'] as const) {
      expect(decodeTensor(type, encodeTensor(type, [0, 1, 200]))).toEqual([0, 1, 200])
    }
    expect(decodeTensor('bool', encodeTensor('bool', [0, 5]))).toEqual([0, 1])
  })

  it('read a view that does not start on an element boundary', () => {
    const bytes = new Uint8Array([9, ...encodeTensor('float32', [1.5, -3])])
    expect(decodeTensor('float32', bytes.subarray(1))).toEqual([1.5, -3])
  })

  it('round float16 to nearest even, with subnormals and infinities', () => {
    const bits = (value: number) => new DataView(encodeTensor('float16', [value]).buffer).getUint16(0, true)
    expect(bits(1)).toBe(0x3c00)
    expect(bits(-2)).toBe(0xc000)
    expect(bits(65504)).toBe(0x7bff)
    expect(bits(65519)).toBe(0x7bff)
    expect(bits(65520)).toBe(0x7c00)
    expect(bits(2 ** -24)).toBe(1)
    expect(bits(2 ** -25)).toBe(0) // half of the smallest subnormal: a tie, to even
    expect(bits(2 ** -14)).toBe(0x0400)
    expect(bits(1 + 2 ** -11)).toBe(0x3c00) // a tie, to even
    expect(bits(1 + 3 * 2 ** -11)).toBe(0x3c02)
    expect(bits(NaN) & 0x7c00).toBe(0x7c00)
    expect(decodeTensor('float16', new Uint8Array([1, 0]))).toEqual([2 ** -24])
    expect(decodeTensor('float16', new Uint8Array([0, 0x7c]))).toEqual([Infinity])
  })

  it('decode and encode every finite float16 pattern to itself', () => {
    const patterns = Array.from({ length: 0x10000 }, (_, bits) => bits).filter((bits) => (bits & 0x7c00) !== 0x7c00)
    const bytes = encodeTensor('uint16', patterns)
    expect(decodeTensor('uint16', encodeTensor('float16', decodeTensor('float16', bytes)))).toEqual(patterns)
  })

  it('round bfloat16 to nearest even', () => {
    const bits = (value: number) => new DataView(encodeTensor('bfloat16', [value]).buffer).getUint16(0, true)
    expect(bits(1)).toBe(0x3f80)
    expect(bits(1 + 2 ** -8)).toBe(0x3f80)
    expect(bits(1 + 3 * 2 ** -8)).toBe(0x3f82)
    expect(decodeTensor('bfloat16', encodeTensor('bfloat16', [NaN]))).toEqual([NaN])
  })
})
