import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Judge } from '../../contracts/curation.ts'
import { SettingRepository } from '../../storage/index.ts'
import { pairLibrary, type PairLibrary } from '../testing/pair-library.ts'
import { exportDecisions } from './export-decisions.ts'
import { exportPackage, type ExportPackageOptions } from './export-package.ts'
import { importPackage } from './import-package.ts'
import { LibraryIdentity } from './library-identity.ts'
import { mergeDecisions, type MergeOptions } from './merge-decisions.ts'
import type { PackageParts } from './package-parts.ts'

let folder: string
let home: PairLibrary & PackageParts
let away: PairLibrary & PackageParts
let ada: Judge
let ben: Judge

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-packages-'))
  home = place('home', 12)
  away = place('away', 0)
  ada = home.person('Ada')
  ben = home.person('Ben')
})
afterEach(() => {
  home.close()
  away.close()
  rmSync(folder, { recursive: true, force: true })
})

function place(name: string, pairs: number): PairLibrary & PackageParts {
  const library = pairLibrary({ pairs, folder, name })
  const settings = new SettingRepository(library.db)
  return { ...library, libraryName: name, identity: () => LibraryIdentity.of(settings) }
}

const file = (name: string): string => join(folder, name)
const pack = (name = 'work.jsonl', over: Partial<ExportPackageOptions> = {}) =>
  exportPackage(home, file(name), { filter: {}, order: 'written', blind: true, ...over })
const merge = (name: string, over: Partial<MergeOptions> = {}, into = home) =>
  mergeDecisions(into, file(name), { judgeId: ada.id, onConflict: 'here', foreign: false, ...over })
const onPair = (pairId: number) => ({ pairId, textId: null })
/** States as both libraries would tell them. */
const told = ({ log, judges, pairs }: PairLibrary & PackageParts) =>
  [...log.allStates()].map(({ judgeId, pairId, verdict, grade, query, comment }) => ({
    ...{ verdict, grade, query, comment },
    judge: judges.byId(judgeId)!.key,
    pair: pairs.byId(pairId)!.key,
  }))

/** Judges the package elsewhere as Ben and writes the decisions down. */
function judgeAway(name = 'done.jsonl'): Judge {
  importPackage(away, file('work.jsonl'))
  const self = away.judges.byKey(ben.key)!
  away.judging.decide(self.id, onPair(1), { verdict: 'accept', query: 'When?' })
  away.judging.decide(self.id, onPair(2), { verdict: 'reject', comment: 'vague' })
  away.judging.decide(self.id, onPair(3), { grade: 1 })
  exportDecisions(away, file(name), { packageId: away.packages.all()[0]!.id })
  return self
}

describe('a work package', () => {
  it('takes pairs and passages where neither library nor PDFs are, and knows who judges', () => {
    home.minePairs()
    const made = pack('work.jsonl', { filter: { intents: ['QA', 'NLI'] }, name: 'Round one', blind: false })
    expect(made).toMatchObject({ name: 'Round one', direction: 'out', items: 4, decided: 0, blind: false })
    const { package: taken, added, known } = importPackage(away, file('work.jsonl'))
    expect([added, known]).toEqual([4, 0])
    expect(taken).toMatchObject({ key: made.key, direction: 'in', libraryName: 'home', items: 4 })
    expect(away.judges.all().map(({ key, name }) => [key, name])).toEqual(
      [ada, ben].map(({ key, name }) => [key, name]),
    )
    const frame = away.queueTable.frame(away.judges.byKey(ben.key)!.id)
    const item = away.items.item(1, frame, { blind: false })
    const original = home.items.item(home.pairs.byKey(item.key)!.id, home.queueTable.frame(ben.id), { blind: false })
    expect(item).toMatchObject({ query: original.query, intent: original.intent })
    expect(item.positive).toMatchObject({
      text: original.positive.text,
      page: original.positive.page,
      documentId: null,
    })
    expect(item.negatives.map(({ text }) => text).sort()).toEqual(original.negatives.map(({ text }) => text).sort())
    expect(item.provenance).toMatchObject({ method: 'test', generator: original.provenance!.generator })
    expect(away.queue.rows({ ...all(frame.judgeId), filter: { packageId: taken.id } }).rows).toHaveLength(4)
  })

  it('blind, holds nothing that could sway a judge', () => {
    home.filterPairs()
    home.minePairs()
    home.judging.decide(ada.id, onPair(1), { verdict: 'reject', comment: 'secret' })
    pack()
    expect(readFileSync(file('work.jsonl'), 'utf8')).not.toMatch(
      /secret|suspect|provenance|small-model|lexical|"rank"/u,
    )
  })

  it('is taken in once, and pairs that are there already stay', () => {
    pack()
    importPackage(away, file('work.jsonl'))
    expect(importPackage(away, file('work.jsonl'))).toMatchObject({ added: 0, known: 12 })
    pack('again.jsonl')
    expect(importPackage(away, file('again.jsonl'))).toMatchObject({ added: 0, known: 12 })
    expect(away.pairs.count()).toBe(12)
  })

  it('refuses to overwrite, to be empty, and to guess whose state is meant', () => {
    pack()
    expect(() => pack()).toThrow('is there already')
    expect(() => pack('x.jsonl', { filter: { text: 'no such words' } })).toThrow('finds no pair')
    expect(() => pack('x.jsonl', { filter: { state: 'undecided' } })).toThrow('Say whose')
    expect(() => pack('no/such/folder.jsonl')).toThrow('cannot be written')
    expect(() => importPackage(home, file('work.jsonl'))).toThrow('was made here')
    expect(existsSync(file('x.jsonl'))).toBe(false)
    expect(home.packages.all()).toHaveLength(1)
  })

  const damages: [string, (text: string) => string, RegExp][] = [
    ['changed in one letter', (text) => text.replace('well 7', 'well 8'), /was changed since it was written/],
    ['with a line taken out', (text) => text.split('\n').toSpliced(4, 1).join('\n'), /was changed since/],
    ['cut off', (text) => text.slice(0, -400), /cut off/],
    ['of a newer version', (text) => text.replace('"version":1', '"version":2'), /newer version/],
    ['that is no package', () => '{"query":"x","pos":["y"]}\n', /no work package/],
    ['that is empty', () => '', /no work package/],
    ['of binary data', () => '\u0000\u0001\n\u0002', /no work package/],
  ]
  it.each(damages)('%s is refused, and nothing of it is taken in', (_, damage, message) => {
    pack()
    writeFileSync(file('bad.jsonl'), damage(readFileSync(file('work.jsonl'), 'utf8')))
    expect(() => importPackage(away, file('bad.jsonl'))).toThrow(message)
    expect([away.pairs.count(), away.packages.count(), away.judges.all().length]).toEqual([0, 0, 0])
    expect(() => importPackage(away, file('missing.jsonl'))).toThrow('cannot be read (ENOENT)')
  })
})

describe('decisions made elsewhere', () => {
  it('come home to their judge, once, and one undo takes them back', () => {
    pack()
    const self = judgeAway()
    expect(self.key).toBe(ben.key)
    const report = merge('done.jsonl')
    expect(report).toMatchObject({ applied: 3, known: 0, conflictCount: 0, unknown: 0, newDisagreements: 0 })
    expect(told(home)).toEqual(told(away))
    expect(home.judges.all().map(({ name }) => name)).toEqual(['Ada', 'Ben'])
    const revision = home.log.revision()
    expect(merge('done.jsonl')).toMatchObject({ applied: 0, known: 3, actionId: null })
    expect(home.log.revision()).toBe(revision)
    expect(home.judging.undo(ada.id)).toMatchObject({ entry: { kind: 'merge', count: 3 } })
    expect(told(home)).toEqual([])
    expect(merge('done.jsonl')).toMatchObject({ applied: 3 })
  })

  it('do not come back after the judge changed his mind here', () => {
    pack()
    judgeAway()
    merge('done.jsonl')
    home.judging.decide(ben.id, onPair(2), { verdict: 'accept', comment: null })
    expect(merge('done.jsonl')).toMatchObject({ applied: 0, known: 3, conflictCount: 0 })
    expect(home.log.state({ judgeId: ben.id, pairId: 2, textId: 0 })!.verdict).toBe('accept')
  })

  it('of a later file replace those of an earlier one from the same place, never the other way round', () => {
    pack()
    const self = judgeAway('first.jsonl')
    away.judging.decide(self.id, onPair(1), { verdict: 'reject' })
    exportDecisions(away, file('second.jsonl'), { packageId: away.packages.all()[0]!.id })
    merge('first.jsonl')
    expect(merge('second.jsonl')).toMatchObject({ applied: 1, known: 2, conflictCount: 0 })
    expect(merge('first.jsonl')).toMatchObject({ applied: 0, known: 3, conflictCount: 0 })
    expect(told(home)).toEqual(told(away))
  })

  it('conflict where the same judge decided otherwise here: shown, and what is here stays unless asked otherwise', () => {
    pack()
    home.judging.decide(ben.id, onPair(1), { verdict: 'reject' })
    home.judging.decide(ben.id, onPair(2), { verdict: 'reject', comment: 'vague' })
    judgeAway()
    const report = merge('done.jsonl')
    expect(report).toMatchObject({
      ...{ applied: 1, known: 1, conflictCount: 1 },
      conflicts: [
        {
          ...{ pairId: 1, textId: null, judge: { name: 'Ben' }, taken: 'here' },
          here: { verdict: 'reject', query: null },
          there: { verdict: 'accept', query: 'When?', outcome: 'accept' },
        },
      ],
    })
    expect(home.log.state({ judgeId: ben.id, pairId: 1, textId: 0 })!.verdict).toBe('reject')
    expect(merge('done.jsonl', { onConflict: 'there' })).toMatchObject({ applied: 1, known: 2, conflictCount: 1 })
    expect(home.log.state({ judgeId: ben.id, pairId: 1, textId: 0 })).toMatchObject({
      verdict: 'accept',
      query: 'When?',
    })
    home.judging.undo(ada.id)
    expect(home.log.state({ judgeId: ben.id, pairId: 1, textId: 0 })!.verdict).toBe('reject')
  })

  it('of another judge stand beside those here, and the report counts the new differences', () => {
    pack()
    home.judging.decide(ada.id, onPair(1), { verdict: 'reject' })
    home.judging.decide(ada.id, onPair(2), { verdict: 'reject' })
    judgeAway()
    expect(merge('done.jsonl')).toMatchObject({ applied: 3, conflictCount: 0, newDisagreements: 1 })
    expect(home.log.statesOf(1)).toHaveLength(2)
  })

  it('take along grades of passages, and a judge who is new here', () => {
    home.minePairs()
    pack()
    importPackage(away, file('work.jsonl'))
    const cyd = away.person('Cyd')
    const [negative] = away.items.item(4, away.queueTable.frame(cyd.id), { blind: true }).negatives
    away.judging.decide(cyd.id, { pairId: 4, textId: negative!.textId }, { grade: 3 })
    exportDecisions(away, file('done.jsonl'), { judgeIds: [cyd.id], packageId: 1 })
    expect(merge('done.jsonl')).toMatchObject({ applied: 1, judges: [{ name: 'Cyd', kind: 'person' }] })
    const [state] = [...home.log.allStates()]
    expect(home.texts.require(state!.textId).text).toBe(negative!.text)
  })

  it('for another library are refused, unless pairs of the same content are meant', () => {
    pack()
    judgeAway()
    const other = place('other', 2)
    const dan = other.person('Dan')
    expect(() => merge('done.jsonl', { judgeId: dan.id }, other)).toThrow(
      /for the library "home", not for this one, "other"/,
    )
    expect([...other.log.allStates()]).toEqual([])
    expect(merge('done.jsonl', { judgeId: dan.id, foreign: true }, other)).toMatchObject({ applied: 2, unknown: 1 })
    other.close()
  })

  it('on a package that was changed and sealed anew are refused', () => {
    pack()
    // Someone takes the package in, changes it, and seals it with a library of his own.
    const forger = place('forger', 12)
    const lines = readFileSync(file('work.jsonl'), 'utf8').trimEnd().split('\n')
    exportPackage(forger, file('forged.jsonl'), { filter: {}, order: 'written', blind: true, limit: 3 })
    const forgedSeal = readFileSync(file('forged.jsonl'), 'utf8').trimEnd().split('\n').at(-1)!
    const { seal } = JSON.parse(forgedSeal) as { seal: object }
    importPackage(away, file('work.jsonl'))
    away.db.prepare("UPDATE review_package SET header = json_set(header, '$.seal', json(?))").run(JSON.stringify(seal))
    const self = away.judges.byKey(ben.key)!
    away.judging.decide(self.id, onPair(1), { verdict: 'accept' })
    exportDecisions(away, file('done.jsonl'), { packageId: 1 })
    expect(lines).toHaveLength(14)
    expect(() => merge('done.jsonl')).toThrow('was changed on the way')
    expect([...home.log.allStates()]).toEqual([])
    forger.close()
  })

  it('that were tampered with are refused, and nothing is lost', () => {
    pack()
    judgeAway()
    home.judging.decide(ada.id, onPair(1), { verdict: 'reject' })
    const text = readFileSync(file('done.jsonl'), 'utf8')
    writeFileSync(file('bad.jsonl'), text.replace('"verdict":"accept"', '"verdict":"reject"'))
    expect(() => merge('bad.jsonl')).toThrow('was changed since')
    expect(() => merge('work.jsonl')).toThrow('is a work package, not a file of decisions')
    expect(() => importPackage(away, file('done.jsonl'))).toThrow('is a file of decisions, not a work package')
    expect([...home.log.allStates()]).toHaveLength(1)
    expect(() => exportDecisions(place('empty', 0), file('none.jsonl'))).toThrow('Nothing is decided yet')
  })
})

function all(judgeId: number) {
  return { judgeId, filter: {}, order: 'written', blind: true, after: null, limit: 500 } as const
}
