import { describe, expect, it } from 'vitest'
import { chordOf, keycaps } from './keys.ts'
import { linesOf } from './lines.ts'
import { bytes, bytesOf, count, decimals, percent, rate, roundCount, shareOf, shortCount } from './number.ts'
import { clock, date, duration, isoDate, roughly, shortDuration } from './time.ts'

describe('lengths of time', () => {
  it.each([
    [0, '1 s'],
    [13.2, '13 s'],
    [43, '45 s'],
    [57.4, '55 s'],
    [57.5, '1 min'],
    [89, '1 min'],
    [91, '2 min'],
    [1_190, '20 min'],
    [1_500, '25 min'],
    [3_440, '55 min'],
    [3_460, '1 h'],
    [7_800, '2 h 10 min'],
    [7_199, '2 h'],
    [200_000, '2 days'],
  ])('%d s is %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text)
  })

  it('calls a length "about" only from a minute on', () => {
    expect(roughly(13)).toBe('13 s')
    expect(roughly(1_190)).toBe('about 20 min')
  })

  it('never jumps back as time passes', () => {
    const unit = { s: 1, min: 60, h: 3_600, days: 86_400, day: 86_400 }
    const seconds = (text: string): number =>
      [...text.matchAll(/(\d+) (s|min|h|days?)/g)].reduce(
        (sum, [, n, u]) => sum + Number(n) * unit[u as keyof typeof unit],
        0,
      )
    let before = 0
    for (let length = 1; length < 180_000; length += 7) {
      const shown = seconds(duration(length))
      expect(shown).toBeGreaterThanOrEqual(before)
      before = shown
    }
  })
})

describe('dates', () => {
  const noon = new Date(2024, 2, 14, 12).getTime()

  it('names today and yesterday, whatever the hour', () => {
    expect(date(new Date(2024, 2, 14, 0, 1).getTime(), noon)).toBe('today')
    expect(date(new Date(2024, 2, 13, 23, 59).getTime(), noon)).toBe('yesterday')
    expect(date(new Date(2024, 2, 12, 23, 59).getTime(), noon)).toBe('12 Mar 2024')
  })

  it('shows an ISO date as it is written, in every time zone', () => {
    expect(isoDate('2023-09-14')).toBe('14 Sep 2023')
    expect(isoDate('2023-09')).toBe('Sep 2023')
    expect(isoDate('autumn 2023')).toBe('autumn 2023')
  })

  it('pads the clock', () => {
    expect(clock(new Date(2024, 0, 1, 9, 5).getTime())).toBe('09:05')
  })
})

describe('figures', () => {
  it('groups thousands and names millions', () => {
    expect(count(12_846)).toBe('12,846')
    expect(roundCount(999_999)).toBe('999,999')
    expect(roundCount(1_920_000)).toBe('1.92 million')
  })

  it('says 100% only of what is finished', () => {
    expect(percent(0.999)).toBe('99%')
    expect(percent(1)).toBe('100%')
    expect(percent(0.29)).toBe('29%')
    expect(percent(1.2)).toBe('100%')
  })

  it('does not call a little nothing', () => {
    expect(shareOf(1, 154)).toBe('under 1%')
    expect(shareOf(0, 154)).toBe('0%')
    expect(shareOf(0, 0)).toBe('0%')
    expect(shareOf(153, 154)).toBe('99%')
  })

  it.each([
    [512, '512 B'],
    [120_000, '120 kB'],
    [999_600, '1.0 MB'],
    [38_400_000_000, '38.4 GB'],
    [250_000_000_000, '250 GB'],
  ])('%d bytes are %s', (value, text) => {
    expect(bytes(value)).toBe(text)
  })

  it('are as short as an axis needs them, with a real minus sign', () => {
    expect([1_204, 1_234_567].map(shortCount)).toEqual(['1.2K', '1.2M'])
    expect([0.5623, -12.44, 1_204, 0, 0.000_032].map(decimals)).toEqual(['0.562', '−12.4', '1,200', '0', '3.2e−5'])
    expect([45, 750, 11_100].map(shortDuration)).toEqual(['45 s', '12:30 min', '3:05 h'])
  })

  it('gives memory in the unit of the whole', () => {
    expect(bytesOf(3_100_000_000, 16_000_000_000)).toBe('3.1 of 16 GB')
  })

  it('counts by the minute what is too slow for the second', () => {
    expect(rate(84.2, 'pages')).toBe('84 pages/s')
    expect(rate(1.94, 'files')).toBe('1.9 files/s')
    expect(rate(0.05, 'files')).toBe('3.0 files/min')
  })
})

describe('keys', () => {
  const press = (key: string, held: Partial<Record<'ctrlKey' | 'altKey' | 'shiftKey', boolean>> = {}): string =>
    chordOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held })

  it('shows a chord on one cap and a sequence on two', () => {
    expect(keycaps('Mod+K')).toEqual(['Ctrl K'])
    expect(keycaps('G L')).toEqual(['G', 'L'])
    expect(keycaps('ArrowUp')).toEqual(['↑'])
  })

  it('takes the digit of the key where Alt makes a sign of it', () => {
    const event = { ctrlKey: false, metaKey: false, altKey: true, shiftKey: false }
    expect(chordOf({ ...event, key: '¡', code: 'Digit1' })).toBe('Alt+1')
    expect(chordOf({ ...event, key: '1', code: 'Digit1' })).toBe('Alt+1')
  })

  it('names the space bar', () => {
    expect(press(' ')).toBe('Space')
  })

  it('names Shift only where it does not already change the character', () => {
    expect(press('k', { ctrlKey: true })).toBe('Mod+K')
    expect(press('?', { shiftKey: true })).toBe('?')
    expect(press('Enter', { shiftKey: true })).toBe('Shift+Enter')
    expect(press('R', { shiftKey: true })).toBe('Shift+R')
  })
})

it('reads patterns by the line', () => {
  expect(linesOf(' draft* \n\n**/old/**\n')).toEqual(['draft*', '**/old/**'])
})
