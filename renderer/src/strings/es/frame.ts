import type { Translated } from '../catalogue.ts'
import { plural } from '../en/format.ts'

export const frame: Translated<'frame'> = {
  views: 'Vistas',
  library: 'Biblioteca',
  search: 'Buscar',
  review: 'Revisión',
  training: 'Entrenar',
  refinement: 'Datos',
  evaluation: 'Evaluación',
  models: 'Modelos',
  activity: 'Actividad',
  settings: 'Ajustes',
  waiting: (count, figure) => `${figure} ${plural(count, 'par espera', 'pares esperan')}`,
  goTo: (view) => `Ir a ${view}`,
  jump: 'Ir a una vista, un archivo o un comando',
  status: 'Estado',
  noJobs: 'Ningún trabajo en marcha',
  ended: (title, state) => `${title}: ${state}`,
  moreJobs: (count) => `${count} más`,
  model: (name) => `Modelo: ${name}`,
  keywordSearch: 'Búsqueda por palabras',
  threads: (count, memory) => `${count} ${plural(count, 'hilo', 'hilos')} · ${memory}`,
  network: (connections) => `Red: ${connections} ${plural(connections, 'conexión', 'conexiones')}`,
  connecting: 'Conectando',
  connectionLost: (seconds) =>
    seconds > 0 ? `Se perdió la conexión, nuevo intento en ${seconds} s` : 'Se perdió la conexión, intentando de nuevo',
  connectionLostHint: 'El trabajo de fondo continúa. Lo que ve puede no estar al día.',
  tryNow: 'Intentar ahora',
  signedOut: 'El programa se ha reiniciado y ya no reconoce esta ventana. Abra la dirección que mostró.',
  lostDuringCall: 'La conexión se perdió antes de llegar la respuesta. Inténtelo de nuevo.',
  viewFailed: 'No se pudo abrir esta vista. Vuelva a cargar la ventana.',
}
