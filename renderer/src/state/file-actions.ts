import type { FileRow, FileState } from '../../../electron/contracts/library.ts'

export type FileAction = 'ocr' | 'unlock' | 'retry' | 'include' | 'compare' | 'details'

const BY_STATE: Readonly<Record<FileState, FileAction | null>> = {
  waiting: null,
  reading: 'details',
  indexed: null,
  duplicate: 'details',
  'needs-ocr': 'ocr',
  encrypted: 'unlock',
  damaged: 'retry',
  unsupported: 'details',
  empty: 'details',
  excluded: 'include',
  failed: 'retry',
}

/** A file that was not read yet has no title of its own: its name stands for it. */
export function titleOf(file: Pick<FileRow, 'title' | 'path'>): string {
  return file.title === file.path ? (file.path.split('/').at(-1) ?? file.path) : file.title
}

/** The one button at the end of a row: what this file needs; null where nothing is to be done. */
export function actionOf(file: Pick<FileRow, 'state' | 'nearCopies'>): FileAction | null {
  if (file.state === 'indexed' && file.nearCopies > 1) return 'compare'
  return BY_STATE[file.state]
}
