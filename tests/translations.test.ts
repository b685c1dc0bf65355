import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../electron/contracts/errors.ts'
import { JOB_KINDS } from '../electron/contracts/jobs.ts'
import { said } from '../electron/contracts/wording.ts'
import { said as saidInSpanish } from '../renderer/src/strings/es/said.ts'
import { wordedIn } from '../renderer/src/strings/worded.ts'

const SOURCES = join(import.meta.dirname, '..', 'electron')
const HAS_WORDS = /\p{L}/u

interface Sentence {
  readonly template: string
  readonly place: string
}

function* sourceFiles(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && entry.name !== 'testing') yield* sourceFiles(path)
    else if (entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts')) yield path
  }
}

/** The parts of a template literal between its gaps. */
function partsOf(template: ts.TemplateLiteral): readonly string[] {
  return ts.isNoSubstitutionTemplateLiteral(template)
    ? [template.text]
    : [template.head.text, ...template.templateSpans.map((span) => span.literal.text)]
}

/** Every text of the sources that is `said`, and every error that a window shows but that has words not said. */
function readSources(): { readonly sentences: readonly Sentence[]; readonly unsaid: readonly string[] } {
  const sentences: Sentence[] = []
  const unsaid: string[] = []
  for (const path of sourceFiles(SOURCES)) {
    const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
    const placeOf = (node: ts.Node): string =>
      `${path.slice(SOURCES.length + 1)}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`
    const visit = (node: ts.Node): void => {
      if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === 'said') {
        const parts = partsOf(node.template)
        // The same code as at run time, so that what is looked up here is what the window looks up.
        const { template } = said(Object.assign([...parts], { raw: parts }), ...parts.slice(1).map(() => ''))
        if (HAS_WORDS.test(parts.join(''))) sentences.push({ template, place: placeOf(node) })
      }
      // The command line is in English.
      if (ts.isNewExpression(node) && node.expression.getText() === 'WorkbenchError' && !path.includes('/host/cli/')) {
        const message = node.arguments?.[1]
        if (message && (ts.isStringLiteral(message) || ts.isTemplateLiteral(message))) unsaid.push(placeOf(message))
      }
      ts.forEachChild(node, visit)
    }
    visit(source)
  }
  return { sentences, unsaid }
}

const gapsOf = (text: string): string => [...new Set(text.match(/\{\d+\}/gu))].sort().join(' ')

describe('what the services say', () => {
  const { sentences, unsaid } = readSources()
  const spanish = saidInSpanish.sentences

  it('is found in the sources', () => expect(sentences.length).toBeGreaterThan(250))

  it('is a sentence with gaps wherever an error has a message of ours', () => expect(unsaid).toEqual([]))

  it('has a translation, sentence by sentence', () => {
    expect(sentences.filter(({ template }) => spanish[template] === undefined)).toEqual([])
  })

  it('has no translation of a sentence that nobody says', () => {
    const known = new Set(sentences.map(({ template }) => template))
    expect(Object.keys(spanish).filter((template) => HAS_WORDS.test(template) && !known.has(template))).toEqual([])
  })

  it('keeps its gaps when translated', () => {
    expect(Object.entries(spanish).filter(([english, text]) => gapsOf(english) !== gapsOf(text))).toEqual([])
  })

  it('has a sentence for every error code and a name for every kind of job', () => {
    expect(Object.keys(saidInSpanish.errors).sort()).toEqual(Object.keys(ERROR_CODES).sort())
    expect(Object.keys(saidInSpanish.jobs).sort()).toEqual([...JOB_KINDS].sort())
    for (const text of [...Object.values(saidInSpanish.errors), ...Object.values(saidInSpanish.jobs)])
      expect(text).toMatch(HAS_WORDS)
  })
})

describe('a text of the services in Spanish', () => {
  const inSpanish = (text: ReturnType<typeof said>): string | undefined =>
    wordedIn(saidInSpanish, String(text), text.toJSON())

  it('has the same names and figures', () => {
    expect(inSpanish(said`Same content as ${'plan.pdf'}`)).toBe('El mismo contenido que plan.pdf')
  })

  it('words a text in a text, and leaves names that look like one alone', () => {
    expect(inSpanish(said`Evaluate ${said`keyword search`} on ${'loss'}`)).toBe(
      'Evaluar la búsqueda por palabras con loss',
    )
  })

  it('takes a text of gaps alone as it is', () => {
    expect(inSpanish(said`${'a.pdf'}: ${said`its name is too long`}`)).toBe('a.pdf: su nombre es demasiado largo')
  })

  it('knows a sentence without gaps by its English, as an earlier version stored it', () => {
    expect(wordedIn(saidInSpanish, 'Left out by you', null)).toBe('Excluido por usted')
  })

  it('says so when it is not translated, and is English in an English window', () => {
    for (const text of ['bad magic', 'constructor']) expect(wordedIn(saidInSpanish, text, null)).toBeUndefined()
    expect(wordedIn(undefined, 'bad magic', null)).toBe('bad magic')
  })
})
