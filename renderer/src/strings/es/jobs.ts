import type { Translated } from '../catalogue.ts'
import { plural } from '../en/format.ts'

export const jobs: Translated<'jobs'> = {
  title: 'Actividad',
  running: 'En marcha y en espera',
  past: 'Terminado',
  none: 'No hay nada en marcha',
  noneHint: 'Los trabajos empiezan cuando se añade o cambia una carpeta. Siguen aunque se cierre esta ventana.',
  nonePast: 'Todavía no ha terminado ningún trabajo',
  states: {
    queued: 'En espera',
    running: 'En marcha',
    paused: 'En pausa',
    done: 'Hecho',
    failed: 'Falló',
    cancelled: 'Cancelado',
  },
  pause: 'Pausar',
  resume: 'Reanudar',
  cancel: 'Cancelar',
  stages: 'Etapas',
  events: 'Registro',
  noEvents: 'Sin entradas',
  current: 'Ahora',
  failed: (count, figure) => `${figure} ${plural(count, 'archivo requiere', 'archivos requieren')} atención`,
  started: (day, time) => `Empezó ${day}, ${time}`,
  took: (length) => `tardó ${length}`,
  details: 'Detalles',
  showFiles: 'Mostrar los archivos',
  columns: { job: 'Trabajo', state: 'Estado', started: 'Inicio', took: 'Duración', result: 'Resultado' },
  levels: { info: 'Nota', warning: 'Aviso', error: 'Error' },
}
