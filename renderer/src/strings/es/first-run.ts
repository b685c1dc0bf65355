import type { Translated } from '../catalogue.ts'

export const firstRun: Translated<'firstRun'> = {
  title: 'Haga que sus planes se puedan buscar',
  lead: 'Elija una carpeta con archivos PDF. El programa lee cada página en este equipo y responde a las preguntas con la página que encontró.',
  drop: 'Suelte una carpeta aquí',
  dropHint: 'Se incluyen las subcarpetas y se vigilan los cambios',
  name: '¿Qué carpeta?',
  nameHint: 'Su ruta en el equipo donde se ejecuta el programa. Se incluyen las subcarpetas y se vigilan los cambios',
  choose: 'Elegir una carpeta',
  paste: 'Pegar una ruta',
  sampleTitle: 'Primero, un vistazo',
  sampleText: (documents, pages) =>
    `${documents} documentos de ejemplo sobre inundaciones, incendios y tormentas, ${pages} páginas. Se pueden quitar en cualquier momento.`,
  sampleButton: 'Abrir la biblioteca de ejemplo',
  nextTitle: 'Qué pasa después',
  next: [
    'Se lee el texto de cada página. Los escaneos se enumeran, nunca se descartan.',
    'Las copias casi iguales se agrupan. Usted elige la principal.',
    'Puede buscar desde el primer archivo. Cerrar la ventana no detiene la lectura.',
  ],
  howLongTitle: 'Cuánto tarda en este equipo',
  howLongPages: (pages) => `${pages} páginas`,
  howLongUnknown: 'Se mide en cuanto se leen las primeras páginas y se muestra desde entonces.',
  leavesTitle: 'Qué sale de este equipo',
  leaves:
    'Nada. Sin cuenta ni conexión. El contador de la barra inferior muestra cada conexión que hace la aplicación.',
  connections: (count) => `${count} ${count === 1 ? 'conexión' : 'conexiones'} desde el inicio`,
}
