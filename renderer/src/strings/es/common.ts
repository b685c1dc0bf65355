import type { Translated } from '../catalogue.ts'

export const common: Translated<'common'> = {
  appName: 'DMRetriever Workbench',
  close: 'Cerrar',
  cancel: 'Cancelar',
  dropped: {
    nothing: 'No había ningún archivo en lo que soltó.',
    tooMany: (most) =>
      `Soltó más de ${most} archivos. Copie la carpeta al equipo donde se ejecuta el programa y pegue su ruta.`,
    tooLarge: 'Soltó un archivo de más de 1 GB. Cópielo al equipo donde se ejecuta el programa y pegue su ruta.',
    badName: 'Un archivo tiene un nombre que no se puede guardar. Cámbielo y suéltelo otra vez.',
    diskFull: 'El disco del equipo donde se ejecuta el programa está lleno. Libere espacio allí.',
    failed: 'El archivo no llegó al equipo donde se ejecuta el programa. Suéltelo otra vez o pegue su ruta.',
  },
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
