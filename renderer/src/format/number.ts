import { strings } from '../strings/index.ts'

const whole = new Intl.NumberFormat(strings.locale, { maximumFractionDigits: 0 })
const tenth = new Intl.NumberFormat(strings.locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const hundredth = new Intl.NumberFormat(strings.locale, { maximumFractionDigits: 2 })

const wholePercent = new Intl.NumberFormat(strings.locale, { style: 'percent', maximumFractionDigits: 0 })

const compact = new Intl.NumberFormat(strings.locale, { notation: 'compact', maximumFractionDigits: 1 })
const significant = new Intl.NumberFormat(strings.locale, { maximumSignificantDigits: 3 })

/** 12,846 */
export function count(value: number): string {
  return whole.format(value)
}

/** 1.92 million; below a million the figure itself. */
export function roundCount(value: number): string {
  return value < 1_000_000 ? whole.format(value) : strings.format.million(hundredth.format(value / 1_000_000))
}

/** 41%. Rounded down, so that 100% is only ever said of what is finished. */
export function percent(share: number): string {
  return wholePercent.format(Math.floor(Math.min(1, Math.max(0, share)) * 100 + 1e-9) / 100)
}

/** A part of a whole, as `percent`, but never 0% of what is there: under 1%. */
export function shareOf(part: number, whole: number): string {
  const share = whole === 0 ? 0 : part / whole
  return share > 0 && share < 0.01 ? strings.format.under(percent(0.01)) : percent(share)
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** 38.4 GB, in powers of 1,000 as file managers count. */
export function bytes(value: number): string {
  let unit = 0
  let rest = value
  while (rest >= 999.5 && unit < BYTE_UNITS.length - 1) {
    rest /= 1_000
    unit += 1
  }
  const figure = unit < 2 || rest >= 100 ? whole.format(rest) : tenth.format(rest)
  return `${figure} ${BYTE_UNITS[unit]}`
}

/** 84 pages/s, 1.9 files/s, 12 files/min for what is slower than one every ten seconds. */
export function rate(perSecond: number, unit: string): string {
  if (perSecond >= 9.95) return strings.format.perSecond(whole.format(perSecond), unit)
  if (perSecond >= 0.1) return strings.format.perSecond(tenth.format(perSecond), unit)
  return strings.format.perMinute(tenth.format(perSecond * 60), unit)
}

/** 3.1 of 16 GB: both in the unit of the second. */
export function bytesOf(used: number, total: number): string {
  const gigabytes = 1_000_000_000
  return strings.format.of(tenth.format(used / gigabytes), `${whole.format(total / gigabytes)} GB`)
}

/** 1,204 or 1.2M or 38B: as short as the label of an axis needs it. */
export function shortCount(value: number): string {
  return compact.format(value)
}

/** 0.562, 12.4, 1,204, 3.2e-5: three digits that mean something, never fewer than the whole part has. */
export function decimals(value: number): string {
  const size = Math.abs(value)
  if (size !== 0 && (size < 0.001 || size >= 1e7))
    return value.toExponential(1).replace('.0e', 'e').replaceAll('-', '−')
  return significant.format(value).replace('-', '−')
}
