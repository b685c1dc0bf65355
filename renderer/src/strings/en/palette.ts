import { plural } from './format.ts'

export const palette = {
  title: 'Command palette',
  search: 'Search',
  searchFor: (query: string) => `Search the library for “${query}”`,
  recent: 'recent search',
  documents: 'Documents',
  saved: 'Saved searches',
  views: 'Views',
  commands: 'Commands',
  fileHint: (path: string, pages: string, count: number) =>
    count === 0 ? path : `${path}, ${pages} ${plural(count, 'page', 'pages')}`,
  newHits: (count: number) => `${count} new since your last look`,
  nothing: 'Nothing with these words. Try fewer letters.',
  move: 'move',
  open: 'open',
  commandsOnly: 'commands only',
  documentsOnly: 'documents only',
  results: (count: number) => `${count} ${plural(count, 'entry', 'entries')}`,
} as const

export const keyboard = {
  title: 'Keyboard map',
  show: 'Show the keyboard map',
  openPalette: 'Open the command palette',
  general: 'Everywhere',
  then: 'then',
  hint: 'Keys alone never act while a text field has focus.',
} as const
