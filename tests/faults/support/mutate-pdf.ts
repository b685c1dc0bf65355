import { deflateSync, inflateSync } from 'node:zlib'
import type { RandomSource } from '../../../electron/platform/seeded-random.ts'

type Mutation = (bytes: Buffer, random: RandomSource) => Buffer

const whole = (random: RandomSource, below: number): number => Math.floor(random() * below)

/** Names whose meaning depends on another object, so that a wrong one leads the reader astray. */
const KEYS = [
  '/Kids',
  '/Parent',
  '/Length',
  '/Filter',
  '/Type',
  '/Contents',
  '/Resources',
  '/Count',
  '/Font',
  '/ToUnicode',
  '/W',
  '/Root',
  '/Encoding',
]
const VALUES = [
  '-1',
  '4294967296',
  '1e308',
  '[]',
  '<<>>',
  'null',
  '()',
  '/FlateDecode',
  '[/FlateDecode /FlateDecode /LZWDecode]',
  'true',
]

/** Changes that follow the structure of the format, beside those that any file may suffer. */
const MUTATIONS: Record<string, Mutation> = {
  flip: (bytes, random) => {
    for (let count = 1 + whole(random, 40); count > 0; count -= 1)
      bytes[whole(random, bytes.length)] = whole(random, 256)
    return bytes
  },
  cut: (bytes, random) => bytes.subarray(0, whole(random, bytes.length)),
  remove: (bytes, random) => {
    const at = whole(random, bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + whole(random, 2_000))])
  },
  repeat: (bytes, random) => {
    const at = whole(random, bytes.length)
    const part = bytes.subarray(at, at + whole(random, 4_000))
    return Buffer.concat([bytes.subarray(0, at), part, part, part, bytes.subarray(at)])
  },
  /** A number becomes another one: lengths, offsets, counts, references. */
  number: (bytes, random) =>
    replaceMatch(
      bytes,
      random,
      /\b\d{1,10}\b/gu,
      () => ['0', '-1', '99999999', '4294967295', String(whole(random, 200))][whole(random, 5)]!,
    ),
  /** A reference points elsewhere, often at its own object: page trees and object streams become rings. */
  reference: (bytes, random) => replaceMatch(bytes, random, /\b\d+ 0 R\b/gu, () => `${1 + whole(random, 40)} 0 R`),
  value: (bytes, random) => {
    const key = KEYS[whole(random, KEYS.length)]!
    return replaceMatch(
      bytes,
      random,
      new RegExp(`${key}\\b\\s*[^/>\\s]*`, 'gu'),
      () => `${key} ${VALUES[whole(random, VALUES.length)]!}`,
    )
  },
  /** What a page draws, damaged inside its compression: operators without operands, endless nesting, wild numbers. */
  content: (bytes, random) => {
    const streams = [...bytes.toString('latin1').matchAll(/\/FlateDecode[^>]*>>\s*stream\r?\n/gu)]
    const chosen = streams[whole(random, Math.max(1, streams.length))]
    if (!chosen) return bytes
    const start = chosen.index + chosen[0].length
    const end = bytes.indexOf('endstream', start)
    try {
      const content = inflateSync(bytes.subarray(start, end)).toString('latin1')
      const at = whole(random, content.length)
      // pdf.js takes quadratic time over nested graphics states: 20,000 of them cost a page ten seconds of its sixty.
      const bombs = [
        'q '.repeat(2_000),
        '[[[[(((',
        ' 1e40 0 0 1e40 0 0 cm ',
        ' /F1 0 Tf ',
        ' Tj TJ Do Do Do ',
        'BT '.repeat(5_000),
        ' 9999999 Tz ',
      ]
      const changed = content.slice(0, at) + bombs[whole(random, bombs.length)]! + content.slice(at + whole(random, 60))
      return Buffer.concat([bytes.subarray(0, start), deflateSync(Buffer.from(changed, 'latin1')), bytes.subarray(end)])
    } catch {
      return bytes
    }
  },
}

function replaceMatch(bytes: Buffer, random: RandomSource, pattern: RegExp, by: () => string): Buffer {
  const text = bytes.toString('latin1')
  const matches = [...text.matchAll(pattern)]
  const match = matches[whole(random, Math.max(1, matches.length))]
  if (!match) return bytes
  return Buffer.from(text.slice(0, match.index) + by() + text.slice(match.index + match[0].length), 'latin1')
}

/** @returns a PDF with one to four random changes; the same for the same random numbers */
export function mutatePdf(bytes: Buffer, random: RandomSource): Buffer {
  const names = Object.keys(MUTATIONS)
  let mutant = Buffer.from(bytes)
  for (let count = 1 + whole(random, 4); count > 0 && mutant.length > 0; count -= 1)
    mutant = Buffer.from(MUTATIONS[names[whole(random, names.length)]!]!(mutant, random))
  return mutant
}
