import { plural } from './format.ts'

const files = (count: number, figure: string): string => `${figure} ${plural(count, 'file', 'files')}`

export const library = {
  title: 'Library',
  summary: (documents: string, passages: string, size: string) =>
    `${documents} documents, ${passages} passages, ${size}`,
  readOnly: 'Read only',
  exportList: 'Export list',
  exportCsv: 'As a table (CSV)',
  exportJson: 'As data (JSON)',
  exported: (fileName: string) => `List saved as ${fileName}`,
  addFolder: 'Add folder',

  sources: 'Sources',
  allSources: 'All sources',
  folders: (count: number, watched: number) =>
    watched === count
      ? `${count} ${plural(count, 'folder', 'folders')}, watched for changes`
      : `${count} ${plural(count, 'folder', 'folders')}, ${watched} watched`,
  upToDate: 'Up to date',
  notWatched: 'Not watched for changes',
  sourceProgress: (done: string, paused: boolean) => (paused ? `${done} done, paused` : `${done} done, waiting`),
  sourcePaused: 'Paused',
  sourceMissing: 'Folder missing, still searchable',
  sourceMenu: (name: string) => `Actions for ${name}`,
  rescan: 'Check for changes',
  pauseSource: 'Pause reading',
  resumeSource: 'Resume reading',
  readFirst: 'Read this folder first',
  readFirstDone: (name: string) => `${name} is first in line`,
  watch: 'Watch for changes',
  rules: 'Include and exclude',
  remove: 'Remove from library',

  pagesSearchable: 'Pages searchable',
  coverage: (waiting: string, attention: string) => `${waiting} waiting, ${attention} need you`,
  coverageLabel: (searchable: string, waiting: string, attention: string) =>
    `${searchable} searchable, ${waiting} waiting, ${attention} need you`,

  filters: 'Show',
  all: 'All',
  needsAttention: 'Needs attention',
  searchable: 'Searchable',
  waiting: 'Waiting',
  find: 'Find a file',
  sort: 'Sort by',
  sorts: {
    attention: 'What needs you comes first',
    title: 'Title',
    modified: 'Last changed',
    pages: 'Pages',
    state: 'State',
  },
  stateCounts: {
    'needs-ocr': (count: number, figure: string) => `${figure} ${plural(count, 'needs', 'need')} OCR`,
    encrypted: (_count: number, figure: string) => `${figure} password`,
    damaged: (_count: number, figure: string) => `${figure} damaged`,
    failed: (_count: number, figure: string) => `${figure} failed`,
    excluded: (_count: number, figure: string) => `${figure} excluded`,
    duplicate: (count: number, figure: string) => `${figure} exact ${plural(count, 'copy', 'copies')}`,
    empty: (_count: number, figure: string) => `${figure} without text`,
    unsupported: (_count: number, figure: string) => `${figure} not readable`,
  },
  nearCopyCount: (count: number, figure: string) => `${figure} ${plural(count, 'near copy', 'near copies')}`,
  ocrAll: (count: number, figure: string) => (count === 1 ? 'Run OCR' : `OCR all ${figure}`),

  columns: {
    name: 'Document and reason',
    pages: 'Pages searchable',
    state: 'State',
    changed: 'Changed',
    action: 'Action',
  },
  states: {
    waiting: 'Waiting',
    reading: 'Reading',
    indexed: 'Searchable',
    duplicate: 'Exact copy',
    'needs-ocr': 'Needs OCR',
    encrypted: 'Password',
    damaged: 'Damaged',
    unsupported: 'Not readable',
    empty: 'No text',
    excluded: 'Excluded',
    failed: 'Failed',
    nearCopy: 'Near copy',
  },
  actions: {
    ocr: 'Run OCR',
    unlock: 'Unlock',
    retry: 'Retry',
    include: 'Include',
    compare: 'Compare',
    details: 'Details',
  },
  passages: (count: number, figure: string) => `${figure} ${plural(count, 'passage', 'passages')}`,
  nearCopyReason: (count: number) => `One of ${count} near copies`,
  rows: (from: string, to: string, total: string) => `Rows ${from} to ${to} of ${total}`,
  noRows: 'No rows',
  orderChanged: 'The order has changed since.',
  sortAgain: 'Sort again',
  actOnRow: 'Do what the chosen row needs',
  tableHint: 'Arrow keys move, Enter opens, R does what the row needs',
  emptyFilter: 'No file is in this state',
  emptyFind: (text: string) => `No file name contains “${text}”`,
  emptyFindHint: 'The content is searched in Search. Here it is names and folders.',
  showAll: 'Show all files',

  password: 'Password',
  passwordHint: 'Used once to read the file. It is not stored.',
  unlockFile: (title: string) => `Unlock ${title}`,
  ocrUnavailable: 'OCR not available',
  ocrMissing: 'Text recognition is not available on this computer.',
  ocrQueued: (pages: number, figure: string) =>
    `Text recognition queued for ${figure} ${plural(pages, 'page', 'pages')}`,
  excludedToast: (count: number) => `${files(count, String(count))} excluded`,
  includedToast: (count: number) => `${files(count, String(count))} included again`,

  removeTitle: (name: string) => `Remove “${name}” from the library?`,
  removeText: (count: number, figure: string) =>
    `What was read from ${files(count, figure)} is deleted from the library, and with it the choices made about them. The files themselves stay where they are. This cannot be undone; adding the folder again reads everything anew.`,
  removeConfirm: 'Remove from library',
  removed: (name: string, count: number, figure: string) => `${name} removed, ${files(count, figure)}`,

  rulesTitle: (name: string) => `Include and exclude in ${name}`,
  rulesText:
    'One pattern per line, compared with the path inside the folder. * stands for any name, ** for any folders.',
  include: 'Include only',
  includePlaceholder: 'Everything',
  exclude: 'Leave out',
  excludePlaceholder: 'For example: draft*, **/old/**',
  rulesSaved: 'Rules saved. Files they concern change their state.',

  addTitle: 'Add a folder',
  addText: 'PDF files in it and in its subfolders are read. Nothing is copied, moved or changed.',
  path: 'Path of the folder',
  pathPlaceholder: 'Such as D:\\Plans or /srv/plans',
  dropHere: 'Drop to add this folder',
  dropNoPath: 'A browser does not tell where a dropped folder lies. Paste its path instead.',
  added: (name: string) => `${name} added`,
} as const

export const indexing = {
  done: (count: number, figure: string) => `${figure} ${plural(count, 'file', 'files')} done`,
  now: 'Now',
  searchableSoon: 'Searchable as soon as each file is done',
  failedItems: (count: number, figure: string) =>
    `${files(count, figure)} ${plural(count, 'needs', 'need')} you, listed below`,
  stageOf: (done: string, total: string, unit: string) => `${done} of ${total} ${unit}`,
  stageDone: (done: string, unit: string) => `${done} ${unit}`,
  tookTime: (length: string) => `took ${length}`,
} as const
