import { describe, expect, it } from 'vitest'
import { pressKey } from './chart-keys.ts'
import { ChartGroup } from './chart-group.svelte.ts'
import { Curve, gridOver } from './curve.ts'
import { fileNameOf } from './export-chart.ts'
import { layoutChart, fromPx, toPx, type ChartContent } from './layout.ts'
import { curveStyle } from './palette.ts'
import { linearScale, logScale, ticksIn } from './scale.ts'
import { chartSvg } from './svg-chart.ts'

const seeded = (seed: number) => (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}

function noise(length: number): { x: Float64Array; line: Float32Array } {
  const random = seeded(7)
  return {
    x: Float64Array.from({ length }, (_, index) => index + 1),
    line: Float32Array.from({ length }, () => random()),
  }
}

describe('a curve on a grid', () => {
  it('keeps every extreme of 200,000 points, however few places there are', () => {
    const { x, line } = noise(200_000)
    line[123_456] = 40
    line[77_777] = -9
    const binned = new Curve({ x, line }).bin(gridOver({ from: 1, to: 200_000 }, 300))
    expect(Math.max(...binned.high.filter((value) => value != null))).toBe(40)
    expect(Math.min(...binned.low.filter((value) => value != null))).toBe(-9)
  })

  it('says the same from a coarser level as from the points, but for the edges of places', () => {
    const { x, line } = noise(100_000)
    const grid = gridOver({ from: 20_000, to: 60_000 }, 40)
    const { line: means } = new Curve({ x, line }).bin(grid)
    const place = 20
    const first = Math.ceil(grid.start + place * grid.width) - 1
    const points = line.slice(first, first + grid.width)
    const mean = points.reduce((sum, value) => sum + value, 0) / points.length
    expect(means[place]).toBeCloseTo(mean, 2)
  })

  it('breaks where there is no value, and goes on where there is no point', () => {
    const curve = new Curve({ x: [0, 4, 5, 9], line: [1, NaN, Infinity, 3] })
    const { line } = curve.bin({ start: 0, width: 1, count: 10 })
    expect(line).toEqual([1, undefined, undefined, undefined, null, null, undefined, undefined, undefined, 3])
  })

  it('reaches the edge of the range between two points', () => {
    const { line } = new Curve({ x: [0, 100], line: [0, 100] }).bin({ start: 40, width: 10, count: 2 })
    expect(line.map((value) => value?.toFixed(6))).toEqual(['45.000000', '55.000000'])
  })

  it('puts a point into the same place wherever the range was panned to', () => {
    const here = gridOver({ from: 0, to: 1_000 }, 300)
    const there = gridOver({ from: 123.4, to: 1_123.4 }, 300)
    expect(there.width).toBe(here.width)
    expect((there.start - here.start) / here.width).toBe(Math.round((there.start - here.start) / here.width))
  })

  it('finds the nearest point, and none of no points', () => {
    const curve = new Curve({ x: [1, 2, 10], line: [5, 6, 7], low: [4, 5, 6], high: [6, 7, 8] })
    expect(curve.at(7)).toEqual({ x: 10, line: 7, low: 6, high: 8 })
    expect(curve.at(-5)?.x).toBe(1)
    const none = new Curve({ x: [], line: [] })
    expect(none.at(3)).toBeUndefined()
    expect(none.extent).toBeUndefined()
    expect(none.bin({ start: 0, width: 1, count: 2 }).line).toEqual([undefined, undefined])
  })
})

describe('scales', () => {
  it('end on lines, and survive values that are all the same', () => {
    expect(linearScale(0.13, 0.87)).toMatchObject({ low: 0, high: 1, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] })
    const flat = linearScale(5, 5)
    expect(flat.low).toBeLessThan(5)
    expect(flat.high).toBeGreaterThan(5)
    expect(linearScale(0, 0).high).toBeGreaterThan(0)
    expect(ticksIn(0, 0.3, 3)).toEqual([0, 0.1, 0.2, 0.3])
  })

  it('have lines of 1, 2 and 5 on a logarithmic scale', () => {
    expect(logScale(0.45, 2.1).ticks).toEqual([0.3, 0.5, 0.7, 1, 1.4, 2, 3])
    expect(logScale(0.01, 9).ticks).toEqual([0.01, 0.1, 1, 10])
    expect(logScale(3, 3).ticks.length).toBeGreaterThan(1)
  })
})

describe('charts that share a range', () => {
  function group(): ChartGroup {
    const one = new ChartGroup()
    one.setWhole({ from: 0, to: 1_000 })
    return one
  }

  it('zoom around the cursor and never leave what there is', () => {
    const one = group()
    one.setCursor(100)
    one.zoom(0.5)
    expect(one.range).toEqual({ from: 50, to: 550 })
    one.pan(-1)
    expect(one.range).toEqual({ from: 0, to: 500 })
    one.pan(10)
    expect(one.range).toEqual({ from: 500, to: 1_000 })
    one.zoom(100)
    expect(one.isZoomed).toBe(false)
    for (let i = 0; i < 500; i += 1) one.zoom(0.5)
    expect(one.range.to - one.range.from).toBeGreaterThanOrEqual(0.001 * 0.999)
  })

  it('follow a run that goes on, unless somebody looks at a part of it', () => {
    const one = group()
    one.setWhole({ from: 0, to: 1_200 })
    expect(one.range.to).toBe(1_200)
    one.show({ from: 10, to: 20 })
    one.setWhole({ from: 0, to: 1_300 })
    expect(one.range).toEqual({ from: 10, to: 20 })
    one.setAxis('time')
    expect(one.isZoomed).toBe(false)
  })

  it('listen to keys, but not to those of the application', () => {
    const one = group()
    const press = (key: string, held: Partial<KeyboardEvent> = {}): boolean =>
      pressKey(one, { key, shiftKey: false, ctrlKey: false, metaKey: false, ...held })
    expect(press('ArrowRight')).toBe(true)
    expect(one.cursor).toBe(510)
    press('+')
    expect(one.range).toEqual({ from: 102, to: 902 })
    press('ArrowLeft', { shiftKey: true })
    expect(one.range.from).toBe(22)
    press('0')
    expect(one.isZoomed).toBe(false)
    expect([press('Escape'), press('k', { ctrlKey: true }), press('x')]).toEqual([false, false, false])
  })
})

const INK = {
  ...{ grid: '#eee', axis: '#666', raw: '#bcc9ee', reference: '#888', text: '#111', quiet: '#555', ground: '#fff' },
  ...{ warn: '#b67400', font: 'Inter' },
  ...{
    '--c1': '#2a55cf',
    '--c2': '#b4541e',
    '--c3': '#17603f',
    '--c4': '#a0287f',
    '--c5': '#a39010',
    '--c6': '#3f93c6',
  },
}

describe('a drawing', () => {
  const curve = new Curve({ x: [1, 2, 3], line: [2, 1, 0.5], low: [1.5, 0.8, 0.4], high: [2.5, 1.2, 0.6] })
  const content: ChartContent = {
    curves: [{ id: 1, name: 'County <14>', curve, style: curveStyle(0), rawBand: true }],
    references: [{ value: 2.3, label: 'guessing 2.30' }],
    marks: [{ x: 2, label: 'alpha 0.75' }],
    axis: 'step',
  }
  const layout = layoutChart(content, { from: 1, to: 3 }, { width: 600, height: 200 })

  it('has room for the values, their band and what they are compared with', () => {
    expect(layout.yScale.low).toBeLessThanOrEqual(0.4)
    expect(layout.yScale.high).toBeGreaterThanOrEqual(2.5)
    expect(layout.xLabels).toEqual(['1', '2', '3'])
    expect(fromPx(layout, toPx(layout, 2.25))).toBeCloseTo(2.25, 9)
  })

  it('becomes an SVG without a style that a program may not know, its words escaped', () => {
    const svg = chartSvg(layout, INK, 'Loss & more')
    expect(svg).toContain('<title>Loss &#38; more</title>')
    expect(svg).not.toMatch(/style=|class=|NaN|undefined/)
    expect(svg.match(/stroke="#2a55cf"/g)).toHaveLength(1)
    expect(svg).toContain('guessing 2.30')
    expect(svg).toContain('alpha 0.75')
    const two = { ...content, curves: [...content.curves, { ...content.curves[0]!, id: 2, style: curveStyle(7) }] }
    const both = chartSvg(layoutChart(two, { from: 1, to: 3 }, { width: 600, height: 200 }), INK, 'x')
    expect(both).toContain('County &#60;14&#62;')
    expect(both).toContain('stroke-dasharray="6 3"')
  })

  it('tells 54 curves apart by colour and line', () => {
    const styles = Array.from({ length: 54 }, (_, index) => JSON.stringify(curveStyle(index)))
    expect(new Set(styles).size).toBe(54)
  })

  it('names files so that every system takes them', () => {
    expect(fileNameOf('County: blend/14', 'Loss')).toBe('county-blend-14-loss')
  })
})
