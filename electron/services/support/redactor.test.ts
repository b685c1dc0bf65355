import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Redactor } from './redactor.ts'

const redact = (text: string): string => new Redactor().redact(text)

describe('what is known by name', () => {
  const redactor = new Redactor()
  redactor.add('folder', '/srv/Anna Meyer/Plans 2024')
  redactor.add('document', 'Dam break: evacuation of Larkmoor')
  redactor.add('question', 'who calls the mayor at night?')
  redactor.add('person', 'Bo')
  redactor.add('person', 'annam')

  it('is replaced wherever it stands, in any case, always by the same placeholder', () => {
    expect(redactor.redact('read DAM BREAK: Evacuation of Larkmoor and dam break: evacuation of larkmoor')).toBe(
      'read <document 1> and <document 1>',
    )
    expect(redactor.redact('[who calls the mayor at night?] in /srv/Anna Meyer/Plans 2024/a')).toBe(
      '[<question 1>] in <folder 1>/a',
    )
  })

  it('is not taken for a part of another word, nor are ordinary short words', () => {
    expect(redactor.redact('annamaria, the board')).toBe('annamaria, the board')
    expect(redactor.redact('annam: board')).toBe('<person 1>: board')
  })

  it('may hold letters that have two lower-case forms', () => {
    const turkish = new Redactor()
    turkish.add('document', 'İZMİR deprem planı')
    expect(turkish.redact('in İZMİR deprem planı')).toBe('in <document 1>')
  })
})

describe('what has the form of something private', () => {
  it.each([
    ['ENOENT: no such file, open /home/anna/My Plans/plan 7.pdf', 'anna', 'My Plans', 'plan 7'],
    ['cannot read C:\\Users\\anna\\Plans\\a.pdf, skipped', 'anna', 'Plans'],
    ['\\\\server\\share\\secret plans is offline', 'server', 'secret'],
    ['in ~/Documents/x', 'Documents'],
    ['GET http://10.2.3.4:8470/?token=abcDEF123 failed', '10.2.3.4', 'abcDEF123'],
    ['connect ECONNREFUSED 192.168.17.4:11434', '192.168.17.4'],
    ['connect to fe80:0:0:0:1ff:fe23:4567:890a', 'fe80'],
    ['mail anna.meyer@example.org about it', 'anna', 'example'],
    ['no passage answers "who calls the mayor at night"', 'mayor'],
    ['near “the old mill”', 'mill'],
    ["expected 'blue river plan' here", 'river'],
    ['Larkmoor-evacuation.PDF is encrypted', 'Larkmoor'],
    ['key MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=', 'MCowBQ', 'ZuE'],
    ['hash 9f86d081884c7d659a2feaa0c55ad015', '9f86'],
  ])('%s', (text, ...secrets) => {
    const shown = redact(text)
    for (const secret of secrets) expect(shown.toLowerCase()).not.toContain(secret.toLowerCase())
  })

  it('leaves alone what helps to find a fault', () => {
    for (const text of [
      'TypeError: Cannot read properties of undefined (reading 3)',
      '    at Library.index <program>/electron/services/library.ts:201:9',
      'SQLITE_BUSY after 5000 ms; 120 of 4,500 pages',
      'dmr-static-en on cpu (int8), 0.95 x',
      "it's the worker's turn",
    ])
      expect(redact(text)).toBe(text)
  })

  it('leaves no part of a path, wherever in a line it stands', () => {
    const segment = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_ -]{0,12}[A-Za-z0-9]$/u)
    const path = fc.array(segment, { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(
        path,
        fc.constantFrom('/', '\\'),
        fc.constantFrom('open ', 'Error: ', '(', '[', ''),
        (parts, separator, before) => {
          const shown = redact(`${before}${separator === '/' ? '/' : 'C:\\'}${parts.join(separator)}, then`)
          expect(shown).toBe(`${before}<path 1>, then`)
        },
      ),
    )
  })
})
