/** Finds calendar dates in text and file names: numeric forms, and month names in English, Spanish and French. */

export interface FoundDate {
  /** `2025-05-21`, or `2025-05` where the day is not named. */
  readonly iso: string
  readonly start: number
  readonly end: number
}

const MONTHS: readonly string[] = [
  'january|jan|enero|janvier|janv',
  'february|feb|febrero|février|fevrier|févr',
  'march|mar|marzo|mars',
  'april|apr|abril|avril|avr',
  'may|mayo|mai',
  'june|jun|junio|juin',
  'july|jul|julio|juillet|juil',
  'august|aug|agosto|août|aout',
  'september|sept|sep|septiembre|setiembre|septembre',
  'october|oct|octubre|octobre',
  'november|nov|noviembre|novembre',
  'december|dec|diciembre|décembre|decembre|déc',
]
const MONTH = MONTHS.join('|')
const YEAR = '(?:19|20)\\d\\d'
const DAY = '(?:0?[1-9]|[12]\\d|3[01])'
const FORMS: readonly {
  readonly pattern: RegExp
  read(groups: readonly string[], dayFirst: boolean): string | undefined
}[] = [
  {
    pattern: new RegExp(`(?<!\\d)(${YEAR})[-./](0?[1-9]|1[0-2])[-./](${DAY})(?!\\d)`, 'g'),
    read: ([year, month, day]) => isoDate(Number(year), Number(month), Number(day)),
  },
  {
    pattern: new RegExp(`(?<!\\d)(${YEAR})(0[1-9]|1[0-2])(0[1-9]|[12]\\d|3[01])(?!\\d)`, 'g'),
    read: ([year, month, day]) => isoDate(Number(year), Number(month), Number(day)),
  },
  {
    pattern: new RegExp(
      `(?<![\\d\\p{L}])(${DAY})(?:er|st|nd|rd|th|º)?[\\s._-]+(?:of\\s+|de\\s+)?(${MONTH})\\.?,?[\\s._-]+(?:de\\s+|del\\s+)?(${YEAR})(?!\\d)`,
      'giu',
    ),
    read: ([day, month, year]) => isoDate(Number(year), monthNumber(month), Number(day)),
  },
  {
    pattern: new RegExp(`(?<!\\p{L})(${MONTH})\\.?\\s+(${DAY})(?:st|nd|rd|th)?,?\\s+(${YEAR})(?!\\d)`, 'giu'),
    read: ([month, day, year]) => isoDate(Number(year), monthNumber(month), Number(day)),
  },
  {
    pattern: new RegExp(`(?<![\\d/.-])(\\d{1,2})[/.-](\\d{1,2})[/.-](${YEAR})(?![\\d]|\\.\\d)`, 'g'),
    read: ([first, second, year], dayFirst) => {
      const [a, b] = [Number(first), Number(second)]
      const [month, day] = a > 12 || (dayFirst && b <= 12) ? [b, a] : [a, b]
      return isoDate(Number(year), month, day)
    },
  },
  {
    pattern: new RegExp(`(?<!\\p{L})(${MONTH})\\.?,?(?:\\s+(?:de\\s+|del\\s+)?|[._-])(${YEAR})(?!\\d)`, 'giu'),
    read: ([month, year]) => `${year}-${String(monthNumber(month)).padStart(2, '0')}`,
  },
]

/**
 * All dates of a text in order of place; where forms overlap the fuller one counts ("21 May 2025", not "May 2025").
 * @param dayFirst how to read 5/6/2025, which only the country tells; false: month first, as in the United States
 */
export function findDates(text: string, dayFirst = false): FoundDate[] {
  const found: FoundDate[] = []
  for (const { pattern, read } of FORMS) {
    for (const match of text.matchAll(pattern)) {
      const start = match.index
      const end = start + match[0].length
      if (found.some((other) => start < other.end && other.start < end)) continue
      const iso = read(match.slice(1), dayFirst)
      if (iso !== undefined) found.push({ iso, start, end })
    }
  }
  return found.sort((a, b) => a.start - b.start)
}

/** The day of a PDF date (`D:20250521103000+02'00'`) or ISO date-time, as written, without time zone; undefined if odd. */
export function pdfDate(value: string | undefined): string | undefined {
  const match = /^(?:D:)?\s*((?:19|20)\d\d)-?(\d\d)-?(\d\d)/.exec(value?.trim() ?? '')
  return match ? isoDate(Number(match[1]), Number(match[2]), Number(match[3])) : undefined
}

function monthNumber(name = ''): number {
  const lower = name.toLowerCase()
  return MONTHS.findIndex((names) => names.split('|').includes(lower)) + 1
}

/** undefined for a day that the calendar does not have. */
function isoDate(year: number, month: number, day: number): string | undefined {
  const date = new Date(Date.UTC(year, month - 1, day))
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  return date.toISOString().slice(0, 10)
}
