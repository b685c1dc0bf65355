/**
 * Words that say nothing about what a text is about, per language. They are left out of keyword queries, where they would
 * make every passage a hit, and they tell languages apart (language.ts).
 */

export const STOP_WORD_LANGUAGES = ['en', 'es', 'fr'] as const
export type StopWordLanguage = (typeof STOP_WORD_LANGUAGES)[number]

const ENGLISH =
  'a an the and or but nor so yet if then else than that this these those there here of in on at to for from by with without about as into onto ' +
  'through during before after above below between among against under over again further once up down out off per via upon within toward towards ' +
  'i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its itself they them ' +
  'their theirs themselves who whom whose which what when where why how whether am is are was were be been being isn aren wasn weren have has had ' +
  'having haven hasn hadn do does did doing done don doesn didn can could couldn may might must shall should shouldn will would won wouldn ought ' +
  'not no any all both each few many much more most other some such only own same too very just also ever even still while because until although though ' +
  'since unless however therefore let s t d ll m re ve etc'
const SPANISH =
  'el la los las lo un una unos unas y e o u ni pero sino que qué si sí no de del al a ante bajo con contra desde durante en entre hacia hasta ' +
  'para por según sin sobre tras yo me mi mis mí tú te ti tu tus él ella ello ellos ellas se su sus nos nosotros nuestro nuestra nuestros nuestras ' +
  'vosotros usted ustedes le les este esta esto estos estas ese esa eso esos esas aquel aquella cual cuál cuales cuáles quien quién quienes cuyo donde ' +
  'dónde cuando cuándo como cómo cuanto cuánto cuántos cuánta cuántas porque es son era eran fue fueron ser sea sean está están estaba estaban estar ' +
  'ha han había haber hay hubo he tiene tienen tener debe deben debo puede pueden puedo muy más menos ya también tanto todo toda todos todas otro otra ' +
  'otros otras mismo misma cada'
const FRENCH =
  'le la les l un une des du de d et ou mais donc or ni car que qu qui quoi dont où si ne n pas plus moins à au aux en dans par pour sur sous vers ' +
  'avec sans chez entre contre depuis pendant avant après je j me m moi tu te t toi il elle on nous vous ils elles se s soi lui leur leurs y mon ma ' +
  'mes ton ta tes son sa ses notre nos votre vos ce c cet cette ces cela ça celui celle ceux celles quel quelle quels quelles quand comment combien ' +
  'pourquoi comme lorsque est sont était étaient être été sera seront suis es sommes êtes soit ai as a ont avait avaient avoir avons avez aura eu fait ' +
  'faire faut doit doivent dois peut peuvent peux très aussi bien tout toute tous toutes autre autres même mêmes chaque ainsi afin'

export const STOP_WORDS: Readonly<Record<StopWordLanguage, ReadonlySet<string>>> = {
  en: new Set(ENGLISH.split(' ')),
  es: new Set(SPANISH.split(' ')),
  fr: new Set(FRENCH.split(' ')),
}

/**
 * The stop-words that fit a query: those of the language that most of its words belong to, English when none leads. One
 * language at a time, because "pour" and "son" say something in English.
 */
export function stopWordsFor(words: readonly string[]): ReadonlySet<string> {
  let best: StopWordLanguage = 'en'
  let most = countIn(words, STOP_WORDS.en)
  for (const language of STOP_WORD_LANGUAGES) {
    const count = countIn(words, STOP_WORDS[language])
    if (count > most) {
      best = language
      most = count
    }
  }
  return STOP_WORDS[best]
}

function countIn(words: readonly string[], set: ReadonlySet<string>): number {
  let count = 0
  for (const word of words) if (set.has(word)) count++
  return count
}
