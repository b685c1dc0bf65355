import type { Translated } from '../catalogue.ts'
import { plural } from '../en/format.ts'

export const palette: Translated<'palette'> = {
  title: 'Paleta de comandos',
  search: 'Buscar',
  searchFor: (query) => `Buscar «${query}» en la biblioteca`,
  recent: 'búsqueda reciente',
  documents: 'Documentos',
  saved: 'Búsquedas guardadas',
  views: 'Vistas',
  commands: 'Comandos',
  fileHint: (path, pages, count) => (count === 0 ? path : `${path}, ${pages} ${plural(count, 'página', 'páginas')}`),
  newHits: (count) => `${count} ${plural(count, 'nuevo', 'nuevos')} desde la última vez`,
  nothing: 'Nada con estas palabras. Pruebe con menos letras.',
  move: 'mover',
  open: 'abrir',
  commandsOnly: 'solo comandos',
  documentsOnly: 'solo documentos',
  results: (count) => `${count} ${plural(count, 'entrada', 'entradas')}`,
}

export const keyboard: Translated<'keyboard'> = {
  title: 'Mapa del teclado',
  show: 'Mostrar el mapa del teclado',
  openPalette: 'Abrir la paleta de comandos',
  general: 'En todas partes',
  then: 'luego',
  hint: 'Las teclas solas no actúan mientras se escribe en un campo de texto.',
}
