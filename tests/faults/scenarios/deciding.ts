import { copyFileSync, cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { RandomSource } from '../../../electron/platform/seeded-random.ts'
import { dmr } from '../../support/dmr.ts'
import { serveLibrary, type Client } from '../../support/serve.ts'
import { faultsOf, readLibrary } from '../support/library-contents.ts'
import type { Scenario } from '../support/scenario.ts'

const SAMPLE = fileURLToPath(new URL('../../../resources/sample-library/pdfs/sops/eoc-handbook.pdf', import.meta.url))
const LONGEST_MS = 1_500
const GRADES = [0, 1, 2, 3] as const
const VERDICTS = ['accept', 'reject', 'skip'] as const

/** What a person decided, by what it is about: a pair under review, or a query that was searched. */
type Decisions = ReadonlyMap<string, string>

interface Deciding {
  /** Decisions whose answer came: the person was told that they are kept. */
  readonly acknowledged: Map<string, string>
  /** The one whose answer had not come yet may be kept or not. */
  underWay: string | undefined
}

/** Reviewing pairs and judging hits through the window, as fast as the services take it. */
export const deciding: Scenario = {
  kills: { host: [2, 30] },
  prepare: async (folder) => {
    cpSync(SAMPLE, join(folder, 'documents', 'handbook.pdf'))
    const before = join(folder, 'before.db')
    const run = async (...args: string[]): Promise<void> => {
      const { code, stderr } = await dmr(...args, '--library', before)
      expect(code, stderr).toBe(0)
    }
    await run('index', join(folder, 'documents'), '--no-embed')
    // Otherwise serving makes vectors beside the decisions.
    await run('models', 'use', 'none')
    await run('synthesize', '--intent', 'QA', '--limit', '40')
    const library = join(folder, 'killed.db')
    copyFileSync(before, library)
    let kept: Decisions = new Map()
    return {
      kill: async (_victim, random) => {
        const deciding: Deciding = { acknowledged: new Map(kept), underWay: undefined }
        const server = await serveLibrary(library)
        using connection = await server.connect()
        decideOn(connection.client, deciding, random).catch(() => {})
        await new Promise((resolve) => setTimeout(resolve, LONGEST_MS * random()))
        server.process.kill('SIGKILL')
        await Promise.all([server.process.outcome, connection.closed])
        expect(faultsOf(library)).toBe('')
        const now = decisionsIn(library)
        const differing = (all: Decisions, others: Decisions): string[] =>
          [...all].flatMap(([what, value]) =>
            what === deciding.underWay || others.get(what) === value
              ? []
              : [`${what}: ${value}, not ${others.get(what)}`],
          )
        expect(differing(deciding.acknowledged, now), 'acknowledged, but not kept').toEqual([])
        expect(differing(now, deciding.acknowledged), 'kept, but never decided').toEqual([])
        const made = [...now].filter(([what, value]) => kept.get(what) !== value).length
        kept = now
        return made > 0 ? 'between decisions' : 'before the first decision'
      },
      finish: async () => {
        await using server = await serveLibrary(library)
        using connection = await server.connect()
        expect((await connection.client.search.query({ query: 'who opens the shelter' })).hits.length).toBeGreaterThan(
          0,
        )
        expect(decisionsIn(library)).toEqual(kept)
      },
      close: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
    }
  },
}

/** Goes on until the connection ends. */
async function decideOn({ search, curation }: Client, deciding: Deciding, random: RandomSource): Promise<never> {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const { hits, intent } = await search.query({ query: 'shelter' })
  const known = (await curation.judges())[0]
  const judgeId = (known ?? (await curation.saveJudge({ name: 'Ada' }))).id
  const { rows } = await curation.queue({ judgeId })
  const did = async (what: string, value: string, call: Promise<unknown>): Promise<void> => {
    deciding.underWay = what
    await call
    deciding.acknowledged.set(what, value)
    deciding.underWay = undefined
  }
  for (;;) {
    const [{ pairId }, verdict] = [pick(rows), pick(VERDICTS)]
    await did(`pair ${pairId}`, verdict, curation.decide({ judgeId, pairId, change: { verdict } }))
    const [query, grade] = [`query ${Math.floor(random() * 100)}`, pick(GRADES)]
    await did(query, String(grade), search.judge({ query, intent, passageId: hits[0]!.passageId, grade }))
  }
}

function decisionsIn(path: string): Map<string, string> {
  return readLibrary(
    path,
    (db) =>
      new Map(
        db
          .prepare<[], [string, string]>(
            `SELECT 'pair ' || pair_id, verdict FROM review_state WHERE text_id = 0 AND verdict IS NOT NULL
             UNION ALL SELECT query, CAST(grade AS TEXT) FROM judgement`,
          )
          .raw()
          .all(),
      ),
  )
}
