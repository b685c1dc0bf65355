// docs/security.md and docs/reliability.md name a test for each promise: here each name has to lead to a test that exists.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Where a name in the documents may lead, as docs/security.md says. */
const PLACES = ['', 'electron/', 'tests/', 'tests/electron/']
const ENDINGS = ['', '.test.ts', '.browser.test.ts']
/** Tests in Electron's own program are marked so. */
const IN_ELECTRON = 'tests/electron/playwright-electron.test.ts'
const PROOF = /^(?:proved|measured) by$/u

interface Proof {
  readonly promise: string
  readonly by: string
}

/** The rows of every table whose last column says what proves them. */
function proofsIn(text: string): readonly Proof[] {
  const proofs: Proof[] = []
  let isProofs = false
  for (const line of text.split('\n')) {
    const cells = line.startsWith('|')
      ? line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim())
      : []
    const last = cells.at(-1)
    if (last === undefined) isProofs = false
    else if (PROOF.test(last)) isProofs = true
    else if (isProofs && !/^-+$/u.test(last)) proofs.push({ promise: cells.slice(0, -1).join(' | '), by: last })
  }
  return proofs
}

function fileOf(name: string): string | undefined {
  return PLACES.flatMap((place) => ENDINGS.map((ending) => `${place}${name}${ending}`)).find(
    (path) => existsSync(join(ROOT, path)) && statSync(join(ROOT, path)).isFile(),
  )
}

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

function isScript(name: string): boolean {
  const [npm, run, script = ''] = name.split(' ')
  return npm === 'npm' && (run === 'outdated' || (run === 'run' && script in scripts))
}

/** @returns what is wrong with the proof: a file that is not there, or a test that it does not have. */
function faultsOf({ by }: Proof, before: string | undefined): { faults: string[]; file: string | undefined } {
  const faults: string[] = []
  let file = before
  for (const part of by.split(';').map((text) => text.trim())) {
    for (const [, name = ''] of part.matchAll(/`([^`]+)`/gu)) {
      const found = fileOf(name)
      if (found !== undefined) file = found
      else if (!isScript(name)) faults.push(`${name} is no file`)
    }
    const isInElectron = part.startsWith('**E**')
    // What stands in brackets explains the proof.
    const title = (isInElectron ? part.slice('**E**'.length) : /`: (.*)$/u.exec(part)?.[1])?.replaceAll(/\(.*?\)/gu, '')
    if (title === undefined) continue
    const source = readFileSync(join(ROOT, isInElectron ? IN_ELECTRON : (file ?? '')), 'utf8')
    for (const words of title.split(/…|, /u).map((text) => text.trim()))
      if (words !== '' && !source.includes(words))
        faults.push(`no test "${words}" in ${isInElectron ? IN_ELECTRON : file}`)
  }
  return { faults, file }
}

describe.each(['docs/security.md', 'docs/reliability.md'])('%s', (document) => {
  const text = readFileSync(join(ROOT, document), 'utf8')
  const proofs = proofsIn(text)

  it('has promises', () => expect(proofs.length).toBeGreaterThan(15))

  it('names an existing test for each of them', () => {
    let file: string | undefined
    const wrong = proofs.flatMap((proof) => {
      const found = faultsOf(proof, file)
      file = found.file
      const isNothing = !/`|same/u.test(proof.by)
      return [...found.faults, ...(isNothing ? ['names nothing'] : [])].map((fault) => `${proof.promise}: ${fault}`)
    })
    expect(wrong).toEqual([])
  })

  it('names no file that is gone', () => {
    const names = [...text.matchAll(/`([\w./-]+\.(?:ts|mjs|md|yml))`/gu)].map(([, name]) => name!)
    expect(names.filter((name) => fileOf(name) === undefined)).toEqual([])
  })
})
