import { strings } from '../strings/index.ts'

const DAY = 86_400_000
const monthName = new Intl.DateTimeFormat(strings.locale, { month: 'short', timeZone: 'UTC' })

/**
 * A length of time no more exact than it is known: 13 s, 20 min, 2 h 10 min, 3 days.
 * @param seconds non-negative
 */
export function duration(seconds: number): string {
  const words = strings.format
  if (seconds < 20) return words.seconds(Math.max(1, Math.round(seconds)))
  if (seconds < 57.5) return words.seconds(Math.round(seconds / 5) * 5)
  const minutes = seconds / 60
  if (minutes < 19.5) return words.minutes(Math.max(1, Math.round(minutes)))
  if (minutes < 57.5) return words.minutes(Math.round(minutes / 5) * 5)
  const tens = Math.round(minutes / 10)
  const hours = Math.floor(tens / 6)
  if (hours < 48) return words.hours(hours, (tens % 6) * 10)
  return words.days(Math.round(hours / 24))
}

/** 45 s, 12:30 (minutes), 3:05 h: where the exact place in time counts, such as on an axis. */
export function shortDuration(seconds: number): string {
  const whole = Math.round(seconds)
  const two = (value: number): string => String(value).padStart(2, '0')
  if (whole < 60) return strings.format.seconds(whole)
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return strings.format.minuteClock(`${minutes}:${two(whole % 60)}`)
  return strings.format.hourClock(`${Math.floor(minutes / 60)}:${two(minutes % 60)}`)
}

/** "about 20 min"; seconds are not called "about". */
export function roughly(seconds: number): string {
  return seconds < 57.5 ? duration(seconds) : strings.format.about(duration(seconds))
}

/** 14 Mar 2024; today and yesterday by name. */
export function date(at: number, now: number = Date.now()): string {
  const day = new Date(at)
  const days = Math.round((startOfDay(now) - startOfDay(at)) / DAY)
  if (days === 0) return strings.format.today
  if (days === 1) return strings.format.yesterday
  return strings.format.date(day.getDate(), shortMonth(day.getMonth()), day.getFullYear())
}

/** 14 Mar 2024 of an ISO date (2024-03-14), Mar 2024 of a month, whatever the time zone; anything else is returned as it is. */
export function isoDate(text: string): string {
  const [, year, month, day] = /^(\d{4})-(\d{2})(?:-(\d{2}))?/.exec(text) ?? []
  if (year === undefined || month === undefined) return text
  return day === undefined
    ? strings.format.month(shortMonth(Number(month) - 1), Number(year))
    : strings.format.date(Number(day), shortMonth(Number(month) - 1), Number(year))
}

/** 14:05 */
export function clock(at: number): string {
  const time = new Date(at)
  return `${String(time.getHours()).padStart(2, '0')}:${String(time.getMinutes()).padStart(2, '0')}`
}

/** Mar, of a month from 0. */
function shortMonth(month: number): string {
  return monthName.format(Date.UTC(2000, month))
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}
