import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { completeVectorFile, readVectorFile } from './vector-file.ts'

const shape = { rows: 10, dimensions: 3 }
const rowsOf = (first: number, count: number) => Float32Array.from({ length: count * 3 }, (_, i) => first * 3 + i)

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-vectors-'))
  path = join(folder, 'cache', 'corpus.f32')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a vector file', () => {
  it('is made once, in batches, and read back with passage ids from 1', async () => {
    const asked: [number, number][] = []
    const embed = (first: number, count: number) => {
      asked.push([first, count])
      return Promise.resolve(rowsOf(first, count))
    }
    await completeVectorFile(path, shape, embed, { batch: 4 })
    await completeVectorFile(path, shape, embed, { batch: 4 })
    expect(asked).toEqual([
      [0, 4],
      [4, 4],
      [8, 2],
    ])
    const [block] = readVectorFile(path, shape)
    expect([...block!.vectors]).toEqual([...rowsOf(0, 10)])
    expect([...block!.passageIds]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('that was interrupted is continued at a whole batch and equals one made in one go', async () => {
    const interrupted = completeVectorFile(
      path,
      shape,
      (first, count) => (first < 8 ? Promise.resolve(rowsOf(first, count)) : Promise.reject(new Error('stopped'))),
      { batch: 4 },
    )
    await expect(interrupted).rejects.toThrow('stopped')
    expect(readdirSync(join(folder, 'cache'))).toEqual(['corpus.f32.part'])
    // A crash in the middle of a write leaves a part of a row.
    truncateSync(`${path}.part`, 7 * 12 + 5)
    const asked: number[] = []
    await completeVectorFile(
      path,
      shape,
      (first, count) => (asked.push(first), Promise.resolve(rowsOf(first, count))),
      {
        batch: 4,
      },
    )
    expect(asked).toEqual([4, 8])
    expect([...readVectorFile(path, shape)][0]!.vectors).toEqual(rowsOf(0, 10))
  })

  it('that is cut off says that it may be deleted', async () => {
    await completeVectorFile(path, shape, (first, count) => Promise.resolve(rowsOf(first, count)), { batch: 4 })
    truncateSync(path, 100)
    expect(() => [...readVectorFile(path, shape)]).toThrow(/corpus\.f32 is cut off\. Delete it/)
  })
})
