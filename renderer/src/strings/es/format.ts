import type { Translated } from '../catalogue.ts'
import { plural } from '../en/format.ts'

export const format: Translated<'format'> = {
  million: (figure) => `${figure} millones`,
  perSecond: (figure, unit) => `${figure} ${unit}/s`,
  perMinute: (figure, unit) => `${figure} ${unit}/min`,
  of: (part, whole) => `${part} de ${whole}`,
  seconds: (value) => `${value} s`,
  minuteClock: (figure) => `${figure} min`,
  hourClock: (figure) => `${figure} h`,
  minutes: (value) => `${value} min`,
  hours: (hours, minutes) => (minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`),
  days: (value) => `${value} ${plural(value, 'día', 'días')}`,
  under: (figure) => `menos del ${figure}`,
  about: (length) => `unos ${length}`,
  left: (length) => `quedan ${length}`,
  today: 'hoy',
  yesterday: 'ayer',
  month: (month, year) => `${month} ${year}`,
  date: (day, month, year) => `${day} ${month} ${year}`,
}
