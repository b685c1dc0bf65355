import { InvalidArgumentError } from 'commander'
import { INTENTS, type Intent } from '../../../contracts/intents.ts'

/** "all", or intents separated by commas. */
export function intentList(text: string): Intent[] {
  if (text === 'all') return [...INTENTS]
  return text.split(',').map((name) => {
    const intent = INTENTS.find((known) => known.toLowerCase() === name.trim().toLowerCase())
    if (!intent) throw new InvalidArgumentError(`"${name}" is none of ${INTENTS.join(', ')}, all.`)
    return intent
  })
}

export function wordList(text: string): string[] {
  const words = text.split(',').map((word) => word.trim())
  if (words.some((word) => word === '')) throw new InvalidArgumentError('Separate names by commas.')
  return words
}

export function numberList(text: string): number[] {
  const numbers = text.split(',').map(Number)
  if (text.trim() === '' || numbers.some((number) => !Number.isFinite(number)))
    throw new InvalidArgumentError('Separate numbers by commas, such as 0.65,0.75,0.85.')
  return numbers
}

export function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1.')
  return value
}

export function anyWholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value)) throw new InvalidArgumentError('It must be a whole number.')
  return value
}

export function share(text: string): number {
  const value = Number(text)
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('It must be a number from 0 to 1.')
  return value
}
