/**
 * Guesses the language of a text: by script where that settles it, else by how many words are frequent small words of a
 * language, with typical letter sequences to decide between relatives and in headings without small words. Seven languages
 * of the Latin alphabet are known; a long text in another one mostly gives undefined, a sentence may be taken for a relative.
 */

export interface DetectedLanguage {
  /** ISO 639-1 code. */
  readonly code: string
  /** 0 to 1: how far it leads the next best. */
  readonly confidence: number
}

/** Small words: a tenth to a third of running text. Words that two of the languages share count for both. */
const SMALL_WORDS: Readonly<Record<string, string>> = {
  en: 'the of and to in is for on that with as are be this by or from at it was will not have an which should must can all their has been were if you your when they may other than no how what who shall',
  es: 'el la los las de del y que en un una por con para se no es al lo como más o pero sus le su ha son este esta está entre cuando todo también fue ser desde sobre deben puede qué si cómo dónde hay',
  fr: 'le la les de des du et en un une est que qui dans pour par sur au aux avec ne pas ce cette ces il elle sont plus ou se sa son leur été à d l vous nous être ont où si mais comme entre doit quand comment',
  de: 'der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über oder zum zur bis kann was wenn',
  pt: 'o a os as de do da dos das e que em um uma por com para se não é ao na no nas nos como mais ou mas seu sua foi são este esta está entre quando também ser pelo pela deve podem até há você onde',
  it: 'il lo la i gli le di del della dei delle e che in un una per con non è si al alla da dal dalla nel nella sono come più o ma anche ha essere questo questa su ai alle deve quando degli stato dove cosa',
  nl: 'de het een en van in is op te dat die voor met zijn niet aan er om ook als bij door naar uit over of maar worden wordt kan dan nog deze dit wat hebben heeft moet tot geen wanneer hoe waar',
}

/** Letter sequences inside words that are usual in one language and rare in the others. */
const SEQUENCES: Readonly<Record<string, readonly string[]>> = {
  en: ['th', 'wh', 'sh', 'ght', 'ing', 'ness', 'ow', 'ly', 'ck'],
  es: ['ción', 'ñ', 'll', 'ie', 'ue', 'dad', 'iento', 'ó', 'rr', 'aci'],
  fr: ['eau', 'ç', 'è', 'ê', 'oi', 'ou', 'aux', 'ité', 'eur', 'ais', 'que'],
  de: ['sch', 'ß', 'ä', 'ö', 'ü', 'ung', 'ich', 'keit', 'tz', 'ei', 'ver'],
  pt: ['ção', 'ções', 'ã', 'õ', 'lh', 'nh', 'ê', 'ç', 'dade', 'ência'],
  it: ['zion', 'gli', 'gn', 'cch', 'tt', 'zz', 'ità', 'chi', 'che', 'ggi', 'à'],
  nl: ['ij', 'aa', 'oo', 'ee', 'sch', 'heid', 'uu', 'oe', 'cht', 'ing'],
}

/** Scripts that one language uses, in the order in which they are looked for: Japanese mixes Kana with Han. */
const SCRIPTS: readonly (readonly [code: string, pattern: RegExp])[] = [
  ['ja', /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['ko', /\p{Script=Hangul}/gu],
  ['zh', /\p{Script=Han}/gu],
  ['ru', /\p{Script=Cyrillic}/gu],
  ['ar', /\p{Script=Arabic}/gu],
  ['el', /\p{Script=Greek}/gu],
  ['he', /\p{Script=Hebrew}/gu],
  ['hi', /\p{Script=Devanagari}/gu],
  ['th', /\p{Script=Thai}/gu],
]

const SAMPLE_CHARACTERS = 20_000
/** Share of the letters in another script from which the script decides. */
const SCRIPT_SHARE = 0.3
const SEQUENCE_WEIGHT = 0.15
/** A lead below this is no answer. */
const MIN_CONFIDENCE = 0.12
/** Least score per word; a long text in a known language has far more than a form or a heading. */
const MIN_SCORE = 0.06
const MIN_SCORE_LONG = 0.08
const LONG_TEXT_WORDS = 200

const LANGUAGES_OF = wordIndex()

/** @returns undefined for a text too short, too mixed or in a language that is not known */
export function detectLanguage(text: string): DetectedLanguage | undefined {
  const sample = sampleOf(text)
  const letters = sample.match(/\p{L}/gu)?.length ?? 0
  if (letters === 0) return undefined
  for (const [code, pattern] of SCRIPTS) {
    const share = (sample.match(pattern)?.length ?? 0) / letters
    // A tenth of Kana makes a text Japanese, whatever Han there is.
    if (share >= (code === 'ja' ? 0.1 : SCRIPT_SHARE)) return { code, confidence: Math.min(1, share + 0.2) }
  }
  const words = sample.toLowerCase().match(/\p{L}+/gu) ?? []
  const scores = new Map(Object.keys(SMALL_WORDS).map((code) => [code, 0]))
  // Letter sequences alone prove nothing: Finnish has the double vowels of Dutch.
  const proven = new Set<string>()
  for (const word of words) {
    for (const code of LANGUAGES_OF.get(word) ?? []) {
      add(scores, code, 1)
      proven.add(code)
    }
    if (word.length < 4) continue
    for (const [code, sequences] of Object.entries(SEQUENCES)) {
      if (sequences.some((sequence) => word.includes(sequence))) add(scores, code, SEQUENCE_WEIGHT)
    }
  }
  const [best, second] = [...scores].sort((a, b) => b[1] - a[1])
  const least = words.length * (words.length < LONG_TEXT_WORDS ? MIN_SCORE : MIN_SCORE_LONG)
  if (!best || !proven.has(best[0]) || best[1] < Math.max(0.5, least)) return undefined
  const confidence = (best[1] - (second?.[1] ?? 0)) / best[1]
  return confidence < MIN_CONFIDENCE ? undefined : { code: best[0], confidence }
}

/** The middle of a long text: title pages and tables of contents say little. */
function sampleOf(text: string): string {
  if (text.length <= SAMPLE_CHARACTERS) return text
  const start = Math.floor((text.length - SAMPLE_CHARACTERS) / 2)
  return text.slice(start, start + SAMPLE_CHARACTERS)
}

function wordIndex(): ReadonlyMap<string, readonly string[]> {
  const index = new Map<string, string[]>()
  for (const [code, words] of Object.entries(SMALL_WORDS)) {
    for (const word of words.split(' ')) index.set(word, [...(index.get(word) ?? []), code])
  }
  return index
}

function add(scores: Map<string, number>, code: string, points: number): void {
  scores.set(code, (scores.get(code) ?? 0) + points)
}
