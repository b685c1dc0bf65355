import { deflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ExtractionError } from './extraction-error.ts'
import { extractFile, type ReadDocument } from './extract-file.ts'
import {
  drawPdf,
  fixtureFolder,
  numberedPages,
  pdfOfContent,
  pdfOfObjects,
  streamObject,
} from './testing/pdf-fixtures.ts'

let folder: Awaited<ReturnType<typeof fixtureFolder>>
let files = 0

beforeAll(async () => {
  folder = await fixtureFolder()
})
afterAll(() => folder[Symbol.asyncDispose]())

async function extract(bytes: Uint8Array | string, password?: string): Promise<ReadDocument> {
  return extractFile(await folder.write(`${++files}.pdf`, bytes), { password })
}

async function failure(bytes: Uint8Array | string, password?: string): Promise<ExtractionError> {
  const error: unknown = await extract(bytes, password).catch((reason: unknown) => reason)
  if (error instanceof ExtractionError) return error
  throw new Error('expected an ExtractionError', { cause: error })
}

const FLOOD = 'Residents of low-lying areas must move to higher ground when the river gauge passes four metres.'
const FIRE = 'Keep a defensible space of thirty metres around every building and clear the gutters of leaves.'

/** Lines of text at fixed places: x, y from the bottom, text. */
function placed(lines: readonly (readonly [number, number, string])[], pageEntries = ''): Uint8Array {
  const content = lines.map(([x, y, text]) => `BT /F1 10 Tf ${x} ${y} Td (${text}) Tj ET`).join('\n')
  return pdfOfContent(content, pageEntries)
}

describe('text of a page', () => {
  it('joins the lines of a paragraph and keeps paragraphs apart', async () => {
    const { pages } = await extract(
      await drawPdf((pdf) =>
        pdf.addPage().text(`${FLOOD} ${FLOOD}`, { width: 250 }).moveDown().text(FIRE, { width: 250 }),
      ),
    )
    expect(pages[0]?.text).toBe(`${FLOOD} ${FLOOD}\n\n${FIRE}`)
    expect(pages[0]?.lines.length).toBeGreaterThan(4)
  })

  it('says where each line stands, in points from the lower left corner', async () => {
    const { pages } = await extract(
      placed([
        [72, 700, 'Evacuation routes'],
        [72, 300, 'Assembly points'],
      ]),
    )
    const page = pages[0]!
    expect(page).toMatchObject({ width: 612, height: 792, rotation: 0 })
    const [first, second] = page.lines
    expect(page.text.slice(second!.start, second!.end)).toBe('Assembly points')
    expect(first).toMatchObject({ x: 72, fontSize: 10 })
    expect(first!.y).toBeGreaterThan(695)
    expect(first!.y).toBeLessThan(700)
    expect(first!.y + first!.height).toBeGreaterThan(706)
    expect(first!.width).toBeGreaterThan(70)
    expect(first!.width).toBeLessThan(95)
  })

  it('measures from the corner of the visible page when that is not the origin', async () => {
    const { pages } = await extract(placed([[172, 400, 'Shelter']], '/CropBox [100 200 500 700]'))
    expect(pages[0]).toMatchObject({ width: 400, height: 500 })
    expect(pages[0]!.lines[0]!.x).toBeCloseTo(72)
    expect(pages[0]!.lines[0]!.y).toBeLessThan(200)
  })

  it('reads two columns one after the other', async () => {
    const { pages } = await extract(
      await drawPdf((pdf) => {
        pdf.addPage().fontSize(10).text(`${FLOOD} ${FLOOD}`, 72, 100, { width: 200 })
        pdf.text(`${FIRE} ${FIRE}`, 320, 100, { width: 200 })
      }),
    )
    expect(pages[0]?.text).toBe(`${FLOOD} ${FLOOD}\n\n${FIRE} ${FIRE}`)
  })

  it('undoes columns that the file holds row by row', async () => {
    const left = [
      'Residents of low-lying areas move',
      'to higher ground when the river',
      'gauge passes four metres, and the',
      'warden of each street reports to',
      'the shelter which houses stand',
      'empty before the bridge is closed',
      'to all traffic.',
    ]
    const right = [
      'Keep a defensible space of thirty',
      'metres around every building and',
      'clear the gutters of leaves before',
      'the season begins. Store firewood',
      'away from walls, and keep a hose',
      'long enough to reach all sides of',
      'the house.',
    ]
    const { pages } = await extract(
      placed(
        left.flatMap(
          (text, row) =>
            [
              [72, 700 - row * 12, text],
              [320, 700 - row * 12, right[row]!],
            ] as const,
        ),
      ),
    )
    expect(pages[0]?.text).toBe(`${left.join(' ')}\n\n${right.join(' ')}`)
  })

  it('reads the rows of a table across, one line each', async () => {
    const rows = [
      ['Shelter', 'Beds'],
      ['School', '120'],
      ['Church', '45'],
      ['Gym', '300'],
      ['Arena', '900'],
      ['Hall', '60'],
      ['Depot', '20'],
    ]
    const { pages } = await extract(
      placed(
        rows.flatMap(
          ([name, beds], row) =>
            [
              [72, 700 - row * 14, name!],
              [250, 700 - row * 14, beds!],
            ] as const,
        ),
      ),
    )
    expect(pages[0]?.text).toBe(rows.map((row) => row.join(' ')).join('\n'))
  })

  it('sorts lines that the file holds in no order', async () => {
    const lines = Array.from(
      { length: 12 },
      (_, row) => [72, 700 - row * 12, `Step ${row + 1} of the checklist is done`] as const,
    )
    const shuffled = [7, 2, 9, 0, 5, 11, 3, 8, 1, 10, 4, 6].map((index) => lines[index]!)
    const { pages } = await extract(placed(shuffled))
    expect(pages[0]?.text.match(/Step \d+/g)).toEqual(lines.map(([, , text]) => /Step \d+/.exec(text)![0]))
  })

  it('reads a page that is turned, with boxes of the unturned page', async () => {
    // A landscape page: the text runs upwards on the sheet and the viewer turns it.
    const lines = ['Residents of low-lying areas move to', 'higher ground when the river rises.']
    const content = lines.map((text, row) => `BT /F1 10 Tf 0 1 -1 0 ${100 + row * 12} 72 Tm (${text}) Tj ET`).join('\n')
    const { pages } = await extract(pdfOfContent(content, '/Rotate 90'))
    const page = pages[0]!
    expect(page).toMatchObject({ rotation: 90, width: 612, height: 792, text: lines.join(' ') })
    const [first] = page.lines
    expect(first!.y).toBeCloseTo(72)
    expect(first!.height).toBeGreaterThan(140)
    expect(first!.width).toBeLessThan(13)
    expect(first!.x).toBeLessThan(100)
  })

  it('tells bold lines', async () => {
    const { pages } = await extract(
      await drawPdf((pdf) => pdf.addPage().font('Helvetica-Bold').text('Warning').font('Helvetica').text(FLOOD)),
    )
    expect(pages[0]!.lines.map((line) => line.bold)).toEqual([true, false, false])
    expect(pages[0]!.text).toBe(`Warning\n\n${FLOOD}`)
  })

  it('reads text that is drawn twice to look bold only once', async () => {
    const { pages } = await extract(
      placed([
        [72, 700, 'Danger zone'],
        [72.4, 700, 'Danger zone'],
        [72, 660, 'Keep out'],
      ]),
    )
    expect(pages[0]?.text).toBe('Danger zone\n\nKeep out')
  })

  it('joins a word cut at a line end', async () => {
    const { pages } = await extract(
      placed([
        [72, 700, 'The county opens the emer-'],
        [72, 688, 'gency operations center.'],
      ]),
    )
    expect(pages[0]?.text).toBe('The county opens the emergency operations center.')
  })

  it('drops page numbers and keeps them on record', async () => {
    const { pages } = await extract(
      await drawPdf((pdf) => {
        for (let page = 1; page <= 4; page++) {
          pdf
            .addPage({ margin: 0 })
            .fontSize(10)
            .text(`${FLOOD} (${page})`, 72, 300, { width: 400 })
            .text(String(page), 300, 770)
        }
      }),
    )
    expect(pages[2]?.text).toBe(`${FLOOD} (3)`)
    expect(pages[2]?.dropped).toEqual([{ page: 3, text: '3', reason: 'page-number' }])
  })
})

describe('filled forms', () => {
  const form = (value: string, checked: string, flags = ''): Uint8Array =>
    pdfOfObjects([
      '<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R 7 0 R] >> >>',
      '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R /Annots [6 0 R 7 0 R] /Resources << /Font << /F1 4 0 R >> >> >>',
      '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
      streamObject('BT /F1 10 Tf 72 700 Td (Incident name) Tj ET'),
      `<< /Type /Annot /Subtype /Widget /FT /Tx /T (F1) /TU (Incident Name) /V (${value}) /Rect [160 695 400 710] ${flags} >>`,
      `<< /Type /Annot /Subtype /Widget /FT /Btn /T (Evacuated) /V /${checked} /AS /${checked} /Rect [160 660 172 672] /AP << /N << /Yes 8 0 R /Off 8 0 R >> >> >>`,
      streamObject('', '/Type /XObject /Subtype /Form /BBox [0 0 12 12]'),
    ])

  it('adds what was typed, with the label and the box of the field', async () => {
    const { pages } = await extract(form('Oak Ridge Fire', 'Yes'))
    const page = pages[0]!
    expect(page.text).toBe('Incident name\n\nIncident Name: Oak Ridge Fire\n\n☑ Evacuated')
    expect(page.lines[1]).toMatchObject({ x: 160, y: 695, width: 240, height: 15 })
  })

  it('adds nothing for fields that are empty', async () => {
    const { pages } = await extract(form('', 'Off'))
    expect(pages[0]?.text).toBe('Incident name')
  })

  it('leaves out passwords', async () => {
    const { pages } = await extract(form('secret', 'Off', '/Ff 8192'))
    expect(pages[0]?.text).toBe('Incident name')
  })
})

describe('dynamic forms', () => {
  it('reads texts that only the XFA template has', async () => {
    const draw = (text: string): string => `<draw w="100mm" h="10mm"><value><text>${text}</text></value></draw>`
    const xfa = `<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"><template xmlns="http://www.xfa.org/schema/xfa-template/3.3/">
<subform name="form1" layout="tb"><pageSet><pageArea name="Page1" id="Page1"><contentArea x="0in" y="0in" w="8in" h="10in"/>
<medium stock="letter" short="8.5in" long="11in"/></pageArea></pageSet>
<subform w="8in" layout="tb">${draw('Resource request')}${draw('Requested by the county')}</subform></subform></template></xdp:xdp>`
    const { pages } = await extract(
      pdfOfObjects([
        '<< /Type /Catalog /Pages 2 0 R /NeedsRendering true /AcroForm << /Fields [] /XFA 4 0 R >> >>',
        '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
        '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>',
        streamObject(xfa),
      ]),
    )
    expect(pages[0]?.text.split(/\s+/).join(' ')).toBe('Resource request Requested by the county')
  })
})

describe('page quality', () => {
  const picture = '/Resources << /XObject << /Im1 6 0 R >> /Font << /F1 4 0 R >> >>'
  const image = streamObject(
    '\xff\x00\xff',
    '/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceRGB /BitsPerComponent 8',
  )
  /** pdf.js skips images of more than one pixel unread, and this is two. */
  const wide = image
    .replace('/Width 1', '/Width 2')
    .replace('\xff\x00\xff', '\xff\x00\xff\xff\x00\xff')
    .replace('/Length 3', '/Length 6')

  const scan = (object: string, size = '600 0 0 780'): Uint8Array =>
    pdfOfObjects([
      '<< /Type /Catalog /Pages 2 0 R >>',
      '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R ${picture} >>`,
      '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
      streamObject(`q ${size} 5 5 cm /Im1 Do Q`),
      object,
    ])

  it('calls a picture without text a scan', async () => {
    expect((await extract(scan(wide))).pages[0]).toMatchObject({ quality: 'no-text', source: 'none', text: '' })
    expect((await extract(scan(image))).pages[0]).toMatchObject({ quality: 'no-text' })
  })

  it('does not call a small picture, such as a logo, a scan', async () => {
    expect((await extract(scan(wide, '40 0 0 40'))).pages[0]).toMatchObject({ quality: 'text', source: 'none' })
  })

  it('does not call a blank page a scan', async () => {
    expect((await extract(pdfOfContent('q Q'))).pages[0]).toMatchObject({ quality: 'text', source: 'none', text: '' })
  })

  it('finds glyphs without usable Unicode and keeps them out of the text', async () => {
    const toUnicode = `/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def
1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <20> <7e> <e020> endbfrange endcmap end end`
    const pdf = pdfOfObjects([
      '<< /Type /Catalog /Pages 2 0 R >>',
      '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>',
      '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>',
      streamObject('BT /F1 10 Tf 72 700 Td (Residents of low-lying areas must move to higher ground) Tj ET'),
      streamObject(toUnicode),
    ])
    const { pages, passages } = await extract(pdf)
    expect(pages[0]).toMatchObject({ quality: 'garbage', source: 'none', text: '' })
    expect(passages).toEqual([])
  })
})

describe('files that cannot be read', () => {
  it('asks for the password of an encrypted file, and reads it with the right one', async () => {
    const pdf = await numberedPages(1, { userPassword: 'levee', ownerPassword: 'owner' })
    expect(await failure(pdf)).toMatchObject({ code: 'ENCRYPTED', state: 'encrypted' })
    expect(await failure(pdf, 'dam')).toMatchObject({ code: 'WRONG_PASSWORD', state: 'encrypted' })
    expect((await extract(pdf, 'levee')).pages[0]?.text).toContain('Shelter plan part 1')
  })

  it('reads a file that only its owner may change', async () => {
    const pdf = await numberedPages(1, { ownerPassword: 'owner', permissions: { modifying: false } })
    expect((await extract(pdf)).pages[0]?.text).toContain('Shelter plan part 1')
  })

  it.each([
    ['no bytes', '', 'EMPTY', 'empty', 'The file is empty (0 bytes)'],
    [
      'a text file',
      'Shelter list: school, church, gym\n'.repeat(50),
      'NOT_A_PDF',
      'unsupported',
      'The file is not a PDF, whatever its name says',
    ],
    ['a header and nothing else', '%PDF-1.7\n', 'DAMAGED', 'damaged', expect.stringContaining('The file is damaged')],
  ])('says what is wrong with %s', async (_, bytes, code, state, message) => {
    expect(await failure(bytes)).toMatchObject({ code, state, message })
  })

  it('says that a file has no pages', async () => {
    const pdf = pdfOfObjects(['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [] /Count 0 >>'])
    expect(await failure(pdf)).toMatchObject({ code: 'EMPTY', message: 'The file has no pages' })
  })

  it('does not believe a forged page count', async () => {
    const pdf = pdfOfObjects([
      '<< /Type /Catalog /Pages 2 0 R >>',
      '<< /Type /Pages /Kids [3 0 R] /Count 2000000 >>',
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>',
    ])
    expect((await extract(pdf)).facts.pageCount).toBe(1)
  })

  it('reads the pages around one that is missing', async () => {
    const page =
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>'
    const pdf = pdfOfObjects([
      '<< /Type /Catalog /Pages 2 0 R >>',
      '<< /Type /Pages /Kids [3 0 R 9 0 R 6 0 R] /Count 3 >>',
      page,
      '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
      streamObject(`BT /F1 10 Tf 72 700 Td (${FLOOD}) Tj ET`),
      page,
    ])
    const { pages, facts } = await extract(pdf)
    expect(pages.map((page) => page.text)).toEqual([FLOOD, FLOOD])
    expect(facts).toMatchObject({ pageCount: 3, damage: 'The file is damaged: 2 of 3 pages could be recovered' })
  })

  it('reads a file that was cut off up to the cut', async () => {
    const whole = await numberedPages(20, { compress: false })
    const { pages, facts } = await extract(whole.subarray(0, Math.round(whole.length * 0.5)))
    expect(pages.length).toBeGreaterThan(5)
    expect(pages.length).toBeLessThan(15)
    expect(pages.at(-1)?.text).toContain(`Shelter plan part ${pages.length}.`)
    expect(facts.damage).toBe(`The file is cut off after page ${pages.length}`)
  })

  it('unpacks the page objects of a file that was cut off before its directory', async () => {
    const page = '<< /Type /Page /MediaBox [0 0 612 792] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>'
    const font = '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'
    const header = `3 0 4 ${page.length + 1} `
    const packed = deflateSync(Buffer.from(`${header}${page} ${font}`)).toString('latin1')
    const file = [
      '%PDF-1.7',
      `5 0 obj\n${streamObject(`BT /F1 10 Tf 72 700 Td (${FLOOD}) Tj ET`)}\nendobj`,
      `6 0 obj\n${streamObject(packed, `/Type /ObjStm /N 2 /First ${header.length} /Filter /FlateDecode`)}\nendobj`,
      '7 0 obj\n<< /Type /XRef /Root 1 0 R',
    ].join('\n')
    const { pages, facts } = await extract(Buffer.from(file, 'latin1'))
    expect(pages.map((page) => page.text)).toEqual([FLOOD])
    expect(facts.damage).toBe('The file is cut off after page 1')
  })
})
