import { describe, expect, it } from 'vitest'
import { findDates, pdfDate } from './calendar-dates.ts'
import { documentDate, documentTitle, readableFileName, type DocumentSource } from './document-facts.ts'
import { sentencesAbout, testPage } from './testing/pages.ts'

const page = testPage(1, [
  'County of Example',
  { text: 'Flood Response', fontSize: 26 },
  { text: 'Annex to the Emergency Plan', fontSize: 26 },
  'Version 3.1, May 2025',
  sentencesAbout('the meeting of 3 March 2019 in the town hall', 8),
])
const source = (facts: Partial<DocumentSource>): DocumentSource => ({ fileName: 'plan.pdf', pages: [page], ...facts })

describe('documentTitle', () => {
  it('takes a sane title from the properties', () => {
    expect(documentTitle(source({ title: ' ICS Form 208,  Safety Plan/Message ' }))).toBe(
      'ICS Form 208, Safety Plan/Message',
    )
  })

  it.each([
    'Microsoft Word - foo.doc',
    'Microsoft PowerPoint - TH_BriefUseGuide_v2.pptx',
    'Template - Papier entête - OCHA.doc',
    'untitled',
    'Document1',
    'PowerPoint Presentation',
    'vuee1f1.tmp',
    'bookmarks-front-back',
    'flood_annex_final',
    'http://www.example.gov/plan.htm',
    'C:\\plans\\flood plan',
    '20250521',
    'H-20 / 1985',
    '\u0001\u0002 odd \uFFFD',
    '   ',
    'x',
  ])('does not believe %j and takes the largest text of the first page', (title) => {
    expect(documentTitle(source({ title }))).toBe('Flood Response Annex to the Emergency Plan')
  })

  it('takes the number of a series along with a short title', () => {
    const sitrep = testPage(1, [
      { text: 'Novel Coronavirus', fontSize: 30 },
      { text: 'Situation Report - 12', fontSize: 18 },
      sentencesAbout('cases', 8),
    ])
    expect(documentTitle(source({ pages: [sitrep] }))).toBe('Novel Coronavirus - Situation Report - 12')
  })

  it('falls back to a readable file name', () => {
    const plain = testPage(1, [sentencesAbout('a', 4), sentencesAbout('b', 4), 'x', 'y', 'z', 'v', 'w'])
    expect(documentTitle(source({ pages: [plain], fileName: 'Evacuation_Plan-v2.pdf' }))).toBe('Evacuation Plan v2')
    expect(documentTitle(source({ pages: [], fileName: 'EBOLA - Update of 5 September.pdf' }))).toBe(
      'EBOLA - Update of 5 September',
    )
    expect(readableFileName('Power+Outage-English.pdf')).toBe('Power Outage English')
    expect(readableFileName('Sanity.Check.20160428.pdf')).toBe('Sanity Check 20160428')
    expect(readableFileName('___.pdf')).toBe('___.pdf')
  })
})

describe('documentDate', () => {
  it('takes the date of the file name first', () => {
    expect(documentDate(source({ fileName: '20200121-sitrep-1.pdf', created: 'D:20200124' }))).toBe('2020-01-21')
    expect(documentDate(source({ fileName: 'EBOLA - Update du 5 septembre 2014_08092014.pdf' }))).toBe('2014-09-05')
  })

  it('then a line that dates the document, not a date in its running text', () => {
    expect(documentDate(source({}))).toBe('2025-05')
  })

  it('does not take an event long after the file was made', () => {
    expect(documentDate(source({ created: "D:20190401101500+02'00'" }))).toBe('2019-03-03')
    expect(documentDate(source({ created: 'D:20180105', pages: [testPage(1, ['Meeting on 4 July 2018'])] }))).toBe(
      '2018-01-05',
    )
  })

  it('then the day the file was made, or nothing', () => {
    expect(documentDate(source({ pages: [], created: 'D:19991026000000' }))).toBe('1999-10-26')
    expect(documentDate(source({ pages: [], created: 'yesterday', modified: '2011-03-04T10:00:00Z' }))).toBe(
      '2011-03-04',
    )
    expect(documentDate(source({ pages: [] }))).toBeUndefined()
  })
})

describe('findDates', () => {
  const isos = (text: string, dayFirst?: boolean): string[] => findDates(text, dayFirst).map(({ iso }) => iso)

  it.each([
    ['21 January 2020 and January 22, 2020', ['2020-01-21', '2020-01-22']],
    ['1er septembre 2014', ['2014-09-01']],
    ['5 de mayo de 2021', ['2021-05-05']],
    ['le 29 août 2014', ['2014-08-29']],
    ['2025-05-21, 2025/05/22', ['2025-05-21', '2025-05-22']],
    ['Sept. 2010', ['2010-09']],
    ['Rev. 05-2021, dismay 2020', []],
    ['31 February 2020', ['2020-02']],
    ['version 12.5.2020.1', []],
    ['tel. 20200121553', []],
  ])('%s', (text, expected) => {
    expect(isos(text)).toEqual(expected)
  })

  it('reads slashes as the country does', () => {
    expect(isos('5/6/2025')).toEqual(['2025-05-06'])
    expect(isos('5/6/2025', true)).toEqual(['2025-06-05'])
    expect(isos('25/6/2025')).toEqual(['2025-06-25'])
    expect(isos('6/25/2025', true)).toEqual(['2025-06-25'])
  })

  it('reads PDF dates as written', () => {
    expect(pdfDate("D:20200201235959+01'00'")).toBe('2020-02-01')
    expect(pdfDate('D:20201399')).toBeUndefined()
    expect(pdfDate('')).toBeUndefined()
    expect(pdfDate(undefined)).toBeUndefined()
  })
})
