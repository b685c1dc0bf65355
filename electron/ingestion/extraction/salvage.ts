/**
 * Rebuilds a PDF whose directory is lost, most often because the file was cut off in transfer: the catalog and the
 * cross-reference table stand at the end. pdf.js finds objects without the table but not without the catalog, and not the
 * ones inside object streams. Here a new catalog over all page objects is appended, and object streams are unpacked.
 */
import { constants, inflateSync } from 'node:zlib'

export interface SalvagedPdf {
  readonly bytes: Uint8Array
  /** Page objects found, in order; some of them may have lost their contents. */
  readonly pages: number
  /** What the file says of itself, where that survived. */
  readonly declaredPages: number | undefined
  /** The end of the file is missing. */
  readonly cutOff: boolean
}

/** Larger files are not searched: the search and the rebuilt file take four times the size in memory. */
const MAX_BYTES = 64 * 2 ** 20
const MAX_UNPACKED_BYTES = 64 * 2 ** 20
/** The end-of-file marker stands in the last kilobyte (ISO 32000-2, annex I). */
const TAIL_BYTES = 1_024
const OBJECT = /(?:^|[\s>])(\d{1,9})\s+(\d{1,5})\s+obj\b/g
const REFERENCE = /(\d{1,9})\s+\d{1,5}\s+R/g

interface FoundObject {
  readonly number: number
  readonly generation: number
  /** Between "obj" and "stream" or "endobj". */
  readonly dictionary: string
  /** Byte range of the stream data, if it has one. */
  readonly stream: readonly [number, number] | undefined
}

/** @returns undefined when no page object is left, the key to an encrypted file is lost, or the file is too large. */
export function salvagePdf(bytes: Uint8Array): SalvagedPdf | undefined {
  if (bytes.byteLength > MAX_BYTES) return undefined
  const buffer = Buffer.from(bytes)
  const text = buffer.toString('latin1')
  const encryption = encryptionEntries(text)
  if (encryption === undefined) return undefined
  const objects = new Map<number, FoundObject>()
  for (const object of findObjects(text)) objects.set(object.number, object)
  let unpacked = ''
  for (const packed of [...objects.values()].flatMap((object) => unpack(object, buffer))) {
    // A later version outside an object stream replaces the packed one.
    if (objects.has(packed.number)) continue
    objects.set(packed.number, packed)
    unpacked += `${packed.number} 0 obj\n${packed.dictionary}\nendobj\n`
  }
  const pages = orderedPages(objects)
  if (pages.length === 0) return undefined
  hideOldDirectory(buffer, text)
  const catalog = [...objects.keys()].reduce((a, b) => Math.max(a, b), 0) + 1
  const kids = pages.map(({ number, generation }) => `${number} ${generation} R`).join(' ')
  // Closes the object that the file may have been cut off in.
  const tail = `\nendstream\nendobj\n${unpacked}${catalog} 0 obj\n<< /Type /Catalog /Pages ${catalog + 1} 0 R >>\nendobj
${catalog + 1} 0 obj\n<< /Type /Pages /Count ${pages.length} /Kids [${kids}] >>\nendobj
trailer\n<< /Root ${catalog} 0 R /Size ${catalog + 2} ${encryption} >>\nstartxref\n0\n%%EOF\n`
  return {
    bytes: new Uint8Array(Buffer.concat([buffer, Buffer.from(tail, 'latin1')])),
    pages: pages.length,
    declaredPages: declaredPages(objects, text),
    cutOff: !text.slice(-TAIL_BYTES).includes('%%EOF'),
  }
}

/** What an old trailer says of the encryption; empty for a file that is not encrypted, undefined when it cannot be told. */
function encryptionEntries(text: string): string | undefined {
  if (!/\/Encrypt\s*(?:<<|\d)/.test(text)) return ''
  const dictionary = /\/Encrypt\s+\d+\s+\d+\s+R/.exec(text)?.[0]
  const id = /\/ID\s*\[\s*<[0-9a-f]*>\s*<[0-9a-f]*>\s*\]/i.exec(text)?.[0]
  return dictionary && id ? `${dictionary} ${id}` : undefined
}

function* findObjects(text: string): Iterable<FoundObject> {
  OBJECT.lastIndex = 0
  for (let match = OBJECT.exec(text); match; match = OBJECT.exec(text)) {
    const start = OBJECT.lastIndex
    const end = indexOrEnd(text, 'endobj', start)
    const streamAt = text.slice(start, end).search(/stream\r?\n/)
    let stream: readonly [number, number] | undefined
    if (streamAt >= 0) {
      const dataStart = text.indexOf('\n', start + streamAt) + 1
      // The data may hold the word "endobj" by chance.
      stream = [dataStart, indexOrEnd(text, 'endstream', dataStart)]
      OBJECT.lastIndex = stream[1]
    }
    const dictionary = text.slice(start, streamAt >= 0 ? start + streamAt : end)
    yield { number: Number(match[1]), generation: Number(match[2]), dictionary, stream }
  }
}

function indexOrEnd(text: string, word: string, from: number): number {
  const index = text.indexOf(word, from)
  return index < 0 ? text.length : index
}

/** The objects inside an object stream (ISO 32000-2, 7.5.7), as far as its data reach. */
function unpack({ dictionary, stream }: FoundObject, buffer: Buffer): FoundObject[] {
  if (!stream || !/\/Type\s*\/ObjStm\b/.test(dictionary) || /\/Predictor/.test(dictionary)) return []
  const first = Number(/\/First\s+(\d+)/.exec(dictionary)?.[1])
  const data = buffer.subarray(...stream)
  let text: string
  try {
    text = /\/FlateDecode/.test(dictionary)
      ? // A cut-off stream still gives what was there.
        inflateSync(data, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_UNPACKED_BYTES }).toString(
          'latin1',
        )
      : data.toString('latin1')
  } catch {
    return []
  }
  const numbers = text.slice(0, first).trim().split(/\s+/).map(Number)
  const objects: FoundObject[] = []
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    const from = first + (numbers[i + 1] ?? 0)
    const to = i + 3 < numbers.length ? first + (numbers[i + 3] ?? 0) : text.length
    const content = text.slice(from, to)
    if (content.trim() !== '')
      objects.push({ number: numbers[i] ?? 0, generation: 0, dictionary: content, stream: undefined })
  }
  return objects
}

/** In the order of the page tree as far as it survived; pages that no node names follow in the order of the file. */
function orderedPages(objects: ReadonlyMap<number, FoundObject>): FoundObject[] {
  const ordered = new Set<FoundObject>()
  const visited = new Set<number>()
  const visit = (number: number): void => {
    const object = objects.get(number)
    if (!object || visited.has(number)) return
    visited.add(number)
    if (isPage(object)) ordered.add(object)
    else for (const kid of kidsOf(object)) visit(kid)
  }
  const kids = new Set([...objects.values()].flatMap(kidsOf))
  for (const object of objects.values()) if (isPageNode(object) && !kids.has(object.number)) visit(object.number)
  for (const object of objects.values()) if (isPage(object)) ordered.add(object)
  return [...ordered]
}

function isPage({ dictionary }: FoundObject): boolean {
  return /\/Type\s*\/Page\b/.test(dictionary)
}

function isPageNode({ dictionary }: FoundObject): boolean {
  return /\/Type\s*\/Pages\b/.test(dictionary)
}

function kidsOf(object: FoundObject): number[] {
  if (!isPageNode(object)) return []
  const kids = /\/Kids\s*\[([^\]]*)\]/.exec(object.dictionary)?.[1] ?? ''
  return [...kids.matchAll(REFERENCE)].map((match) => Number(match[1]))
}

/**
 * /Count of the page tree that the last trailer names: trees that no trailer names are left-overs of editing. Without a
 * trailer /Count of the topmost node, or /N of a linearized file, which stands in its first object.
 */
function declaredPages(objects: ReadonlyMap<number, FoundObject>, text: string): number | undefined {
  const root = [...text.matchAll(/\/Root\s+(\d+)\s/g)].at(-1)?.[1]
  const tree = /\/Pages\s+(\d+)\s/.exec(objects.get(Number(root))?.dictionary ?? '')?.[1]
  const named = objects.get(Number(tree))
  if (named) return countOf(named)
  const counts = [...objects.values()].map((object) => countOf(object) ?? 0)
  const most = counts.reduce((a, b) => Math.max(a, b), 0)
  return most === 0 ? undefined : most
}

function countOf(object: FoundObject): number | undefined {
  const { dictionary } = object
  const pattern = isPageNode(object) ? /\/Count\s+(\d+)/ : /\/Linearized/.test(dictionary) ? /\/N\s+(\d+)/ : undefined
  const count = pattern?.exec(dictionary)?.[1]
  return count === undefined ? undefined : Number(count)
}

/** Makes pdf.js look for objects and take the new trailer, not what an old one or a cross-reference stream names. */
function hideOldDirectory(buffer: Buffer, text: string): void {
  for (const match of text.matchAll(/\b(?:trailer|xref|startxref)\b/g)) {
    buffer.fill(' ', match.index, match.index + match[0].length)
  }
  for (const match of text.matchAll(/\/XRef\b/g)) buffer.write('/Gone', match.index, 'latin1')
}
