/** Sentences about models, training and evaluation. */
export const models: Readonly<Record<string, string>> = {
  // Jobs and their stages
  'Make passages searchable by meaning with {0}': 'Hacer que los pasajes se busquen por significado con {0}',
  'Make searchable': 'Preparar la búsqueda',
  'Check the index': 'Comprobar el índice',
  'Train {0}': 'Entrenar {0}',
  'run {0}': 'entrenamiento {0}',
  'Check the training engine': 'Comprobar el motor de entrenamiento',
  'Check training of {0}': 'Comprobar el entrenamiento de {0}',
  Checks: 'Comprobaciones',
  'Evaluate {0} on {1}': 'Evaluar {0} con {1}',
  'keyword search': 'la búsqueda por palabras',
  'the model in use': 'el modelo en uso',
  'Make a small test set from {0}': 'Hacer un conjunto de prueba pequeño de {0}',
  'Read the corpus': 'Leer el corpus',
  'Embed the corpus': 'Calcular los vectores del corpus',
  'Answer the queries': 'Responder las consultas',
  'Read the top again': 'Releer los primeros',

  // The self-check
  'Vector scan': 'Recorrido de vectores',
  'Search works, but slowly. Use Node 22 or newer with WebAssembly.':
    'La búsqueda funciona, pero despacio. Use Node 22 o posterior con WebAssembly.',
  'Model runtime': 'Motor de modelos',
  'onnxruntime {0}, providers: {1}': 'onnxruntime {0}, proveedores: {1}',
  'Install the application again; keyword search works without it.':
    'Instale la aplicación de nuevo; la búsqueda por palabras funciona sin él.',
  'Search model': 'Modelo de búsqueda',
  'None in use: search goes by keywords': 'Ninguno en uso: se busca por palabras',
  'Import it again, or choose another: dmr models list.': 'Impórtelo de nuevo o elija otro: dmr models list.',
  'Vector index': 'Índice de vectores',
  None: 'Ninguno',
  'Build it: dmr models use {0}.': 'Constrúyalo: dmr models use {0}.',
  '{0} has no vectors in this library': '{0} no tiene vectores en esta biblioteca',
  '{0} of {1} passages, {2} dimensions{3}': '{0} de {1} pasajes, {2} dimensiones{3}',

  // Models
  'There is no model "{0}". {1}': 'No hay ningún modelo «{0}». {1}',
  'Installed: {0}.': 'Instalados: {0}.',
  'Import one: dmr models import FOLDER.': 'Importe uno: dmr models import CARPETA.',
  '{0} (SHA-256 {1}) is not among the models that your organisation allows. Ask your administrator.':
    '{0} (SHA-256 {1}) no está entre los modelos que permite su organización. Pregunte a su administrador.',
  'Install the application again.': 'Instale la aplicación de nuevo.',
  'Import the model again, or remove it from the list.': 'Importe el modelo de nuevo o quítelo de la lista.',
  '{0} is gone. {1}': '{0} ya no está. {1}',
  '{0} was changed since the import. {1}': '{0} cambió desde que se importó. {1}',
  'The model itself is not on this computer; only its index is here. Import it again, or remove the index.':
    'El modelo no está en este equipo; aquí solo está su índice. Impórtelo de nuevo o quite el índice.',
  '"{0}" comes with the application and cannot be removed.': '«{0}» viene con la aplicación y no se puede quitar.',
  '"{0}" cannot be a model id. Use up to 64 small letters, digits, dots, dashes and underscores, such as county-33m (on the command line: --id).':
    '«{0}» no puede ser el identificador de un modelo. Use hasta 64 letras minúsculas, cifras, puntos, guiones y guiones bajos, como condado-33m (en la línea de órdenes: --id).',
  'There is another model "{0}" already. Choose another name (on the command line: --id), or remove the other one first.':
    'Ya hay otro modelo «{0}». Elija otro nombre (en la línea de órdenes: --id) o quite antes el otro.',
  '"{0}" has no search index in this library for its present version. Build it: dmr models use {1}.':
    '«{0}» no tiene en esta biblioteca un índice de búsqueda de su versión actual. Constrúyalo: dmr models use {1}.',
  '"{0}" is a reranker; it cannot search. Choose an embedding model.':
    '«{0}» es un reordenador; no puede buscar. Elija un modelo de búsqueda.',
  '"{0}" is a reranker: searches with --rerank use it as it is. Choose an embedding model.':
    '«{0}» es un reordenador: las búsquedas con --rerank lo usan tal cual. Elija un modelo de búsqueda.',
  "{0} is a link to {1}, outside of the model's folder. Put the file itself into the folder.":
    '{0} es un enlace a {1}, fuera de la carpeta del modelo. Ponga el propio archivo en la carpeta.',
  '{0} is a link to a file that is not there. Download the model again.':
    '{0} es un enlace a un archivo que no está. Descargue el modelo de nuevo.',
  'The disk is full: the model needs {0} MB. Free some space, or refer to its folder with --link.':
    'El disco está lleno: el modelo necesita {0} MB. Libere espacio o refiérase a su carpeta con --link.',
  '{0} cannot be read ({1}). Check the file.': '{0} no se puede leer ({1}). Compruebe el archivo.',
  'Search uses "{0}". Switch to another model first, or remove it with --force and search by keywords only.':
    'La búsqueda usa «{0}». Cambie antes a otro modelo, o quítelo con --force y busque solo por palabras.',
  'There is no earlier index to roll back to.': 'No hay ningún índice anterior al que volver.',
  '"{0}" was replaced since: its earlier index belongs to files that are gone. Use it anew: dmr models use {1}.':
    '«{0}» se sustituyó desde entonces: su índice anterior es de archivos que ya no están. Úselo de nuevo: dmr models use {1}.',
  'The application is closing.': 'La aplicación se está cerrando.',
  ' with {0}': ' con {0}',
  'ended by {0}': 'terminado por {0}',
  'The process that runs models died twice ({0}) while it had to {1}{2}. Often memory ran out: close other programs, or choose a smaller model.{3}':
    'El proceso que ejecuta los modelos murió dos veces ({0}) durante la tarea «{1}»{2}. Muchas veces se acaba la memoria: cierre otros programas o elija un modelo más pequeño.{3}',
  ' It last said: {0}': ' Lo último que dijo: {0}',
  'The query has {0} dimensions, the index {1}.': 'La consulta tiene {0} dimensiones; el índice, {1}.',
  'A search returns 1 to {0} passages, not {1}.': 'Una búsqueda devuelve de 1 a {0} pasajes, no {1}.',
  'An exact search returns 1 to {0} passages, not {1}.': 'Una búsqueda exacta devuelve de 1 a {0} pasajes, no {1}.',
  'The model {0} (version {1}) gives vectors of {2} dimensions, but its index in {3} has {4}. Give the changed model a new version, or drop the index and embed again.':
    'El modelo {0} (versión {1}) da vectores de {2} dimensiones, pero su índice en {3} tiene {4}. Dé otra versión al modelo cambiado, o borre el índice y calcule los vectores de nuevo.',
  'A vector index holds 1 to 8192 dimensions, not {0}.': 'Un índice de vectores tiene de 1 a 8192 dimensiones, no {0}.',
  '{0} passages need {1} numbers ({2} dimensions each), but {3} were given.':
    '{0} pasajes necesitan {1} números ({2} dimensiones cada uno), pero se dieron {3}.',
  'A passage was given two vectors in one batch. Store one vector per passage.':
    'Un pasaje recibió dos vectores en un lote. Guarde un vector por pasaje.',
  "The vector of passage {0} has length {1}; an index takes vectors of length 1. Normalise the model's output.":
    'El vector del pasaje {0} tiene longitud {1}; un índice admite vectores de longitud 1. Normalice la salida del modelo.',
  'The vector of passage {0} is not finite. The model overflowed on this passage: check its precision, or leave the passage out.':
    'El vector del pasaje {0} no es finito. El modelo se desbordó con este pasaje: compruebe su precisión o excluya el pasaje.',

  // Training
  'There is no training run {0} any more.': 'El entrenamiento {0} ya no existe.',
  'There is no series of trainings {0} any more.': 'La serie de entrenamientos {0} ya no existe.',
  'The series was ended before this run began.': 'La serie se terminó antes de que empezara este entrenamiento.',
  'Run {0} ({1}) has ended. Start a new one.': 'El entrenamiento {0} ({1}) ha terminado. Inicie otro.',
  '"{0}" has ended already.': '«{0}» ya ha terminado.',
  '"{0}" has taken no step yet: there is no model to keep. Delete it.':
    '«{0}» no ha dado ningún paso todavía: no hay modelo que conservar. Bórrelo.',
  '"{0}" has not ended: there is no model yet.': '«{0}» no ha terminado: todavía no hay modelo.',
  '{0} is gone: somebody deleted the model of "{1}". Start a new run.':
    '{0} ya no está: alguien borró el modelo de «{1}». Inicie otro entrenamiento.',
  '{0} is gone, and with it the checkpoint of "{1}". Start a new run with the same recipe; this one can only be deleted.':
    '{0} ya no está, y con ello el punto de control de «{1}». Inicie otro entrenamiento con la misma receta; este solo se puede borrar.',
  'Name the backbone as the cluster knows it: --model Qwen/Qwen3-4B, say.':
    'Nombre el modelo base como lo conoce el clúster: por ejemplo, --model Qwen/Qwen3-4B.',
  'There is no recipe {0}. Name a .json file, or one of {1}.':
    'No hay ninguna receta {0}. Indique un archivo .json o una de {1}.',
  'Recipe {0} names no model. Choose an installed one or a folder.':
    'La receta {0} no nombra ningún modelo. Elija uno instalado o una carpeta.',
  '"{0}" cannot be trained: {1}': '«{0}» no se puede entrenar: {1}',
  'it scores pairs of texts. Choose an embedding model.': 'puntúa pares de textos. Elija un modelo de búsqueda.',
  'it comes as a ready graph without weights that could be changed. Choose one with safetensors.':
    'viene como grafo listo, sin pesos que se puedan cambiar. Elija uno con safetensors.',
  'Recipe {0} names no data. Give a data set: --dataset with a name, a .jsonl file or a folder of them.':
    'La receta {0} no nombra datos. Indique un conjunto de datos: --dataset con un nombre, un archivo .jsonl o una carpeta de ellos.',
  '{0}: no such file or folder, and this library has no data set of that name.':
    '{0}: no existe ese archivo o carpeta, y esta biblioteca no tiene ningún conjunto de datos con ese nombre.',
  'The estimate was stopped.': 'La estimación se detuvo.',
  'The measurement ended with {0}. If memory ran out, lower microbatchTokens or set plan to "layer-wise".':
    'La medición terminó con {0}. Si se acabó la memoria, reduzca microbatchTokens o ponga plan en «layer-wise».',
  'code {0}': 'el código {0}',
  '"{0}" was deleted.': '«{0}» se borró.',
  'The checks were stopped.': 'Las comprobaciones se detuvieron.',
  'was ended by {0}': 'fue terminado por {0}',
  'ended with code {0}': 'terminó con el código {0}',
  'The checking process {0}: {1}': 'El proceso de comprobación {0}: {1}',

  // The log of a run
  'Started.': 'Iniciado.',
  'Resumed from the last checkpoint.': 'Reanudado desde el último punto de control.',
  'Paused.': 'En pausa.',
  ' nDCG@10 on held-out queries: {0}.': ' nDCG@10 en consultas reservadas: {0}.',
  'Done: the model is ready.{0}': 'Hecho: el modelo está listo.{0}',
  'Training is done.{0}': 'El entrenamiento ha terminado.{0}',
  'Checked on held-out queries: nDCG@10 {0}{1}.': 'Comprobado con consultas reservadas: nDCG@10 {0}{1}.',
  ', the best so far': ', el mejor hasta ahora',
  'Saved a checkpoint.': 'Se guardó un punto de control.',
  'Kept: {0}.': 'Conservado: {0}.',
  'Rolled back: {0}.': 'Revertido: {0}.',
  'Began {0}: {1} steps.': 'Empezó {0}: {1} pasos.',
  'The disk that holds {0} has {1} left; a checkpoint takes {2}. Free some space: when it is full, the run stops at its last checkpoint.':
    'Al disco que contiene {0} le quedan {1}; un punto de control ocupa {2}. Libere espacio: si se llena, el entrenamiento se detiene en su último punto de control.',
  gradient: 'gradiente',
  loss: 'pérdida',
  'The {0} of step {1} is not a number. The run has stopped; its last good checkpoint is kept. Lower the learning rate, or look at the texts that the log names.':
    'El valor de {0} del paso {1} no es un número. El entrenamiento se ha detenido; su último punto de control bueno se conserva. Baje la tasa de aprendizaje o mire los textos que nombra el registro.',
  'The loss has stayed at {0} for {1} steps: guessing gives {2}. Nothing is being learned. Try another learning rate, or look whether queries and passages of the data belong together.':
    'La pérdida lleva {1} pasos en {0}: el azar da {2}. No se está aprendiendo nada. Pruebe otra tasa de aprendizaje o mire si las consultas y los pasajes de los datos van juntos.',
  'Right and wrong passages look alike to the model: similarity {0} and {1}. Stop and start from an earlier model with a lower learning rate or a higher temperature.':
    'Al modelo le parecen iguales los pasajes correctos y los incorrectos: similitud {0} y {1}. Deténgalo y empiece desde un modelo anterior con una tasa de aprendizaje menor o una temperatura mayor.',
  'The loss has not fallen for {0} steps ({1}). More steps will hardly help.':
    'La pérdida no ha bajado en {0} pasos ({1}). Más pasos apenas ayudarán.',
  'The last {0} checks on held-out queries were no better (now nDCG@10 {1}). Stop and keep the best, or let the stage end.':
    'Las últimas {0} comprobaciones con consultas reservadas no mejoraron (ahora nDCG@10 {1}). Deténgalo y conserve el mejor, o deje que termine la etapa.',
  '{0} fell from nDCG@10 {1} to {2} in this stage, by more than {3}. Look at its examples; a gate rolls the stage back when it ends so.':
    '{0} bajó de nDCG@10 {1} a {2} en esta etapa, más de {3}. Mire sus ejemplos; una barrera revierte la etapa si termina así.',

  // Files of evaluations; what is wrong follows the name of the file
  '{0}, line {1}: {2}': '{0}, línea {1}: {2}',
  'no judgements qrels/{0}.tsv ({1}); name a split there is':
    'no hay valoraciones qrels/{0}.tsv ({1}); indique una partición que exista',
  'found {0}': 'hay {0}',
  'found no qrels/*.tsv': 'no hay ningún qrels/*.tsv',
  'id "{0}" occurs a second time; ids must be unique':
    'el identificador «{0}» aparece por segunda vez; los identificadores deben ser únicos',
  'holds no line; check the export': 'no contiene ninguna línea; compruebe la exportación',
  'is not JSON ({0}); a .jsonl file has one object a line':
    'no es JSON ({0}); un archivo .jsonl tiene un objeto por línea',
  'is not a JSON object': 'no es un objeto JSON',
  'has no "_id"; give every line a unique one': 'no tiene «_id»; dé uno único a cada línea',
  '"{0}" has no "text"; give a string, which may be empty':
    '«{0}» no tiene «text»; dé una cadena, que puede estar vacía',
  'the title of "{0}" is not a string': 'el título de «{0}» no es una cadena',
  'is no folder; name a BEIR or DisastIR folder': 'no es una carpeta; indique una carpeta BEIR o DisastIR',
  'holds neither corpus.jsonl (BEIR) nor <Task>_<Event>_qrels.json (DisastIR); name a folder that does':
    'no contiene ni corpus.jsonl (BEIR) ni <Task>_<Event>_qrels.json (DisastIR); indique una carpeta que sí',
  'no <Task>_<Event>_qrels.json there; name the folder that holds them':
    'no hay ningún <Task>_<Event>_qrels.json; indique la carpeta que los contiene',
  'is not a JSON list of passage texts': 'no es una lista JSON de textos de pasajes',
  'no judgement fits a query and a passage; check that corpus, queries and qrels belong together':
    'ninguna valoración corresponde a una consulta y un pasaje; compruebe que corpus, consultas y qrels van juntos',
  'is not named <Task>_<Event> with a task among {0}': 'no se llama <Task>_<Event> con una tarea de {0}',
  'cannot be read ({0}); check the path': 'no se puede leer ({0}); compruebe la ruta',
  'is not JSON ({0})': 'no es JSON ({0})',
  'is not a JSON list': 'no es una lista JSON',
  'entry {0} has no text "{1}"': 'la entrada {0} no tiene el texto «{1}»',
  'entry {0} has no finite "score"': 'la entrada {0} no tiene un «score» finito',
  '{0} "{1}" is not a finite number; write a decimal number there':
    '{0} «{1}» no es un número finito; escriba ahí un número decimal',
  'found {0} columns, expected {1}{2}': 'hay {0} columnas; se esperaban {1}{2}',
  '3 tab-separated columns (query-id, corpus-id, score)':
    '3 columnas separadas por tabuladores (query-id, corpus-id, score)',
  '4 columns (query, iteration, document, grade)': '4 columnas (consulta, iteración, documento, grado)',
  '; an id with spaces is written with underscores in a TREC file':
    '; en un archivo TREC, un identificador con espacios se escribe con guiones bajos',
  'document "{0}" is judged twice for query "{1}"; keep one of the two lines':
    'el documento «{0}» se valora dos veces para la consulta «{1}»; conserve una de las dos líneas',
  'found {0} columns, expected 6 (query, Q0, document, rank, score, tag)':
    'hay {0} columnas, se esperaban 6 (consulta, Q0, documento, puesto, puntuación, etiqueta)',
  'rank "{0}" is not a whole number; an id with spaces is written with underscores in a TREC file':
    'el puesto «{0}» no es un número entero; en un archivo TREC, un identificador con espacios se escribe con guiones bajos',
  'document "{0}" is retrieved twice for query "{1}"; keep one of the two lines':
    'el documento «{0}» se recupera dos veces para la consulta «{1}»; conserve una de las dos líneas',
  'holds no judgement; check that it is a qrels file':
    'no contiene ninguna valoración; compruebe que es un archivo qrels',
  'holds no result; check that it is a TREC run': 'no contiene ningún resultado; compruebe que es una ejecución TREC',

  // Evaluation
  '{0} cannot be used ({1}). Name a new folder.': '{0} no se puede usar ({1}). Indique una carpeta nueva.',
  '{0} holds other files. Name a new or an empty folder.':
    '{0} contiene otros archivos. Indique una carpeta nueva o vacía.',
  'No model is in use. Name one with --model, or use --mode lexical.':
    'No hay ningún modelo en uso. Indique uno con --model o use --mode lexical.',
  '"{0}" is a reranker; it cannot rank a corpus. Add --rerank to another model.':
    '«{0}» es un reordenador; no puede ordenar un corpus. Añada --rerank a otro modelo.',
  'No reranker is installed. Import a cross-encoder folder: dmr models import FOLDER.':
    'No hay ningún reordenador instalado. Importe la carpeta de un cross-encoder: dmr models import CARPETA.',
  'Nobody judged search results in this library yet. Judge some hits from 0 to 3 first.':
    'Nadie ha valorado todavía resultados de búsqueda en esta biblioteca. Valore antes algunos de 0 a 3.',
  'There is no evaluation {0} any more.': 'La evaluación {0} ya no existe.',
  '"{0}" and "{1}" were measured on different data ({2}, {3}). Evaluate both on one data set.':
    '«{0}» y «{1}» se midieron con datos distintos ({2}, {3}). Evalúe ambos con un mismo conjunto de datos.',
  'Evaluation {0} has no query "{1}".': 'La evaluación {0} no tiene la consulta «{1}».',
  'There is no measure "{0}". Choose one of {1}.': 'No hay ninguna medida «{0}». Elija una de {1}.',
}
