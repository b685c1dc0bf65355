import type { Intent } from '../../../contracts/intents.ts'
import { sampleWithoutReplacement, seededRandom, type RandomSource } from '../../../platform/seeded-random.ts'
import { countTokens } from '../../../text/tokens.ts'
import type { GenerateOptions, GeneratorUsage, PairGenerator, SourcePassage, WrittenPair } from '../generator.ts'
import { keyPhrases } from './key-phrases.ts'
import { proseSentences, type ProseSentence } from './prose.ts'
import { questionFrom } from './questions.ts'
import { claimFrom, entailed, isClaim, paraphrase, quoted } from './rewording.ts'

/** A passage must still say something when the sentence that became the query is taken out. */
const FEWEST_TOKENS_LEFT = 32
const FEWEST_QUESTION_WORDS = 7
const LONGEST_POST = 280

type Writer = (passage: SourcePassage, sentences: readonly ProseSentence[], random: RandomSource) => WrittenPair[]

/**
 * Makes pairs without a language model, so that a fresh machine can run the whole pipeline: inverse cloze (Lee et al. 2019),
 * heading to section, title to abstract, and rules over sentences. Its pairs are plainer than a model's; every one carries
 * the name of its method.
 */
export class BuiltInGenerator implements PairGenerator {
  readonly id = 'cloze'
  readonly model = ''
  readonly concurrency = 1

  generate(passage: SourcePassage, intent: Intent, options: GenerateOptions): Promise<readonly WrittenPair[]> {
    const random = seededRandom(hash(`${options.seed} ${intent} ${passage.documentHash} ${passage.textHash}`))
    const candidates = WRITERS[intent](passage, proseSentences(passage.text), random)
    // Writers return the better methods first; among pairs of one method the seed decides.
    const chosen: WrittenPair[] = []
    for (const method of new Set(candidates.map((pair) => pair.method))) {
      const ofMethod = candidates.filter((pair) => pair.method === method && isAskable(pair))
      chosen.push(...sampleWithoutReplacement(ofMethod, options.perPassage - chosen.length, random))
      if (chosen.length >= options.perPassage) break
    }
    return Promise.resolve(chosen)
  }

  usage(): GeneratorUsage {
    return { requests: 0, fromCache: 0, retries: 0, inputTokens: 0, outputTokens: 0 }
  }
}

const WRITERS: Readonly<Record<Intent, Writer>> = {
  QA: (passage, sentences) => [
    ...questions(passage, sentences),
    ...headings(passage),
    ...inverseCloze(passage, sentences),
  ],
  QAdoc: (passage) => (passage.isAbstract ? titleQueries(passage) : []),
  Twitter: (passage, sentences, random) => (english(passage) ? posts(sentences, random) : []),
  FactCheck: (passage, sentences, random) => (english(passage) ? claims(passage, sentences, random) : []),
  NLI: (passage, sentences) => (english(passage) ? entailments(sentences) : []),
  STS: (passage, sentences) => (english(passage) ? paraphrases(sentences) : []),
}

function questions(passage: SourcePassage, sentences: readonly ProseSentence[]): WrittenPair[] {
  if (!english(passage)) return []
  return sentences.flatMap(({ text, standsAlone }) => {
    const question = standsAlone ? questionFrom(text) : undefined
    if (question === undefined) return []
    // "What is the price?" asks nothing outside its document.
    const query = question.split(' ').length < FEWEST_QUESTION_WORDS ? `${passage.title}: ${question}` : question
    return [{ query, positive: passage.text, method: 'question-template' }]
  })
}

/** The innermost heading with the title for context. Headings of one word ("Scope") name nothing. */
function headings(passage: SourcePassage): WrittenPair[] {
  const heading = withoutNumber(passage.headings.at(-1) ?? '')
  if (heading.split(' ').length < 2 || heading === passage.title) return []
  return [{ query: `${heading}, ${passage.title}`, positive: passage.text, method: 'heading-to-section' }]
}

/** A sentence asks for the text it was taken from. */
function inverseCloze(passage: SourcePassage, sentences: readonly ProseSentence[]): WrittenPair[] {
  return sentences.flatMap(({ text, standsAlone }) => {
    const at = passage.text.indexOf(text)
    if (!standsAlone || at < 0) return []
    const rest = `${passage.text.slice(0, at).trimEnd()} ${passage.text.slice(at + text.length).trimStart()}`.trim()
    return countTokens(rest) < FEWEST_TOKENS_LEFT ? [] : [{ query: text, positive: rest, method: 'inverse-cloze' }]
  })
}

function titleQueries(passage: SourcePassage): WrittenPair[] {
  const title = passage.title.replace(/\s+/gu, ' ')
  if (title.split(' ').length < 2) return []
  const phrases = keyPhrases(passage.text, 2).filter((phrase) => !title.toLowerCase().includes(phrase.toLowerCase()))
  const about = phrases[0] === undefined ? title : `${title}: ${phrases[0]}`
  return [{ query: about, positive: passage.text, method: 'title-to-abstract' }]
}

const REQUESTS = [
  'any news about',
  'looking for info on',
  'what is going on with',
  'need an update on',
  'does anyone know about',
]

function posts(sentences: readonly ProseSentence[], random: RandomSource): WrittenPair[] {
  return sentences.flatMap(({ text, standsAlone }) => {
    const phrases = keyPhrases(text, 2)
    if (!standsAlone || text.length > LONGEST_POST || phrases.length < 2) return []
    const opening = REQUESTS[Math.floor(random() * REQUESTS.length)]!
    return [{ query: `${opening} ${phrases.join(', ')}`, positive: text, method: 'key-phrases' }]
  })
}

function claims(passage: SourcePassage, sentences: readonly ProseSentence[], random: RandomSource): WrittenPair[] {
  return sentences.flatMap(({ text, standsAlone }) => {
    if (!standsAlone || !isClaim(text)) return []
    const { claim, stance } = claimFrom(text, random)
    return [{ query: quoted(claim), positive: passage.text, method: 'claim-extraction', attributes: { stance } }]
  })
}

function entailments(sentences: readonly ProseSentence[]): WrittenPair[] {
  return sentences.flatMap(({ text, standsAlone }) => {
    const hypothesis = standsAlone ? entailed(text) : undefined
    return hypothesis === undefined ? [] : [{ query: text, positive: hypothesis, method: 'entailed-part' }]
  })
}

function paraphrases(sentences: readonly ProseSentence[]): WrittenPair[] {
  return sentences.flatMap(({ text, standsAlone }) => {
    const reworded = standsAlone ? paraphrase(text) : undefined
    return reworded === undefined ? [] : [{ query: reworded, positive: text, method: 'rewording' }]
  })
}

function isAskable({ query, positive }: WrittenPair): boolean {
  return query.length >= 8 && query !== positive && /\p{L}{3}/u.test(query)
}

function english({ language }: SourcePassage): boolean {
  return language === null || language === 'en'
}

function withoutNumber(heading: string): string {
  return heading.replace(/^(?:\d+(?:\.\d+)*\.?|[A-Z]\.|[IVX]+\.)\s+/u, '').trim()
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h
}
