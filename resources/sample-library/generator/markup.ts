// Reads the small Markdown-like source format of the sample library (described in ../README.md) into blocks.

/** How a document looks and where its PDF goes; the front matter of a source file. */
export interface DocumentHead {
  /** Path of the PDF, relative to `pdfs/`. */
  readonly file: string
  readonly title: string
  readonly subtitle?: string
  readonly agency: string
  /** Document number as printed in the running header. */
  readonly number: string
  /** Date as printed, for example "14 March 2025". */
  readonly date: string
  readonly layout: 'one-column' | 'two-column'
  readonly family: 'serif' | 'sans'
  /** `page` gives the title a page of its own, `block` puts it above the text, `banner` prints a coloured band. */
  readonly cover: 'page' | 'block' | 'banner'
  /** `sections` starts every level-1 heading on a new page. */
  readonly breaks: 'flow' | 'sections'
  readonly numbered: boolean
  readonly fillable: boolean
  readonly accent: string
  readonly language: string
  /** User password of the PDF, where it has one. */
  readonly password?: string
}

/** One labelled box of a printed form; `height` is in lines, `boxes` are its tick boxes. */
export interface FormCell {
  readonly label: string
  readonly weight: number
  readonly boxes: readonly string[]
}

export type FormRow =
  | { readonly kind: 'bar'; readonly text: string }
  | { readonly kind: 'cells'; readonly lines: number; readonly cells: readonly FormCell[] }

export interface TableBlock {
  readonly kind: 'table'
  readonly caption?: string
  readonly widths?: readonly number[]
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | {
      readonly kind: 'list'
      readonly items: readonly { readonly mark: string; readonly depth: number; readonly text: string }[]
    }
  | TableBlock
  | { readonly kind: 'callout'; readonly title: string; readonly body: readonly Block[] }
  | { readonly kind: 'form'; readonly rows: readonly FormRow[] }
  | { readonly kind: 'landscape'; readonly body: readonly Block[] }
  | { readonly kind: 'image'; readonly file: string }
  | { readonly kind: 'contents' }
  | { readonly kind: 'page-break' }

export interface SourceDocument {
  readonly head: DocumentHead
  readonly blocks: readonly Block[]
  /** Footnote texts by their mark. */
  readonly notes: ReadonlyMap<string, string>
}

/**
 * @param text a whole source file: front matter between `---` lines, then the body
 * @param name the file's name, for messages
 * @throws Error naming the file and the line that cannot be read
 */
export function parseSource(text: string, name: string): SourceDocument {
  const match = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text)
  if (!match?.[1] || match[2] === undefined) throw new Error(`${name}: front matter between two '---' lines is missing`)
  const notes = new Map<string, string>()
  const lines = match[2].split('\n').filter((line) => {
    const note = /^\[\^(\w+)\]: (.+)$/.exec(line)
    if (note?.[1] && note[2]) notes.set(note[1], note[2])
    return note === null
  })
  return { head: parseHead(match[1], name), blocks: parseBlocks(lines, name), notes }
}

function parseHead(text: string, name: string): DocumentHead {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const pair = /^([a-z]+): (.+)$/.exec(line)
    if (!pair?.[1] || !pair[2]) throw new Error(`${name}: cannot read the front matter line '${line}'`)
    values.set(pair[1], pair[2])
  }
  const need = (key: string): string => {
    const value = values.get(key)
    if (value === undefined) throw new Error(`${name}: front matter lacks '${key}'`)
    return value
  }
  const choice = <T extends string>(key: string, options: readonly [T, ...T[]]): T => {
    const value = values.get(key) ?? options[0]
    const found = options.find((option) => option === value)
    if (found === undefined) throw new Error(`${name}: '${key}' is '${value}', expected one of ${options.join(', ')}`)
    return found
  }
  const subtitle = values.get('subtitle')
  const password = values.get('password')
  return {
    file: need('file'),
    title: need('title'),
    agency: need('agency'),
    number: need('number'),
    date: need('date'),
    layout: choice('layout', ['one-column', 'two-column']),
    family: choice('family', ['serif', 'sans']),
    cover: choice('cover', ['block', 'page', 'banner']),
    breaks: choice('breaks', ['flow', 'sections']),
    numbered: choice('numbered', ['no', 'yes']) === 'yes',
    fillable: choice('fillable', ['no', 'yes']) === 'yes',
    accent: values.get('accent') ?? '#1f3a5f',
    language: values.get('language') ?? 'en-US',
    ...(subtitle === undefined ? {} : { subtitle }),
    ...(password === undefined ? {} : { password }),
  }
}

function parseBlocks(lines: readonly string[], name: string): Block[] {
  const blocks: Block[] = []
  let at = 0
  const take = (accept: (line: string) => boolean): string[] => {
    const from = at
    while (at < lines.length && accept(lines[at] ?? '')) at++
    return lines.slice(from, at)
  }
  while (at < lines.length) {
    const line = lines[at] ?? ''
    const heading = /^(#{1,3}) (.+)$/.exec(line)
    const directive = /^::: (\S+) ?(.*)$/.exec(line)
    if (line.trim() === '') at++
    else if (heading?.[1] && heading[2]) {
      blocks.push({ kind: 'heading', level: heading[1].length as 1 | 2 | 3, text: heading[2] })
      at++
    } else if (directive?.[1] !== undefined) {
      at++
      const single = parseSingle(directive[1], directive[2] ?? '')
      if (single) {
        blocks.push(single)
        continue
      }
      const body = take((next) => next !== ':::')
      if (at++ >= lines.length) throw new Error(`${name}: '${line}' is never closed by ':::'`)
      blocks.push(parseContainer(directive[1], directive[2] ?? '', body, name))
    } else if (/^(Table: |\|)/.test(line))
      blocks.push(
        parseTable(
          take((next) => /^(Table: |\|)/.test(next)),
          name,
        ),
      )
    else if (LIST_ITEM.test(line)) {
      blocks.push({ kind: 'list', items: take((next) => LIST_ITEM.test(next)).map(parseItem) })
    } else {
      const text = take((next) => next.trim() !== '' && !/^(#|:::|\|)/.test(next) && !LIST_ITEM.test(next))
      blocks.push({ kind: 'paragraph', text: text.join(' ') })
    }
  }
  return blocks
}

const LIST_ITEM = /^( *)(-|\d+\.|[a-z]\)) (.+)$/

function parseItem(line: string): { mark: string; depth: number; text: string } {
  const match = LIST_ITEM.exec(line)
  return { mark: match?.[2] ?? '-', depth: Math.floor((match?.[1] ?? '').length / 2), text: match?.[3] ?? '' }
}

function parseSingle(kind: string, argument: string): Block | undefined {
  if (kind === 'contents' || kind === 'page-break') return { kind }
  return kind === 'image' ? { kind, file: argument } : undefined
}

function parseContainer(kind: string, argument: string, body: readonly string[], name: string): Block {
  if (kind === 'callout') return { kind, title: argument, body: parseBlocks(body, name) }
  if (kind === 'landscape') return { kind, body: parseBlocks(body, name) }
  if (kind === 'form') return { kind, rows: body.filter((line) => line.trim() !== '').map(parseFormRow) }
  throw new Error(`${name}: unknown directive '::: ${kind}'`)
}

/** `== Bar text`, or cells `Label (weight) | Label [] box [] box`, after an optional `N:` for the height in lines. */
function parseFormRow(line: string): FormRow {
  if (line.startsWith('== ')) return { kind: 'bar', text: line.slice(3) }
  const height = /^(\d+): (.*)$/.exec(line)
  const cells = (height?.[2] ?? line).split(' | ').map((part): FormCell => {
    const [label = '', ...boxes] = part.split(/ ?\[\] /)
    const weight = / ?\((\d+)\)$/.exec(label)
    return { label: label.replace(/ ?\(\d+\)$/, ''), weight: Number(weight?.[1] ?? 1), boxes }
  })
  return { kind: 'cells', lines: Number(height?.[1] ?? 1), cells }
}

function parseTable(lines: readonly string[], name: string): TableBlock {
  const caption = /^Table: (.*?)(?: ?\{([\d. ]+)\})?$/.exec(lines[0] ?? '')
  const rows = lines
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .replace(/^\||\|\s*$/g, '')
        .split('|')
        .map((cell) => cell.trim()),
    )
  const header = rows[0]
  if (!header) throw new Error(`${name}: table without rows near '${lines[0] ?? ''}'`)
  const wrong = rows.find((row) => row.length !== header.length)
  if (wrong)
    throw new Error(`${name}: table row '${wrong.join(' | ')}' has ${wrong.length} cells, its header ${header.length}`)
  const widths = caption?.[2]?.trim().split(/\s+/).map(Number)
  if (widths && widths.length !== header.length)
    throw new Error(`${name}: '${lines[0] ?? ''}' needs ${header.length} widths`)
  return {
    kind: 'table',
    header,
    rows: rows.slice(1),
    ...(caption?.[1] ? { caption: caption[1] } : {}),
    ...(widths ? { widths } : {}),
  }
}
