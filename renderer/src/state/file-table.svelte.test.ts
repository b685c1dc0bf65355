import { describe, expect, it } from 'vitest'
import type { FileRow } from '../../../electron/contracts/library.ts'
import type { Client } from '../connection/client.ts'
import { FileTable, PAGE_SIZE } from './file-table.svelte.ts'

type Input = { offset: number; limit: number; find?: string; states?: string[] }

/** A library of so many files, answering `library.files` as the services do. */
class FakeLibrary {
  readonly asked: Input[] = []
  rows: FileRow[]
  failure: Error | undefined

  constructor(size: number) {
    this.rows = Array.from({ length: size }, (_, index) => row(index + 1))
  }

  readonly client = {
    library: {
      files: async (input: Input) => {
        this.asked.push(input)
        await Promise.resolve()
        if (this.failure) throw this.failure
        const found = this.rows.filter((one) => input.states?.includes(one.state) ?? true)
        return {
          total: found.length,
          byState: { indexed: found.length },
          nearCopies: 0,
          rows: found.slice(input.offset, input.offset + input.limit),
        }
      },
    },
  } as unknown as Client
}

function row(id: number): FileRow {
  const name = `file ${id}`
  return {
    id,
    documentId: id,
    sourceId: 1,
    title: name,
    path: `${name}.pdf`,
    state: 'indexed',
    reason: null,
    pages: 1,
    pagesSearchable: 1,
    passages: 1,
    bytes: 1,
    modified: 0,
    nearCopies: 0,
  }
}

const ids = (table: FileTable, from: number, to: number): (number | undefined)[] =>
  table.rows.slice(from, to).map((one) => one?.id)

describe('the file table', () => {
  it('knows the length of 100,000 rows after reading one page', async () => {
    const library = new FakeLibrary(100_000)
    const table = new FileTable(library.client)
    await table.ask({})
    expect(table.total).toBe(100_000)
    expect(library.asked).toHaveLength(1)
    expect(table.rows[PAGE_SIZE]).toBeUndefined()
  })

  it('reads only the pages that come into view, each once', async () => {
    const library = new FakeLibrary(100_000)
    const table = new FileTable(library.client)
    await table.ask({})
    await Promise.all([table.show(50_190, 50_210), table.show(50_195, 50_215)])
    await table.show(50_195, 50_215)
    expect(library.asked.map((input) => input.offset)).toEqual([0, 50_000, 50_200])
    expect(ids(table, 50_199, 50_202)).toEqual([50_200, 50_201, 50_202])
  })

  it('asks by state for a filter and starts at the first row again', async () => {
    const library = new FakeLibrary(10)
    library.rows[4] = { ...row(5), state: 'failed' }
    const table = new FileTable(library.client)
    await table.ask({})
    table.activate(7)
    await table.ask({ filter: 'attention' })
    expect(library.asked.at(-1)?.states).toEqual(['needs-ocr', 'encrypted', 'damaged', 'failed'])
    expect(ids(table, 0, 3)).toEqual([5])
    expect(table.active).toBe(0)
  })

  it('does not ask the same question twice', async () => {
    const library = new FakeLibrary(10)
    const table = new FileTable(library.client)
    await table.ask({ find: 'x' })
    await table.ask({ find: 'x' })
    expect(library.asked).toHaveLength(1)
  })

  it('drops the answer to an older question', async () => {
    const library = new FakeLibrary(10)
    const table = new FileTable(library.client)
    const first = table.ask({})
    library.rows = [row(99)]
    const second = table.ask({ find: '99' })
    await Promise.all([first, second])
    expect(ids(table, 0, 10)).toEqual([99])
  })

  it('takes a new order over while nobody is in the table', async () => {
    const library = new FakeLibrary(3)
    const table = new FileTable(library.client)
    await table.ask({})
    library.rows.reverse()
    await table.refresh()
    expect(ids(table, 0, 3)).toEqual([3, 2, 1])
  })

  it('changes values but not the order while someone is in it, and says so', async () => {
    const library = new FakeLibrary(3)
    const table = new FileTable(library.client)
    await table.ask({})
    table.held = true
    library.rows = [{ ...row(3), state: 'failed' }, row(2), row(1), row(4)]
    await table.refresh()
    expect(ids(table, 0, 4)).toEqual([1, 2, 3])
    expect(table.rows[2]?.state).toBe('failed')
    expect(table.reordered).toBe(true)

    await table.sortAgain()
    expect(ids(table, 0, 4)).toEqual([3, 2, 1, 4])
    expect(table.reordered).toBe(false)
  })

  it('keeps the rows when a refresh fails, and recovers', async () => {
    const library = new FakeLibrary(3)
    const table = new FileTable(library.client)
    await table.ask({})
    library.failure = new Error('the library is busy')
    await table.refresh()
    expect(table.problem?.message).toBe('the library is busy')
    expect(ids(table, 0, 3)).toEqual([1, 2, 3])
    library.failure = undefined
    await table.refresh()
    expect(table.problem).toBeNull()
  })

  it('keeps the keyboard inside the table', async () => {
    const table = new FileTable(new FakeLibrary(3).client)
    await table.ask({})
    table.activate(99)
    expect(table.active).toBe(2)
    table.activate(-1)
    expect(table.active).toBe(0)
  })
})
