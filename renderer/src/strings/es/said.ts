import type { SaidIn } from '../worded.ts'
import { dataSets } from './said/data-sets.ts'
import { library } from './said/library.ts'
import { models } from './said/models.ts'

/** What the services say, in Spanish. */
export const said: SaidIn = {
  sentences: { ...library, ...models, ...dataSets },
  errors: {
    NOT_FOUND: 'No se encontró lo que se pidió.',
    BAD_INPUT: 'Esto no se puede hacer con lo indicado.',
    QUERY_SYNTAX: 'La consulta no se entiende.',
    FOLDER_UNREADABLE: 'La carpeta no se puede leer.',
    LIBRARY_READ_ONLY: 'La biblioteca está abierta solo para leer.',
    LIBRARY_IN_USE: 'Otra ventana u orden usa la biblioteca.',
    LIBRARY_CORRUPT: 'La biblioteca está dañada. Restaure una copia de seguridad: los documentos siguen intactos.',
    LIBRARY_FROM_FUTURE: 'La biblioteca se escribió con una versión más nueva. Instale esa versión.',
    DISK_FULL: 'El disco está lleno. Libere espacio e inténtelo de nuevo; lo guardado se conserva.',
    NO_MODEL: 'No hay ningún modelo para esto. Importe uno en Modelos.',
    MODEL_INVALID: 'El modelo no se puede usar.',
    WRONG_PASSWORD: 'La contraseña no es correcta.',
    NOT_AVAILABLE: 'Esto no está disponible ahora.',
    CANCELLED: 'Se detuvo. Vuelva a iniciarlo para continuar.',
    INTERNAL: 'Falló algo que no debía fallar. El registro tiene los detalles.',
  },
  jobs: {
    index: 'Actualizar la biblioteca',
    ocr: 'Leer páginas escaneadas',
    embed: 'Preparar la búsqueda por significado',
    backup: 'Copia de seguridad',
    synthesize: 'Escribir consultas',
    filter: 'Conservar los pares en que coinciden los buscadores',
    mine: 'Buscar negativos difíciles',
    rate: 'Valorar pares con un modelo de lenguaje',
    train: 'Entrenar un modelo',
    evaluate: 'Evaluar',
    'dev-set': 'Hacer un conjunto de prueba pequeño',
    'self-check': 'Comprobar el motor de entrenamiento',
  },
  details: (english) => `Detalles: ${english}`,
}
