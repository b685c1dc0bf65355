import { beforeEach, describe, expect, it } from 'vitest'
import type { Difference, NearCopy } from '../../../electron/contracts/library.ts'
import type { Client } from '../connection/client.ts'
import { NearCopies } from './near-copies.svelte.ts'

const copy = (documentId: number, similarity: number, isMain = false): NearCopy => ({
  fileId: documentId + 100,
  documentId,
  title: `SOP ${documentId}`,
  sourceName: 'SOPs',
  pages: 5,
  modified: 0,
  similarity,
  isMain,
})

/** Two groups, {1, 2, 3} with main copy 2 and {7, 8} with main copy 7; comparing with 3 takes until `release`. */
class FakeLibrary {
  groups = [
    [copy(1, 0.88), copy(2, 1, true), copy(3, 0.96)],
    [copy(7, 1, true), copy(8, 0.9)],
  ]
  compared: [number, number][] = []
  release = (): void => {}
  readonly #gate = new Promise<void>((resolve) => {
    this.release = resolve
  })

  readonly client = {
    library: {
      nearCopies: async ({ documentId }: { documentId: number }) => this.#groupOf(documentId),
      files: async () => ({
        rows: this.groups.flat().map((one) => ({ id: one.fileId, documentId: one.documentId, title: one.title })),
      }),
      compare: async ({ a, b }: { a: number; b: number }): Promise<Difference[]> => {
        this.compared.push([a, b])
        if (b === 3) await this.#gate
        return [{ pageA: a, pageB: b, heading: null, parts: [] }]
      },
      keepAsMain: async ({ documentId }: { documentId: number }) => {
        const group = this.#groupOf(documentId)
        this.groups[this.groups.indexOf(group)] = group.map((one) => ({
          ...one,
          isMain: one.documentId === documentId,
        }))
        return { clusterSize: group.length }
      },
      notACopy: async ({ documentId }: { documentId: number }) => {
        const group = this.#groupOf(documentId)
        const rest = group.filter((one) => one.documentId !== documentId)
        this.groups[this.groups.indexOf(group)] = rest
        return { clusterSize: rest.length }
      },
    },
  } as unknown as Client

  #groupOf(documentId: number): NearCopy[] {
    return this.groups.find((group) => group.some((one) => one.documentId === documentId)) ?? []
  }
}

describe('near copies', () => {
  let library: FakeLibrary
  let group: NearCopies
  beforeEach(() => {
    library = new FakeLibrary()
    group = new NearCopies(library.client)
  })

  it('puts the main copy first and compares it with the document that was asked for', async () => {
    await group.open(1)
    expect(group.copies.map((one) => one.documentId)).toEqual([2, 3, 1])
    expect(group.chosen?.documentId).toBe(2)
    expect(library.compared).toEqual([[2, 1]])
    expect(group.differences).toHaveLength(1)
  })

  it('drops a comparison that came too late', async () => {
    await group.open(1)
    const slow = group.choose(3)
    await group.compareWith(1)
    library.release()
    await slow
    expect(group.other?.documentId).toBe(1)
    expect(group.differences?.[0]?.pageB).toBe(1)
  })

  it('makes the chosen copy the main one', async () => {
    library.release()
    await group.open(1)
    await group.choose(3)
    expect((await group.keepChosen())?.documentId).toBe(3)
    expect(group.main?.documentId).toBe(3)
  })

  it('takes the compared copy out of the group', async () => {
    library.release()
    await group.open(1)
    expect(await group.separate()).toMatchObject({ left: 2, copy: { documentId: 1 } })
    expect(group.copies.map((one) => one.documentId)).toEqual([2, 3])
  })

  it('steps from main copy to main copy and stops at the ends', async () => {
    await group.open(1)
    expect(await group.neighbour(1)).toBe(7)
    expect(await group.neighbour(-1)).toBeUndefined()
    await group.open(8)
    expect(await group.neighbour(-1)).toBe(2)
    expect(await group.neighbour(1)).toBeUndefined()
  })
})
