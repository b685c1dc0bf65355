import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { RandomSource } from '../../../electron/platform/seeded-random.ts'
import { dmr } from '../../support/dmr.ts'
import { pageOfText, writePdf } from '../../support/pdf.ts'
import { serveLibrary, type Client } from '../../support/serve.ts'
import { faultsOf, readLibrary } from '../support/library-contents.ts'
import type { Scenario } from '../support/scenario.ts'

const QUERIES = 400
const GRADES = [0, 1, 2, 3] as const
const LONGEST_MS = 1_500

/** What a person was told is kept, by query; a decision whose answer never came may be kept or not. */
interface Decisions {
  readonly acknowledged: Map<string, number>
  underWay: string | undefined
}

/** Judgements given through the window, as fast as the services take them. */
export const deciding: Scenario = {
  kills: { host: [2, 30] },
  prepare: async (folder) => {
    await writePdf(
      join(folder, 'documents', 'plan.pdf'),
      Array.from({ length: 6 }, (_, page) => pageOfText(page)),
    )
    const before = join(folder, 'before.db')
    expect((await dmr('index', join(folder, 'documents'), '--no-embed', '--library', before)).code).toBe(0)
    // Otherwise serving makes vectors beside the decisions.
    await dmr('models', 'use', 'none', '--library', before)
    const library = join(folder, 'killed.db')
    copyFileSync(before, library)
    let kept: ReadonlyMap<string, number> = new Map()
    return {
      kill: async (_victim, random) => {
        const decisions: Decisions = { acknowledged: new Map(kept), underWay: undefined }
        const server = await serveLibrary(library)
        using connection = await server.connect()
        const judging = judgeOn(connection.client, decisions, random).catch(() => {})
        await new Promise((resolve) => setTimeout(resolve, LONGEST_MS * random()))
        server.process.kill('SIGKILL')
        await Promise.all([server.process.outcome, connection.closed])
        void judging
        expect(faultsOf(library)).toBe('')
        const now = judgementsIn(library)
        for (const [query, grade] of decisions.acknowledged)
          if (query !== decisions.underWay) expect(now.get(query), query).toBe(grade)
        const unheard = [...now.keys()].filter((query) => !decisions.acknowledged.has(query))
        expect(unheard.filter((query) => query !== decisions.underWay)).toEqual([])
        kept = now
        return `after ${decisions.acknowledged.size > 0 ? 'decisions' : 'no decision'}`
      },
      finish: async () => {
        await using server = await serveLibrary(library)
        using connection = await server.connect()
        const { hits } = await connection.client.search.query({ query: 'query 0 levee' })
        expect(hits.length).toBeGreaterThan(0)
        expect(judgementsIn(library)).toEqual(kept)
      },
      close: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
    }
  },
}

/** Goes on until the connection ends. */
async function judgeOn(client: Client, decisions: Decisions, random: RandomSource): Promise<never> {
  const { hits, intent } = await client.search.query({ query: 'levee' })
  for (;;) {
    const query = `query ${Math.floor(random() * QUERIES)} levee`
    const grade = GRADES[Math.floor(random() * GRADES.length)]!
    decisions.underWay = query
    await client.search.judge({ query, intent, passageId: hits[0]!.passageId, grade })
    decisions.acknowledged.set(query, grade)
    decisions.underWay = undefined
  }
}

function judgementsIn(path: string): Map<string, number> {
  return readLibrary(
    path,
    (db) => new Map(db.prepare<[], [string, number]>('SELECT query, grade FROM judgement ORDER BY query').raw().all()),
  )
}
