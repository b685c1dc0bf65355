import { describe, expect, it } from 'vitest'
import type { TextLine } from '../text/page.ts'
import { keywordBoxes, passageBoxes } from './passage-boxes.ts'

const text = 'route shelter'
const span = { pageStart: 1, pageEnd: 1, charStart: 0, charEnd: text.length }

function page(rotation: number, box: Pick<TextLine, 'x' | 'y' | 'width' | 'height'>) {
  const line: TextLine = { start: 0, end: text.length, fontSize: 10, bold: false, ...box }
  return { number: 1, text, rotation, lines: [line] }
}

const across = { x: 100, y: 700, width: 130, height: 10 }
const along = { x: 100, y: 300, width: 10, height: 130 }

describe('boxes of words inside a printed line', () => {
  it('lie to the right on an upright page', () => {
    expect(keywordBoxes(span, [page(0, across)], 'shelter')[0]?.boxes).toEqual([
      { x: 160, y: 700, width: 70, height: 10 },
    ])
  })
  it('lie further up on a page shown turned by 90 degrees', () => {
    expect(keywordBoxes(span, [page(90, along)], 'shelter')[0]?.boxes).toEqual([
      { x: 100, y: 360, width: 10, height: 70 },
    ])
  })
  it('lie further down on a page shown turned by 270 degrees', () => {
    expect(keywordBoxes(span, [page(270, along)], 'shelter')[0]?.boxes).toEqual([
      { x: 100, y: 300, width: 10, height: 70 },
    ])
  })
  it('lie to the left on a page shown upside down', () => {
    expect(keywordBoxes(span, [page(180, across)], 'shelter')[0]?.boxes).toEqual([
      { x: 100, y: 700, width: 70, height: 10 },
    ])
  })
  it('are cut along the line also where text stands upright on a turned page', () => {
    expect(keywordBoxes(span, [page(90, across)], 'shelter')[0]?.boxes).toEqual([
      { x: 160, y: 700, width: 70, height: 10 },
    ])
  })
})

describe('boxes of a passage', () => {
  it('are its whole lines, whatever the rotation', () => {
    for (const rotation of [0, 90, 180, 270]) {
      expect(passageBoxes(span, [page(rotation, along)])[0]?.boxes).toEqual([along])
    }
  })
})
