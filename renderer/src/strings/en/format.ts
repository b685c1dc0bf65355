/** Picks the form of a word for a number: `plural(1, 'file', 'files')`. */
export function plural(value: number, one: string, many: string): string {
  return value === 1 ? one : many
}

export const format = {
  million: (figure: string) => `${figure} million`,
  perSecond: (figure: string, unit: string) => `${figure} ${unit}/s`,
  perMinute: (figure: string, unit: string) => `${figure} ${unit}/min`,
  of: (part: string, whole: string) => `${part} of ${whole}`,
  seconds: (value: number) => `${value} s`,
  minuteClock: (figure: string) => `${figure} min`,
  hourClock: (figure: string) => `${figure} h`,
  minutes: (value: number) => `${value} min`,
  hours: (hours: number, minutes: number) => (minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`),
  days: (value: number) => `${value} ${plural(value, 'day', 'days')}`,
  under: (figure: string) => `under ${figure}`,
  about: (length: string) => `about ${length}`,
  left: (length: string) => `${length} left`,
  today: 'today',
  yesterday: 'yesterday',
  month: (month: string, year: number) => `${month} ${year}`,
  date: (day: number, month: string, year: number) => `${day} ${month} ${year}`,
} as const
