/** Sentences of the library: files, folders, jobs, storage, updates. */
export const library: Readonly<Record<string, string>> = {
  // Jobs and their stages
  'Add {0}': 'Añadir {0}',
  'Update the library': 'Actualizar la biblioteca',
  'Find files': 'Buscar archivos',
  'Read files': 'Leer archivos',
  'Read pages': 'Leer páginas',
  'Read scanned pages of {0}': 'Leer las páginas escaneadas de {0}',
  'Read scanned pages of {0} documents': 'Leer las páginas escaneadas de {0} documentos',
  'Read scanned pages': 'Leer páginas escaneadas',
  'The application ended while this was running. Start it again.':
    'La aplicación se cerró mientras esto estaba en marcha. Inícielo de nuevo.',
  '"{0}" cannot be paused. Cancel it instead.': '«{0}» no se puede pausar. Cancélelo en su lugar.',
  '"{0}" was stopped. Run it again to go on.': '«{0}» se detuvo. Vuelva a iniciarlo para continuar.',
  '"{0}" failed.': '«{0}» falló.',
  'Stopped.': 'Detenido.',
  'There is no job {0}.': 'No hay ningún trabajo {0}.',

  // Why a file is in its state
  'Left out by you': 'Excluido por usted',
  'Left out by the rule "{0}"': 'Excluido por la regla «{0}»',
  '{0} files are not read; save it as PDF to make it searchable':
    'Los archivos {0} no se leen; guárdelo como PDF para poder buscar en él',
  'Not a PDF file': 'No es un archivo PDF',
  'Same content as {0}': 'El mismo contenido que {0}',
  'You have no right to read this file': 'No tiene permiso para leer este archivo',
  'Could not be read: {0}': 'No se pudo leer: {0}',
  'The page is a scan without text': 'La página es un escaneo sin texto',
  'Scan without any text': 'Escaneo sin ningún texto',
  'Page {0} is a scan without text': 'La página {0} es un escaneo sin texto',
  'Pages {0} are scans without text': 'Las páginas {0} son escaneos sin texto',
  '{0} and more': '{0} y más',
  'The reading process ended before it was used': 'El proceso de lectura terminó antes de usarse',
  'The reading process ended {0} ({1}), twice; the file may be hostile':
    'El proceso de lectura terminó {0} ({1}), dos veces; el archivo puede ser malicioso',
  'Opening the file': 'Abrir el archivo',
  'Page {0}': 'La página {0}',
  'Working on the text': 'El trabajo con el texto',
  '{0} took longer than {1}': '{0} tardó más de {1}',
  '; page {0} of {1} was reached': '; se llegó a la página {0} de {1}',
  'The file took longer than {0}{1}': 'El archivo tardó más de {0}{1}',
  'The file needs more than {0} MiB of memory {1}': 'El archivo necesita más de {0} MiB de memoria {1}',
  'while opening the file': 'al abrirse',
  'on page {0}': 'en la página {0}',
  'after the last page': 'tras la última página',
  '{0} minutes': '{0} minutos',
  'exit code {0}': 'código de salida {0}',
  'The password does not open this file': 'La contraseña no abre este archivo',
  'The file is encrypted; enter its password to read it': 'El archivo está cifrado; escriba su contraseña para leerlo',
  'The file is damaged and cannot be opened ({0})': 'El archivo está dañado y no se puede abrir ({0})',
  'The file is empty (0 bytes)': 'El archivo está vacío (0 bytes)',
  'The file is not a PDF, whatever its name says': 'El archivo no es un PDF, diga lo que diga su nombre',
  'The file has no pages': 'El archivo no tiene páginas',
  'The file has {0} pages; at most {1} are read. Split it into smaller files':
    'El archivo tiene {0} páginas; se leen {1} como mucho. Divídalo en archivos más pequeños',
  'The file is damaged: none of its pages can be read':
    'El archivo está dañado: no se puede leer ninguna de sus páginas',
  'The file has {0} MiB; at most {1} MiB are read. Split it into smaller files':
    'El archivo tiene {0} MiB; se leen {1} MiB como mucho. Divídalo en archivos más pequeños',
  'The file was moved or deleted before it could be read': 'El archivo se movió o se borró antes de leerse',
  'The file cannot be read ({0}); check the drive it is on':
    'El archivo no se puede leer ({0}); compruebe la unidad donde está',
  'Recognising page {0} took longer than {1} s': 'Reconocer la página {0} tardó más de {1} s',
  'The recognition process ended on page {0} ({1}), twice':
    'El proceso de reconocimiento terminó en la página {0} ({1}), dos veces',

  // Folders
  '{0} What was indexed from it stays searchable.': '{0} Lo que ya se había leído se puede seguir buscando.',
  '{0}, page {1}: {2}': '{0}, página {1}: {2}',
  'The sample library is missing from this installation ({0}). Install the application again.':
    'Falta la biblioteca de ejemplo en esta instalación ({0}). Instale la aplicación de nuevo.',
  '{0} is a file. Name the folder that holds it.': '{0} es un archivo. Indique la carpeta que lo contiene.',
  '{0} cannot be read: {1}. Check the path, and that the drive is connected.':
    '{0} no se puede leer: {1}. Compruebe la ruta y que la unidad esté conectada.',
  'it does not exist': 'no existe',
  'you have no right to read it': 'no tiene permiso para leerla',
  'it is a link that leads in a circle': 'es un enlace que lleva a sí mismo',
  'too many files are open': 'hay demasiados archivos abiertos',
  'its name is too long': 'su nombre es demasiado largo',
  'the drive reports a read error': 'la unidad avisa de un error de lectura',
  '{0} may not be indexed: your organisation allows only folders inside {1}. Choose one of those, or ask your administrator.':
    '{0} no se puede añadir: su organización solo permite carpetas dentro de {1}. Elija una de ellas o pregunte a su administrador.',
  '{0} is inside {1}, which is in the library already.': '{0} está dentro de {1}, que ya está en la biblioteca.',
  '{0} is inside {1} and in the library already. Remove it first.':
    '{0} está dentro de {1} y ya está en la biblioteca. Quítela primero.',
  'The library has no file {0} any more.': 'La biblioteca ya no tiene el archivo {0}.',
  'The library has no folder {0} any more.': 'La biblioteca ya no tiene la carpeta {0}.',
  'The library has no document {0} any more.': 'La biblioteca ya no tiene el documento {0}.',
  'This passage is not in the library any more. Search again.':
    'Este pasaje ya no está en la biblioteca. Busque de nuevo.',
  'Only the desktop application can show a file in its folder.':
    'Solo la aplicación de escritorio puede mostrar un archivo en su carpeta.',
  'No page of these files lacks text. There is nothing to recognise.':
    'A ninguna página de estos archivos le falta texto. No hay nada que reconocer.',
  'This saved search does not exist any more.': 'Esta búsqueda guardada ya no existe.',
  'The query has {0} characters; {1} is the most. Shorten it to the words that matter.':
    'La consulta tiene {0} caracteres; el máximo es {1}. Redúzcala a las palabras que importan.',

  // The library file
  '{0} Searching works; changes have to be made there.': '{0} Se puede buscar; los cambios hay que hacerlos allí.',
  'The library was opened for reading only.': 'La biblioteca se abrió solo para leer.',
  '{0} is a folder. Name a library file, such as {1}/library.db.':
    '{0} es una carpeta. Indique un archivo de biblioteca, como {1}/library.db.',
  'There is no library at {0}. Index a folder into it first.':
    'No hay ninguna biblioteca en {0}. Añádale primero una carpeta.',
  '{0} holds no library yet. Index a folder into it first.':
    '{0} todavía no contiene ninguna biblioteca. Añádale primero una carpeta.',
  'The disk that holds {0} is full. Free some space and start again: everything read so far is kept.':
    'El disco que contiene {0} está lleno. Libere espacio y empiece de nuevo: todo lo leído hasta ahora se conserva.',
  '{0} is not a readable library ({1}). Run "dmr library check", put a backup in its place with "dmr library restore FILE", or choose another file: the documents themselves are untouched.':
    '{0} no es una biblioteca que se pueda leer ({1}). Ejecute «dmr library check», ponga en su lugar una copia de seguridad con «dmr library restore ARCHIVO» o elija otro archivo: los documentos siguen intactos.',
  '{0} cannot be written ({1}). Choose a library in a folder you may write to.':
    'No se puede escribir en {0} ({1}). Elija una biblioteca en una carpeta donde pueda escribir.',
  '{0} cannot be opened ({1}). Check the path and your rights to it.':
    '{0} no se puede abrir ({1}). Compruebe la ruta y sus permisos.',
  '{0} was written by a newer version of the workbench (library format {1}, this version knows {2}). Install the newer version, or restore the backup made before the upgrade.':
    '{0} se escribió con una versión más nueva del programa (formato {1}; esta versión conoce el {2}). Instale la versión más nueva o restaure la copia de seguridad hecha antes de actualizar.',
  'Another window or command has this library open for writing.':
    'Otra ventana u orden tiene esta biblioteca abierta para escribir.',
  '{0} is open in another window or command. Close it there, then restore.':
    '{0} está abierto en otra ventana u orden. Ciérrelo allí y restaure después.',
  'There is no backup at {0}.': 'No hay ninguna copia de seguridad en {0}.',
  '{0} holds no library. Name a file that "dmr library backup" made.':
    '{0} no contiene ninguna biblioteca. Indique un archivo hecho por «dmr library backup».',
  'The backup {0} is damaged itself ({1}). Nothing was changed; try an older one.':
    'La propia copia de seguridad {0} está dañada ({1}). No se cambió nada; pruebe con una más antigua.',
  'Something went wrong that should not. The log has the details under {0}; "dmr library check" tells whether the library is damaged.':
    'Falló algo que no debía fallar. El registro tiene los detalles con el número {0}; «dmr library check» dice si la biblioteca está dañada.',

  // The self-check
  Application: 'Aplicación',
  '{0} on Node {1}, {2} {3}, {4} threads': '{0} en Node {1}, {2} {3}, {4} hilos',
  Library: 'Biblioteca',
  '{0}, format {1} of {2}, SQLite {3}, sqlite-vec {4}': '{0}, formato {1} de {2}, SQLite {3}, sqlite-vec {4}',
  '{0}, read only: {1}': '{0}, solo lectura: {1}',
  'as asked': 'como se pidió',
  'Restore a backup ("dmr library restore FILE"), or index the folders into a new library.':
    'Restaure una copia de seguridad («dmr library restore ARCHIVO») o añada las carpetas a una biblioteca nueva.',
  Database: 'Base de datos',
  'No fault found': 'Sin fallos',
  'Text of passages': 'Texto de los pasajes',
  'As it was read': 'Como se leyó',
  '1 passage differs from what was read': '1 pasaje difiere de lo que se leyó',
  '{0} passages differ from what was read': '{0} pasajes difieren de lo que se leyó',
  'Keyword index': 'Índice de palabras',
  'Not checked: the library is open for reading only': 'Sin comprobar: la biblioteca está abierta solo para leer',
  'In line with the passages': 'De acuerdo con los pasajes',
  'Run "dmr library repair": it builds the index again from the stored text.':
    'Ejecute «dmr library repair»: reconstruye el índice con el texto guardado.',
  Disk: 'Disco',
  '{0} GB free beside the library': '{0} GB libres junto a la biblioteca',
  'Free some space, or move the library to a larger disk.': 'Libere espacio o pase la biblioteca a un disco mayor.',
  'Check your rights to the folder.': 'Compruebe sus permisos en la carpeta.',
  'Text recognition': 'Reconocimiento de texto',
  'None found; scanned pages are listed but not read':
    'No se encontró ninguno; las páginas escaneadas se listan, pero no se leen',

  // Settings, support, updates
  'The setting "{0}" is managed by your organisation. Ask your administrator to change it.':
    'El ajuste «{0}» lo gestiona su organización. Pida a su administrador que lo cambie.',
  'This preview is no longer the newest one. Look at the bundle again, then save it.':
    'Esta vista previa ya no es la última. Vuelva a mirar el paquete y guárdelo después.',
  'Updates are turned off by your organisation.': 'Su organización ha desactivado las actualizaciones.',
  'No folder of updates is named, so none are looked for.':
    'No se ha indicado ninguna carpeta de actualizaciones, así que no se busca ninguna.',
  'Updates need a key: without it nobody can tell who made them. Ask your administrator for it.':
    'Las actualizaciones necesitan una clave: sin ella nadie puede decir quién las hizo. Pídala a su administrador.',
  'Version {0} is the newest that {1} offers.': 'La versión {0} es la más nueva que ofrece {1}.',
  '{0} offers version {1}, older than the installed {2}. Updates never go back: install an older version by hand, and restore the copy of the library made before the upgrade.':
    '{0} ofrece la versión {1}, más antigua que la instalada {2}. Las actualizaciones nunca van hacia atrás: instale a mano una versión más antigua y restaure la copia de la biblioteca hecha antes de actualizar.',
  'Version {0} in {1} has no installer for {2} {3}. Ask whoever made the update to add one.':
    'La versión {0} en {1} no tiene instalador para {2} {3}. Pida a quien hizo la actualización que añada uno.',
  '{0} has {1} of {2} bytes: it is probably still being copied. Wait until that is done and try again.':
    '{0} tiene {1} de {2} bytes: seguramente todavía se está copiando. Espere a que termine e inténtelo de nuevo.',
  '{0} is not the file that was signed: it was damaged or changed. Nothing was kept. Ask whoever put it there to copy it again.':
    '{0} no es el archivo que se firmó: se dañó o se cambió. No se conservó nada. Pida a quien lo puso allí que lo copie de nuevo.',
  '{0} cannot be read ({1}). Was the update copied completely?':
    '{0} no se puede leer ({1}). ¿Se copió entera la actualización?',
  'The update in {0} is not signed with the key of your organisation. Nothing was taken from it. Ask whoever put it there; if they cannot tell, tell your administrator.':
    'La actualización en {0} no está firmada con la clave de su organización. No se tomó nada de ella. Pregunte a quien la puso allí; si no lo sabe, avise a su administrador.',
  '{0} is signed but not of the expected form ({1}: {2}). It may be for a newer version: install the update by hand.':
    '{0} está firmado, pero no tiene la forma esperada ({1}: {2}). Puede ser para una versión más nueva: instale la actualización a mano.',
  'whole file': 'todo el archivo',
  'The key for updates is not an Ed25519 public key. Copy it again from your administrator: one line of 60 characters that starts with MCowBQYDK2VwAyEA.':
    'La clave de las actualizaciones no es una clave pública Ed25519. Pídala de nuevo a su administrador: una línea de 60 caracteres que empieza por MCowBQYDK2VwAyEA.',
  '{0} is an address. Updates come from a folder or a share that this computer has, such as /mnt/updates or \\\\server\\updates: the application itself connects to nothing.':
    '{0} es una dirección. Las actualizaciones vienen de una carpeta o un recurso compartido de este equipo, como /mnt/updates o \\\\servidor\\updates: la aplicación no se conecta a nada.',
  '{0} is too large to be what its name says.': '{0} es demasiado grande para ser lo que dice su nombre.',
  '{0} cannot be read: {1}. Check that the folder is reachable and that the update was copied there completely.':
    '{0} no se puede leer: {1}. Compruebe que se llega a la carpeta y que la actualización se copió entera.',
}
