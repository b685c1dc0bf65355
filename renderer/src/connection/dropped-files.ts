import { strings } from '../strings/index.ts'

/** Files and folders that were dropped on the window. */
export interface Dropped {
  /** Where the first of them lies; empty where the host does not say, as a browser does not. */
  readonly path: string
  /**
   * Brings them to the computer that runs the workbench. @returns where they lie there: the one thing dropped, or a folder
   * of all of them.
   */
  readonly upload: () => Promise<string>
}

/** Most files of one drop: a folder of documents does not belong here. */
const MOST_FILES = 200
const words = strings.common.dropped
/** By what the server answers. */
const REFUSALS: Readonly<Record<number, string>> = { 400: words.badName, 413: words.tooLarge, 507: words.diskFull }

/** Reads what an event carries; that is there only while the event is handled. */
export function droppedFiles(data: DataTransfer): Dropped {
  const [first] = data.files
  const path = first === undefined ? '' : (window.workbench?.pathForFile(first) ?? '')
  const things = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? item.getAsFile() ?? [])
  return { path, upload: () => upload(things) }
}

async function upload(things: readonly (FileSystemEntry | File)[]): Promise<string> {
  const files: { readonly path: string; readonly file: File }[] = []
  for (const thing of things)
    for await (const one of filesIn(thing)) if (files.push(one) > MOST_FILES) throw new Error(words.tooMany(MOST_FILES))
  const drop = crypto.randomUUID()
  let place: { readonly folder: string; readonly top: string } | undefined
  for (const { path, file } of files) {
    const address = `uploads/${drop}/${path.split('/').map(encodeURIComponent).join('/')}`
    const response = await fetch(address, { method: 'PUT', body: file })
    if (!response.ok) throw new Error(REFUSALS[response.status] ?? words.failed)
    place = (await response.json()) as typeof place
  }
  if (place === undefined) throw new Error(words.nothing)
  return things.length === 1 ? place.top : place.folder
}

async function* filesIn(thing: FileSystemEntry | File): AsyncGenerator<{ path: string; file: File }> {
  if (thing instanceof File) yield { path: thing.name, file: thing }
  else if (isFile(thing)) {
    const file = await new Promise<File>((resolve, reject) => thing.file(resolve, reject))
    yield { path: thing.fullPath.slice(1), file }
  } else {
    const reader = (thing as FileSystemDirectoryEntry).createReader()
    // A folder is told in parts, the last one empty.
    for (;;) {
      const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
      if (part.length === 0) return
      for (const entry of part) yield* filesIn(entry)
    }
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile
}
