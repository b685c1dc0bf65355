import type { Translated } from '../catalogue.ts'

export const charts: Translated<'charts'> = {
  roleName: 'gráfico',
  keys: 'Las flechas mueven el cursor, más y menos amplían y reducen, Mayús con una flecha mueve el intervalo, 0 lo muestra todo. Arrastrar mueve el intervalo; tras un clic, la rueda amplía.',
  empty: 'La curva empieza con el primer paso',
  legend: 'Curvas',
  bar: 'Intervalo de los gráficos',
  across: 'Eje',
  axes: { step: 'Pasos', time: 'Tiempo', tokens: 'Tokens' },
  at: {
    step: (figure) => `Paso ${figure}`,
    time: (figure) => `Tras ${figure}`,
    tokens: (figure) => `Tras ${figure} tokens`,
  },
  smoothed: (figure) => `media ${figure}`,
  raw: (figure) => `un paso ${figure}`,
  rawRange: (low, high) => `pasos de ${low} a ${high}`,
  more: (count) => `y ${count} más`,
  zoomIn: 'Mostrar menos, más grande',
  zoomOut: 'Mostrar más',
  reset: 'Mostrar todo',
  range: (from, to) => `${from} a ${to}`,
  menu: (title) => `Acciones para ${title}`,
  asTable: 'Mostrar como tabla',
  saveSvg: 'Guardar como SVG',
  savePng: 'Guardar como PNG',
  saved: (fileName) => `Guardado como ${fileName}`,
}
