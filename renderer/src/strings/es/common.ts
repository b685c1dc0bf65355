import type { Translated } from '../catalogue.ts'

export const common: Translated<'common'> = {
  appName: 'DMRetriever Workbench',
  close: 'Cerrar',
  cancel: 'Cancelar',
  browse: 'Examinar',
  pathsElsewhere: 'Las rutas son las del equipo donde se ejecuta el programa.',
  clear: 'Borrar',
  dismiss: 'Descartar',
  tryAgain: 'Intentar de nuevo',
  save: 'Guardar',
  undo: 'Deshacer',
  open: 'Abrir',
  more: 'Más',
  next: 'Siguiente',
  loading: 'Cargando',
}
