import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pairLibrary } from '../electron/curation/testing/pair-library.ts'
import { dmr } from './support/dmr.ts'

let folder: string
const at = (name: string): string => join(folder, name)

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-review-cli-'))
  const home = pairLibrary({ folder, name: 'home', pairs: 12 })
  home.minePairs(home.filterPairs())
  home.person('Ada')
  home.library.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Judges as somebody at the other place would in the window. */
function judgeThere(): void {
  const there = pairLibrary({ folder, name: 'there' })
  const [ada] = there.judges.all()
  for (const { id } of there.pairs.list())
    there.judging.decide(ada!.id, { pairId: id, textId: null }, { verdict: id % 3 === 0 ? 'reject' : 'accept' })
  there.library.close()
}

describe('dmr review', () => {
  const home = () => ['--library', at('home.db'), '--json']
  const there = () => ['--library', at('there.db'), '--json']

  it('takes a package to another library and its decisions home, then builds what was settled', async () => {
    const exported = await dmr(
      'review',
      'export',
      at('work.jsonl'),
      '--filter-verdict',
      'kept',
      '--limit',
      '5',
      ...home(),
    )
    expect(exported.json).toMatchObject({ package: { items: 5, direction: 'out', blind: true } })
    const imported = await dmr('review', 'import', at('work.jsonl'), ...there())
    expect(imported.json).toMatchObject({ added: 5, known: 0, package: { direction: 'in', libraryName: 'home' } })
    judgeThere()
    const written = await dmr('review', 'decisions', at('done.jsonl'), '--package', '1', ...there())
    expect(written.json).toMatchObject({ decisions: 5 })
    const merge = ['review', 'merge', at('done.jsonl'), '--judge', 'ada', ...home()]
    expect((await dmr(...merge)).json).toMatchObject({ applied: 5, known: 0, conflictCount: 0 })
    const again = await dmr(...merge)
    expect([again.code, again.json]).toMatchObject([0, { applied: 0, known: 5 }])

    const status = await dmr('review', 'status', ...home())
    expect(status.json).toMatchObject({ pairs: 12, judges: [{ name: 'Ada', decided: 5, rejected: 1 }] })
    const agreement = await dmr('review', 'agreement', '--no-intents', '--library', at('home.db'))
    expect(agreement.stdout).toMatch(/^filter \(Ada\) {2}all {2}outcome {2}n=5 {2}percent 0\.800 \[/u)
    const built = await dmr('review', 'build', '--prefix', 'vetted-', ...home())
    expect(built.json).toMatchObject([{ name: 'vetted-MTP', items: 5, review: { rejected: 1 } }, {}, {}])
    expect((await dmr('review', 'check', ...home())).json).toEqual({ mended: 0 })
  })

  it('says in one line what is wrong, and what to do', async () => {
    const outcomes = await Promise.all([
      dmr('review', 'merge', at('missing.jsonl'), '--judge', 'Ada', ...home()),
      dmr('review', 'import', at('home.db'), ...there()),
    ])
    const rate = await dmr('review', 'rate', ...home())
    expect(outcomes.map(({ code }) => code)).toEqual([1, 2])
    expect(outcomes[0].stderr).toMatch(/missing\.jsonl cannot be read \(ENOENT\). Check the path\.\n$/u)
    expect(outcomes[1].stderr).toMatch(/home\.db is no work package of this application\.\n$/u)
    expect(rate.stderr).toContain('No language model is configured')
    expect(rate.code).toBe(1)
  })
})
