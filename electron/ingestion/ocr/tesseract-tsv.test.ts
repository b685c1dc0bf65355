import { expect, it } from 'vitest'
import { parseTesseractTsv } from './tesseract-tsv.ts'

const TSV = [
  'level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext',
  '1\t1\t0\t0\t0\t0\t0\t0\t1700\t2200\t-1\t',
  '4\t1\t1\t1\t1\t0\t200\t280\t300\t40\t-1\t',
  '5\t1\t1\t1\t1\t1\t200\t282\t120\t30\t96.5\tFlood',
  '5\t1\t1\t1\t1\t2\t340\t280\t160\t38\t90.5\tgauge',
  '5\t1\t1\t1\t2\t1\t200\t330\t100\t30\t80\tlevel',
  '5\t1\t2\t1\t1\t1\t900\t330\t4\t400\t7\t|',
  '5\t1\t2\t1\t2\t1\t900\t330\t4\t400\t95\t ',
].join('\n')

it('joins words to lines with one box and their mean confidence', () => {
  expect(parseTesseractTsv(TSV)).toEqual([
    { text: 'Flood gauge', confidence: 93.5, words: 2, left: 200, top: 280, width: 300, height: 38, paragraph: '1.1' },
    { text: 'level', confidence: 80, words: 1, left: 200, top: 330, width: 100, height: 30, paragraph: '1.1' },
  ])
})

it('leaves out specks that were taken for letters, and an empty page', () => {
  expect(parseTesseractTsv(TSV).map((line) => line.text)).not.toContain('|')
  expect(parseTesseractTsv('')).toEqual([])
})
