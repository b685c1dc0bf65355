/** Sentences about pairs: writing, filtering and mining them, reviewing them, and data sets. */
export const dataSets: Readonly<Record<string, string>> = {
  // Jobs and their stages
  'Write queries by rules': 'Escribir consultas con reglas',
  'Write queries with a language model': 'Escribir consultas con un modelo de lenguaje',
  'Write queries': 'Escribir consultas',
  'Keep the pairs on whose {0} retrievers agree': 'Conservar los pares en cuyo {0} coinciden los buscadores',
  'first passage': 'primer pasaje',
  'top {0}': 'grupo de los {0} primeros',
  'Group copies': 'Agrupar copias',
  'Ask {0}': 'Preguntar a {0}',
  'Mine hard negatives': 'Buscar negativos difíciles',
  'Grade pairs with a language model': 'Valorar pares con un modelo de lenguaje',
  Grade: 'Valorar',

  // Writing, filtering, mining
  'Pair {0}: {1}': 'Par {0}: {1}',
  '{0}, page {1} ({2}): {3}': '{0}, página {1} ({2}): {3}',
  '{0} failed on {1} pairs in a row, last with: {2} Grades so far are kept; run it again to go on.':
    '{0} falló en {1} pares seguidos; el último: {2} Las valoraciones hechas se conservan; vuelva a iniciarlo para continuar.',
  'The generator failed on {0} passages in a row, last with: {1} What was written is kept; run it again to go on.':
    'El generador falló en {0} pasajes seguidos; el último: {1} Lo escrito se conserva; vuelva a iniciarlo para continuar.',
  '{0} holds no passage of 10 tokens or more to write queries from. Index documents first: dmr index FOLDER.':
    '{0} no tiene ningún pasaje de 10 palabras o más del que escribir consultas. Añada documentos primero: dmr index CARPETA.',
  'There are no pairs to filter. Write some first: dmr synthesize.':
    'No hay pares que filtrar. Escriba algunos primero: dmr synthesize.',
  '{0} pairs are left out: their passages are not in the library any more.':
    'Se dejan fuera {0} pares: sus pasajes ya no están en la biblioteca.',
  'The rule "{0}" needs {1} retrievers at least, but {2} named. Name more with --retrievers.':
    'La regla «{0}» necesita al menos {1} buscadores, pero {2}. Indique más con --retrievers.',
  'none is': 'no se ha indicado ninguno',
  'only {0} is': 'solo se ha indicado {0}',
  'A retriever agrees with itself: {0}. Name each once.':
    'Un buscador coincide consigo mismo: {0}. Indique cada uno una sola vez.',
  'The library changed while negatives were mined. What was mined is valid; mine again to include what is new.':
    'La biblioteca cambió mientras se buscaban negativos. Lo encontrado vale; vuelva a buscar para incluir lo nuevo.',
  'The library or the model changed since this was interrupted. It starts from the beginning.':
    'La biblioteca o el modelo cambiaron desde que se interrumpió. Empieza desde el principio.',
  'Goes on after {0} pairs.': 'Continúa después de {0} pares.',
  'There are no pairs to mine negatives for. Write some first: dmr synthesize.':
    'No hay pares para los que buscar negativos. Escriba algunos primero: dmr synthesize.',
  'Filter run {0} kept no pair. Filter again with another rule or N, or mine all pairs with --unfiltered.':
    'El filtrado {0} no conservó ningún par. Filtre de nuevo con otra regla u otro N, o busque para todos los pares con --unfiltered.',
  'No candidate was found from which alpha could be calibrated. Name alphas instead.':
    'No se encontró ningún candidato con el que calibrar alfa. Indique valores de alfa.',
  'There is no retriever "{0}" with an index of the whole library. There are: {1}. A model gets its index by: dmr models use ID.':
    'No hay ningún buscador «{0}» con un índice de toda la biblioteca. Hay: {1}. Un modelo obtiene su índice con: dmr models use ID.',

  // Language models
  ' after {0} attempts': ' tras {0} intentos',
  '{0} cannot be reached{1}. Is the server running, and is the address right?':
    'No se puede llegar a {0}{1}. ¿Está en marcha el servidor y es correcta la dirección?',
  '{0} refuses the key. Set the environment variable {1}.': '{0} rechaza la clave. Defina la variable de entorno {1}.',
  '{0} knows no model "{1}", or is no OpenAI-compatible address (they mostly end in /v1).':
    '{0} no conoce ningún modelo «{1}», o no es una dirección compatible con OpenAI (suelen acabar en /v1).',
  '{0} is asked too often{1}. Set a lower rate, or try later.':
    'Se pregunta demasiado a {0}{1}. Ponga un ritmo menor o inténtelo más tarde.',
  '{0} cannot be opened ({1}). Name a .gguf file that can be read.':
    '{0} no se puede abrir ({1}). Indique un archivo .gguf que se pueda leer.',
  '{0} is no file. Name a .gguf file.': '{0} no es un archivo. Indique un archivo .gguf.',
  '{0} is no model that can be used: {1}. {2}': '{0} no es un modelo que se pueda usar: {1}. {2}',
  '{0} holds {1} {2}; version {3} is needed. {4}': '{0} contiene {1} {2}; hace falta la versión {3}. {4}',
  'of unknown version': 'de versión desconocida',
  'a folder of your choice': 'una carpeta que usted elija',
  'Local models need the package {0}, which is not in {1}. Install it there: npm install --omit=optional {2}@{3} {4}@{5}, and name that folder beside the model. Or use the built-in rules.':
    'Los modelos locales necesitan el paquete {0}, que no está en {1}. Instálelo allí: npm install --omit=optional {2}@{3} {4}@{5}, e indique esa carpeta junto al modelo. O use las reglas incorporadas.',
  'No language model is configured. Name a server and its model once: dmr synthesize --generator openai --base-url http://127.0.0.1:11434/v1 --generator-model NAME. Or use the built-in generator.':
    'No hay ningún modelo de lenguaje configurado. Indique una vez un servidor y su modelo: dmr synthesize --generator openai --base-url http://127.0.0.1:11434/v1 --generator-model NOMBRE. O use el generador incorporado.',
  'No local model is configured. Name a GGUF file once: dmr synthesize --generator gguf --model-file FILE. Or use the built-in generator.':
    'No hay ningún modelo local configurado. Indique una vez un archivo GGUF: dmr synthesize --generator gguf --model-file ARCHIVO. O use el generador incorporado.',
  'No language model is configured, and none is asked before. Name a server and its model in the settings, or: dmr synthesize --generator openai --base-url http://127.0.0.1:11434/v1 --generator-model NAME.':
    'No hay ningún modelo de lenguaje configurado, y hasta entonces no se pregunta a ninguno. Indique un servidor y su modelo en los ajustes, o: dmr synthesize --generator openai --base-url http://127.0.0.1:11434/v1 --generator-model NOMBRE.',

  // Data sets
  'There is no filter run {0}.': 'No hay ningún filtrado {0}.',
  'There is no complete mining run {0}.': 'No hay ninguna búsqueda de negativos completa {0}.',
  '{0}: {1} has {2} numbers for {3} texts.': '{0}: {1} tiene {2} números para {3} textos.',
  '{0}: the lineage file does not belong to this file. Export the data set again.':
    '{0}: el archivo de procedencia no es de este archivo. Exporte de nuevo el conjunto de datos.',
  '{0}: not JSON ({1}). Each line is one object.': '{0}: no es JSON ({1}). Cada línea es un objeto.',
  '{0}: {1}: {2}. A line holds "query", "pos" and "neg".': '{0}: {1}: {2}. Una línea contiene «query», «pos» y «neg».',
  'There is no file or folder {0}.': 'No hay ningún archivo ni carpeta {0}.',
  '{0} holds no .jsonl file. A data set is a file of JSON lines, or a folder of them.':
    '{0} no contiene ningún archivo .jsonl. Un conjunto de datos es un archivo de líneas JSON o una carpeta de ellos.',
  '{0} ends before line {1} of {2}. Export the data set again, or remove the lineage file.':
    '{0} termina antes de la línea {1} de {2}. Exporte de nuevo el conjunto de datos o quite el archivo de procedencia.',
  '{0} holds no example.': '{0} no contiene ningún ejemplo.',
  '{0} is not JSON ({1}).': '{0} no es JSON ({1}).',
  '{0} judges no query of {1}. Judgements are expected in qrels.train.txt and the like.':
    '{0} no valora ninguna consulta de {1}. Las valoraciones se esperan en qrels.train.txt y similares.',
  '{0}, line {1}: a topic is an id, a tab and its text.':
    '{0}, línea {1}: un tema es un identificador, un tabulador y su texto.',
  '{0}, line {1}: {2}. Export the data set again, or remove this file: queries, texts and judgements are then read without it.':
    '{0}, línea {1}: {2}. Exporte de nuevo el conjunto de datos o quite este archivo: entonces las consultas, los textos y las valoraciones se leen sin él.',
  'There is no data set "{0}". {1}': 'No hay ningún conjunto de datos «{0}». {1}',
  'There are: {0}.': 'Hay: {0}.',
  'Make one: dmr refine.': 'Haga uno: dmr refine.',
  'No pairs were filtered yet, so there is nothing to build. Run: dmr filter.':
    'Todavía no se ha filtrado ningún par, así que no hay nada que construir. Ejecute: dmr filter.',

  // Review
  '"{0}" is no place in the list of disagreements. Leave "after" out.':
    '«{0}» no es un lugar de la lista de desacuerdos. Omita «after».',
  '"{0}" is no place in a queue in the order "{1}". Begin at its start: leave "after" out.':
    '«{0}» no es un lugar de una cola en el orden «{1}». Empiece por el principio: omita «after».',
  'One wording cannot be given to many queries. Edit them one by one.':
    'No se puede dar la misma redacción a muchas consultas. Edítelas una a una.',
  'The filter finds nothing, so there is nothing to decide.':
    'El filtro no encuentra nada, así que no hay nada que decidir.',
  'The filter finds {0} now, not {1}. Look at them again, then decide.':
    'El filtro encuentra ahora {0}, no {1}. Mírelos de nuevo y decida después.',
  'There is no judge {0}. Say who judges first.': 'No hay ningún juez {0}. Diga primero quién juzga.',
  '{0} is no person. Decisions are made by persons; choose one.':
    '{0} no es una persona. Las decisiones las toman personas; elija una.',
  'Passage {0} is none of those that should not answer pair {1}.':
    'El pasaje {0} no es de los que no deben responder al par {1}.',
  '{0} has not decided this. Choose a judge who has.': '{0} no ha decidido esto. Elija un juez que sí.',
  'A passage that should not answer is graded from 0 (not related) to 3 (fully answers), commented or skipped; accept, reject and edit are for the pair.':
    'Un pasaje que no debe responder se valora de 0 (sin relación) a 3 (responde del todo), se comenta o se salta; aceptar, rechazar y editar son para el par.',
  'There is no pair {0} in this library.': 'No hay ningún par {0} en esta biblioteca.',
  'There is no work package {0}.': 'No hay ningún paquete de trabajo {0}.',
  'Nothing is decided yet, so there is nothing to write. Judge some pairs first.':
    'Todavía no se ha decidido nada, así que no hay nada que escribir. Juzgue antes algunos pares.',
  'Say whose pairs are meant by "{0}": name a judge.': 'Diga de quién son los pares «{0}»: nombre un juez.',
  'The filter finds no pair, so the package would be empty. Widen it.':
    'El filtro no encuentra ningún par, así que el paquete quedaría vacío. Amplíelo.',
  '"{0}" was made here: its pairs are in the queue already.': '«{0}» se hizo aquí: sus pares ya están en la cola.',
  '{0} names {1} pairs but holds {2}. Ask for the package anew.':
    '{0} anuncia {1} pares pero contiene {2}. Pida el paquete de nuevo.',
  '{0}: the pair "{1}" is not the one its key names. Nothing was taken in; ask for the package anew.':
    '{0}: el par «{1}» no es el que nombra su clave. No se incorporó nada; pida el paquete de nuevo.',
  '{0} holds decisions for the library "{1}", not for this one, "{2}". Merge it there; or say that pairs of the same content are meant ("foreign").':
    '{0} contiene decisiones para la biblioteca «{1}», no para esta, «{2}». Incorpórelo allí, o diga que se trata de pares del mismo contenido («foreign»).',
  '{0} answers a package "{1}" that this library did not make in that form: it was changed on the way. Nothing was taken in. Send the package again.':
    '{0} responde a un paquete «{1}» que esta biblioteca no hizo en esa forma: se cambió por el camino. No se incorporó nada. Envíe el paquete de nuevo.',
  '{0} holds a decision of a judge it does not name.': '{0} contiene una decisión de un juez que no nombra.',
  '{0} is there already. Choose another name, or move that file away.':
    '{0} ya existe. Elija otro nombre o mueva ese archivo.',
  '{0} cannot be written ({1}). Choose another folder.': 'No se puede escribir {0} ({1}). Elija otra carpeta.',
  '{0} is no {1} of this application.': '{0} no es un {1} de esta aplicación.',
  '{0} is a {1}, not a {2}.': '{0} es un {1}, no un {2}.',
  '{0} was written by a newer version of the workbench. Install that version here too.':
    '{0} se escribió con una versión más nueva del programa. Instale también aquí esa versión.',
  '{0} is cut off: its seal is missing. Copy it again from where it was written.':
    '{0} está cortado: falta su sello. Cópielo de nuevo desde donde se escribió.',
  '{0} was changed since it was written: its seal does not fit. Nothing was taken in; get it anew.':
    '{0} se cambió después de escribirse: su sello no encaja. No se incorporó nada; consígalo de nuevo.',
  '{0}, line {1}: {2}: {3}': '{0}, línea {1}: {2}: {3}',
  'the line': 'la línea',
  '{0} has {1} bytes, which is more than a work package can have.':
    '{0} tiene {1} bytes, más de los que puede tener un paquete de trabajo.',
  '{0} cannot be read ({1}). Check the path.': '{0} no se puede leer ({1}). Compruebe la ruta.',
}
